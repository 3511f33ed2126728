"""Bokmål and English: the texts of the pages, and days and hours as Norwegians write them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from pathway_engine.domain.definition import Text

OSLO = ZoneInfo("Europe/Oslo")
LANGUAGES = ("nb", "en")
END_OF_DAY = "23.59"

DAYS = {
    "nb": ("man.", "tir.", "ons.", "tor.", "fre.", "lør.", "søn."),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
LONG_DAYS = {
    "nb": ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS = {
    "nb": ("jan.", "feb.", "mars", "april", "mai", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "des."),
    "en": ("Jan", "Feb", "March", "April", "May", "June", "July", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
LONG_MONTHS = {
    "nb": ("januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober",
           "november", "desember"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Language:
    """One language: `texts` by dotted key, and how it writes days, hours and numbers."""

    code: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of *key* with *values* put in; an unknown key is a programmer's mistake."""
        return self.texts[key].format(**values)

    def word(self, group: str, code: str) -> str:
        """Return the text of *code* in *group*, or the code itself in readable form."""
        return self.texts.get(f"{group}.{code}", code.replace("_", " "))

    def note(self, line: str) -> str:
        """Return a line of a task's history with its leading code in words."""
        code, _, detail = line.partition(" ")
        return f"{self.word('history', code)} {detail}".strip()

    def pick(self, text: Text) -> str:
        """Return the half of a two-language text that is ours."""
        return text.en if self.code == "en" else text.nb

    def day(self, instant: datetime | date) -> str:
        """Return ``tir. 17. nov.`` or ``Tue 17 Nov``."""
        local = local_day(instant)
        name, month = DAYS[self.code][local.weekday()], MONTHS[self.code][local.month - 1]
        return f"{name} {local.day} {month}" if self.code == "en" else f"{name} {local.day}. {month}"

    def days(self, first: datetime | date, last: datetime | date) -> str:
        """Return ``17.–20. nov.`` or ``17–20 Nov``, the month twice where it changes."""
        one, other = local_day(first), local_day(last)
        dot, months = ("" if self.code == "en" else "."), MONTHS[self.code]
        begin = f"{one.day}{dot}" + ("" if one.month == other.month else f" {months[one.month - 1]}")
        return f"{begin}–{other.day}{dot} {months[other.month - 1]}"

    def long_day(self, instant: datetime) -> str:
        """Return ``tirsdag 17. november`` or ``Tuesday 17 November``."""
        local = local_day(instant)
        name, month = LONG_DAYS[self.code][local.weekday()], LONG_MONTHS[self.code][local.month - 1]
        return f"{name} {local.day} {month}" if self.code == "en" else f"{name} {local.day}. {month}"

    def date(self, day: date) -> str:
        """Return a full date, ``17.11.2026`` or ``17 Nov 2026``."""
        if self.code == "en":
            return f"{day.day} {MONTHS['en'][day.month - 1]} {day.year}"
        return f"{day.day:02}.{day.month:02}.{day.year}"

    def time(self, instant: datetime) -> str:
        """Return the hour in Oslo, ``13.30`` or ``13:30``."""
        return instant.astimezone(OSLO).strftime("%H:%M" if self.code == "en" else "%H.%M")

    def moment(self, instant: datetime) -> str:
        """Return day and hour, ``tir. 17. nov. kl. 13.30``."""
        between = " at " if self.code == "en" else " kl. "
        return self.day(instant) + between + self.time(instant)

    def number(self, value: float) -> str:
        """Return ``37,5`` or ``37.5``, whole numbers without decimals."""
        written = f"{value:g}" if abs(value) < 1e6 else str(value)
        return written if self.code == "en" else written.replace(".", ",")


def local_day(instant: datetime | date) -> date:
    """Return the day in Oslo; a plain date already is one."""
    return instant.astimezone(OSLO).date() if isinstance(instant, datetime) else instant


@cache
def language(code: str) -> Language:
    """Return the language of *code*, with bokmål for anything unknown."""
    code = code if code in LANGUAGES else LANGUAGES[0]
    rooms = sorted(files("pathway_engine.web").joinpath("texts", code).iterdir(), key=lambda file: file.name)
    texts: dict[str, str] = {}
    for file in rooms:
        texts |= _flat(tomllib.loads(file.read_text(encoding="utf-8")))
    return Language(code, texts)


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
