"""Bokmål and English: the texts of the pages, and days and hours as Norwegians write them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import format_decimal, format_percent

from pathway_engine.domain.definition import Text
from pathway_engine.domain.norway import OSLO

A_MINUTE = timedelta(minutes=1)
LANGUAGES = ("nb", "en")
LOCALES = {"nb": "nb_NO", "en": "en_GB"}
"""Whose dates, hours and numbers babel writes for each language."""

PATTERNS = {
    "nb": {
        "of_month": "d.",
        "of_year": "d. MMM",
        "day": "EEE d. MMM",
        "long_day": "EEEE d. MMMM",
        "date": "dd.MM.y",
        "time": "HH.mm",
        "month": "MMM yy",
    },
    "en": {
        "of_month": "d",
        "of_year": "d MMM",
        "day": "EEE d MMM",
        "long_day": "EEEE d MMMM",
        "date": "d MMM y",
        "time": "HH:mm",
        "month": "MMM yy",
    },
}
DIGITS = "#,##0.######"
"""Of a number, as many decimals as it has, up to six."""


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
        """Return a line of a task's history with its leading code in words, and what happened where that ended it."""
        code, _, detail = line.partition(" ")
        said = self.texts.get(f"because.{detail}") or self.texts.get(f"business.{detail}", detail)
        return f"{self.word('history', code)} {said}".strip()

    def pick(self, text: Text) -> str:
        """Return the half of a two-language text that is ours."""
        return text.en if self.code == "en" else text.nb

    def day(self, instant: datetime | date) -> str:
        """Return ``tir. 17. nov.`` or ``Tue 17 Nov``."""
        return _written(self.code, "day", local_day(instant))

    def days(self, first: datetime | date, last: datetime | date) -> str:
        """Return ``17.–20. nov.`` or ``17–20 Nov``, the month twice where it changes."""
        one, other = local_day(first), local_day(last)
        begin = "of_month" if (one.year, one.month) == (other.year, other.month) else "of_year"
        return f"{_written(self.code, begin, one)}–{_written(self.code, 'of_year', other)}"

    def long_day(self, instant: datetime) -> str:
        """Return ``tirsdag 17. november`` or ``Tuesday 17 November``."""
        return _written(self.code, "long_day", local_day(instant))

    def date(self, day: date) -> str:
        """Return a full date, ``17.11.2026`` or ``17 Nov 2026``."""
        return _written(self.code, "date", day)

    def month(self, name: str) -> str:
        """Return ``nov. 26`` or ``Nov 26`` of ``2026-11``."""
        return _written(self.code, "month", date.fromisoformat(f"{name}-01"))

    def time(self, instant: datetime) -> str:
        """Return the hour in Oslo, ``13.30`` or ``13:30``."""
        return format_time(instant, PATTERNS[self.code]["time"], tzinfo=OSLO, locale=self._locale)

    def moment(self, instant: datetime) -> str:
        """Return day and hour, ``tir. 17. nov. kl. 13.30``."""
        between = " at " if self.code == "en" else " kl. "
        return self.day(instant) + between + self.time(instant)

    def ago(self, instant: datetime, now: datetime) -> str:
        """Return how far from *now* it is: ``for 3 timer siden``, ``om 2 døgn``, within a minute ``nå``."""
        if abs(instant - now) < A_MINUTE:
            return self("ago.now")
        return format_timedelta(instant - now, add_direction=True, threshold=1, locale=self._locale)

    def number(self, value: float) -> str:
        """Return ``1 234,5`` or ``1,234.5``, whole numbers without decimals."""
        return format_decimal(value, DIGITS, locale=self._locale)

    def cell(self, value: float) -> str:
        """Return a number for a spreadsheet: as `number`, without marks between the thousands."""
        return format_decimal(value, DIGITS, locale=self._locale, group_separator=False)

    def percent(self, share: float) -> str:
        """Return ``36 %`` or ``36%`` of 0.36."""
        return format_percent(share, locale=self._locale)

    @property
    def _locale(self) -> Locale:
        return _locale(self.code)


@cache
def _locale(code: str) -> Locale:
    return Locale.parse(LOCALES[code])


def _written(code: str, pattern: str, day: date) -> str:
    return format_date(day, PATTERNS[code][pattern], locale=_locale(code))


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


def read_moment(text: str) -> datetime | None:
    """A local day and time as the field gives it, in UTC; None for nothing. Raises ValueError."""
    if not text.strip():
        return None
    told = datetime.fromisoformat(text.strip())
    return (told if told.tzinfo else told.replace(tzinfo=OSLO)).astimezone(UTC)
