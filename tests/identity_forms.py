"""Eighteen ways in which an identity number may stand in a text, and whether a text holds it in any of them."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

NBSP, THIN = "\u00a0", "\u2009"


def forms(number: str) -> Mapping[str, str]:
    """The number in every form, by name."""
    first, second = number[:6], number[6:]
    return {
        "plain": number,
        "space": f"{first} {second}",
        "dash": f"{first}-{second}",
        "dots": f"{number[:2]}.{number[2:4]}.{number[4:6]} {second}",
        "nbsp": f"{first}{NBSP}{second}",
        "thin space": f"{first}{THIN}{second}",
        "in an address": f"id%3D{number}",
        "percent digits": "".join(f"%{ord(digit):02X}" for digit in number),
        "json escapes": "".join(f"\\u{ord(digit):04x}" for digit in number),
        "xml references": "".join(f"&#{ord(digit)};" for digit in number),
        "xml hex references": "".join(f"&#x{ord(digit):X};" for digit in number),
        "base64": base64.b64encode(number.encode()).decode(),
        "hl7 escape": "\\X" + number.encode().hex().upper() + "\\",
        "glued to letters": f"nr{number}x",
        "underscored": f"fnr_{number}_2",
        "twelve digits": f"{number}7",
        "split line": f"{first}\n{second}",
        "wide digits": number.translate({ord("0") + each: 0xFF10 + each for each in range(10)}),
    }


def held(text: str, number: str) -> list[str]:
    """The forms in which *text* holds the number: as they are, and as digits with anything between them."""
    wide = text.translate({0xFF10 + each: ord("0") + each for each in range(10)})
    found = [name for name, form in forms(number).items() if form in text]
    between = r"[^0-9A-Za-z]{0,6}"
    if re.search(between.join(number), wide):
        found.append("digits")
    return found
