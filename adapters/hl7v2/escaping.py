"""The five delimiters of an HL7 v2 message, and the escapes that let text contain them."""

from __future__ import annotations

import re
from dataclasses import dataclass

CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The characters of MSH-1 and MSH-2, in the order in which HL7 writes them."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"

    @property
    def encoding(self) -> str:
        """MSH-2."""
        return self.component + self.repetition + self.escape + self.subcomponent

    def letters(self) -> dict[str, str]:
        """What each escape letter stands for."""
        return {
            "F": self.field,
            "S": self.component,
            "T": self.subcomponent,
            "R": self.repetition,
            "E": self.escape,
        }


STANDARD = Delimiters()


def decode(text: str, delimiters: Delimiters = STANDARD, codec: str = "utf-8") -> str:
    r"""Return *text* with its escapes replaced; what no rule explains is kept as it stands.

    ``\F\ \S\ \T\ \R\ \E\`` are the delimiters, ``\.br\`` and ``\.sp\`` a line break, ``\Xhh..\`` bytes
    in *codec*, ``\H\`` and ``\N\`` highlighting, which plain text does not have.
    """
    mark = delimiters.escape
    if mark not in text:
        return text
    letters = delimiters.letters()
    escaped = re.compile(f"{re.escape(mark)}([^{re.escape(mark)}]*){re.escape(mark)}")
    return escaped.sub(lambda found: _meaning(found, letters, codec), text)


def _meaning(found: re.Match[str], letters: dict[str, str], codec: str) -> str:
    name = found.group(1)
    if name in letters:
        return letters[name]
    if name in {".br", ".sp"}:
        return "\n"
    if name in {"H", "N"}:
        return ""
    if name.startswith("X"):
        return _from_hex(name[1:], codec) or found.group(0)
    return found.group(0)


def _from_hex(digits: str, codec: str) -> str:
    """The characters of *digits*, or nothing when they are not hexadecimal bytes of *codec*."""
    if not re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", digits):
        return ""
    try:
        return bytes.fromhex(digits).decode(codec)
    except UnicodeDecodeError:
        return ""


def encode(text: str, delimiters: Delimiters = STANDARD) -> str:
    r"""Return *text* such that no character of it can end a field or a segment.

    A line feed becomes ``\.br\``; every other control character, CR above all, becomes ``\Xhh\``.
    """
    mark = delimiters.escape
    codes = {character: f"{mark}{letter}{mark}" for letter, character in delimiters.letters().items()}
    codes["\n"] = f"{mark}.br{mark}"
    return "".join(codes.get(each) or _safe(each, mark) for each in text)


def _safe(character: str, mark: str) -> str:
    return f"{mark}X{ord(character):02X}{mark}" if CONTROL.match(character) else character


def legible(text: str) -> str:
    """Return decoded *text* on one line, without control characters, for names and places."""
    return " ".join(CONTROL.sub(" ", text).split())
