"""Each library's licence as an SPDX expression, whether it fits Apache-2.0, and the page that says so."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import metadata
from itertools import groupby
from pathlib import Path

from license_expression import LicenseExpression, get_spdx_licensing

from tests.dependencies.pins import EXTRA, REPOSITORY, USES, Pin, every_pin

PAGE = REPOSITORY / "docs" / "reference" / "licences.md"
JUDGED = Path(__file__).parent / "judged.toml"
SPDX = get_spdx_licensing()

# How packages that give no SPDX expression write a licence that can be meant in one way only.
SPELLINGS = {
    "apache 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "psfl": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
}


class UnknownLicence(Exception):
    """Nothing says under which licence a library may be used, or what says it is not understood."""


@cache
def judgements() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """What persons have judged: licences that fit as they are, those found by hand, libraries that are exceptions."""
    return tomllib.loads(JUDGED.read_text("utf-8"))


def licence_of(pin: Pin) -> str:
    """*pin*'s licence as an SPDX expression: found by hand, or in the lock, or in what the installed package says."""
    found = judgements()["found"].get(pin.name)
    said = found["licence"] if found else pin.stated_licence or said_by_package(pin.name)
    if not said or SPDX.validate(said).errors:
        raise UnknownLicence(f"{pin.name} {pin.version}: put its licence into {JUDGED.name} under [found]")
    return said


def said_by_package(name: str) -> str:
    """The SPDX expression that an installed package gives of itself; empty where it gives none, or could mean two."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    if "License-Expression" in about:
        return about["License-Expression"]
    classifiers = [each for each in about.get_all("Classifier") or [] if each.startswith("License :: OSI Approved :: ")]
    readings = [_reading(about["License"])] if "License" in about else []
    readings += [_reading(classifiers[0].rpartition(" :: ")[2])] if len(classifiers) == 1 else []
    return next((reading for reading in readings if reading), "")


def _reading(words: str) -> str:
    spelled = SPELLINGS.get(words.lower(), words)
    return spelled if words and "\n" not in words and not SPDX.validate(spelled).errors else ""


def fits(expression: str, accepted: set[str]) -> bool:
    """Whether each licence that must be kept, or one of those that may be chosen, is among those *accepted*."""
    return _fits(SPDX.parse(expression, validate=True), accepted)


def _fits(parsed: LicenseExpression, accepted: set[str]) -> bool:
    parts = [_fits(part, accepted) for part in parsed.args]
    if not parts:
        return str(parsed) in accepted
    return any(parts) if isinstance(parsed, SPDX.OR) else all(parts)


def holds_gpl(expression: str) -> bool:
    """Whether a GPL or AGPL without an exception is among the licences; the LGPL is another."""
    return re.search(r"(?<![L\w])A?GPL-[\d.]+(?:-only|-or-later|\+)?(?! WITH)", expression) is not None


def unfit(pins: list[Pin]) -> list[str]:
    """The libraries whose licence neither fits as it is nor is judged by itself."""
    judged, accepted = judgements(), set(judgements()["fits"])
    return [
        f"{pin.name} {pin.version}: {licence}"
        for pin in pins
        if holds_gpl(licence := licence_of(pin))
        or not (fits(licence, accepted) or judged["exceptions"].get(pin.name, {}).get("licence") == licence)
    ]


OPENING = """# Licences

Pathway Engine is under [Apache-2.0](../../LICENSE). Here is every library that it, its extras, its tests or its
building takes, in the versions that are locked, each with its licence as an SPDX expression. `make licences` writes
the page; a test fails when it is stale, when a licence is unknown, or when one neither fits nor is judged. No library
is under the GPL or the AGPL. `make sbom` writes the bill of materials of what runs (CycloneDX 1.6) into
`build/sbom.cdx.json`.

## Licences that fit as they are
"""


def page() -> str:
    """`docs/reference/licences.md` as it should be."""
    judged = judgements()
    fitting = (f"| {name} | {each['reason']} |" for name, each in sorted(judged["fits"].items()))
    exceptions = (f"| {name} | {e['licence']} | {e['reason']} |" for name, e in sorted(judged["exceptions"].items()))
    found = (f"| {name} | {each['licence']} | {each['reason']} |" for name, each in sorted(judged["found"].items()))
    parts = [
        OPENING,
        _table("Licence | Why it fits", fitting),
        "\n## Judged one by one\n",
        _table("Library | Licence | Why it may be used", exceptions),
        "\n## Licences found by hand\n\nThese packages give no SPDX expression, or are not installed everywhere.\n",
        _table("Library | Licence | Where it stands", found),
        *_tables_by_use(),
    ]
    return "\n".join(parts) + "\n"


def _tables_by_use() -> Iterator[str]:
    by_name = groupby(every_pin(), key=lambda pin: (USES.index(pin.use), pin.name))
    rows = [[*group] for _, group in by_name]
    for use in USES:
        lines = [_row(pins) for pins in rows if pins[0].use == use]
        lines += [_unpinned(*each) for each in judgements()["unpinned"].items()] if use == EXTRA else []
        yield f"\n## For {use}\n"
        yield _table("Library | Version | Licence", lines)


def _row(pins: list[Pin]) -> str:
    versions = ", ".join(pin.version for pin in pins)
    return f"| {pins[0].name} | {versions} | {licence_of(pins[0])} |"


def _unpinned(name: str, about: Mapping[str, str]) -> str:
    return f"| {name} | not pinned | {about['licence']} |"


def _table(heads: str, rows: Iterator[str] | list[str]) -> str:
    return "\n".join([f"| {heads} |", "|---" * (heads.count("|") + 1) + "|", *rows])
