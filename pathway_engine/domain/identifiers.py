"""Identifiers as types that cannot be wrong; those of people do not show themselves.

A national number is accepted by the rule of 2032 (Skatteetaten, new fødselsnummer from 2032), which holds every
number of the rule before it too. It tells neither sex nor century: both come from a message's own fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from operator import mul

from pathway_engine.domain.errors import InvalidIdentityNumber

FNR = "urn:oid:2.16.578.1.12.4.1.4.1"
DNR = "urn:oid:2.16.578.1.12.4.1.4.2"
FHN = "urn:oid:2.16.578.1.12.4.1.4.3"
"""Systems of national identity numbers, D-numbers and shared emergency numbers (FH-numbers)."""

_FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_ORGANISATION_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)
_FIRST_REMAINDERS = frozenset({0, 1, 2, 3})
_FIRST_WITH_DIGIT, _SECOND_WITH_DIGIT = (*_FIRST_WEIGHTS, 1), (*_SECOND_WEIGHTS, 1)
"""What the first check digit may leave from 2032 on; 0 is the rule before, and the only one for FH-numbers."""

_SYNTHETIC_MONTHS = (80, 65)
"""Added to the month by the Tax Administration's test register (Tenor) and by the health network."""

_AMBIGUOUS_MONTHS = 40
"""Added to the month by NAV's test register (Dolly), and in a hospital's own H-numbers of living people."""

_D_NUMBER_DAYS = 40
_LEAP_YEAR = 2000


@dataclass(frozen=True, slots=True)
class NationalIdentityNumber:
    """Fødselsnummer, D-number, FH-number or synthetic test number, by the rules before and from 2032.

    Eleven digits with two check digits and, but for FH-numbers, a day of the calendar. Month+40 is taken
    too: NAV's test people and H-numbers look alike, and only the message's type code tells them apart.
    """

    digits: str

    def __post_init__(self) -> None:
        if not has_valid_check_digits(self.digits):
            raise InvalidIdentityNumber
        if not _is_shared_emergency_number(self.digits) and not _has_possible_day(self.digits):
            raise InvalidIdentityNumber("The identity number has no possible birth date.")

    def __repr__(self) -> str:
        return "NationalIdentityNumber(***)"

    @property
    def system(self) -> str:
        """The OID URN under which messages carry this kind of number."""
        if _is_shared_emergency_number(self.digits):
            return FHN
        return DNR if int(self.digits[:2]) > _D_NUMBER_DAYS else FNR

    @property
    def is_synthetic(self) -> bool:
        """Whether this number belongs to no living person."""
        return is_synthetic(self.digits)

    def succeeds(self, earlier: NationalIdentityNumber) -> bool:
        """Return whether this may be the fødselsnummer of whom *earlier* was the D-number: the days agree."""
        kinds = (self.system, earlier.system)
        return kinds == (FNR, DNR) and _day_and_month(self.digits) == _day_and_month(earlier.digits)


@dataclass(frozen=True, slots=True)
class OrganisationNumber:
    """Number of a unit in the register of legal entities: nine digits.

    The check digit is not asked for: messages in use carry numbers without one.
    """

    digits: str

    def __post_init__(self) -> None:
        if not _is_digits(self.digits, 9):
            raise InvalidIdentityNumber(f"{len(self.digits)} characters found; write nine digits")

    @property
    def has_check_digit(self) -> bool:
        """Whether the last digit is the check digit (modulus 11)."""
        return _check_digit(self.digits[:8], _ORGANISATION_WEIGHTS) == self.digits[8]


@dataclass(frozen=True, slots=True)
class HerId:
    """Address in the health sector's address register: one to ten digits, not beginning with 0."""

    digits: str

    def __post_init__(self) -> None:
        if not re.fullmatch("[1-9][0-9]{0,9}", self.digits):
            raise InvalidIdentityNumber(f"{len(self.digits)} characters found; write a number such as 80123")


def has_valid_check_digits(digits: str) -> bool:
    """Return whether *digits* are eleven and the last two are their check digits (modulus 11).

    Every single wrong digit and every swap of two neighbours is found: the second check digit sees them all.
    """
    if not _is_digits(digits, 11):
        return False
    each = list(map(int, digits))
    first: int = sum(map(mul, each, _FIRST_WITH_DIGIT)) % 11
    if first != 0 if _is_shared_emergency_number(digits) else first not in _FIRST_REMAINDERS:
        return False
    second: int = sum(map(mul, each, _SECOND_WITH_DIGIT)) % 11
    return second == 0


def is_synthetic(digits: str) -> bool:
    """Return whether the number is of a test series: 80 or 65 added to its month.

    Month+40 does not count: such a number may be a living person's H-number.
    """
    return not _is_shared_emergency_number(digits) and _added_to_month(int(digits[2:4])) in _SYNTHETIC_MONTHS


def make_synthetic(birth_date: date, serial: int) -> str:
    """Return the *serial*-th (from 0) valid number of the month+80 series for *birth_date*.

    For tests and demonstrations; the numbers fit the rule before 2032 too. Raise ValueError when the date
    has no such number.
    """
    first_six = f"{birth_date.day:02}{birth_date.month + 80:02}{birth_date.year % 100:02}"
    for position, number in enumerate(_numbers_beginning(first_six, _individual_numbers(birth_date.year))):
        if position == serial:
            return number
    raise ValueError(f"no synthetic number {serial} for {birth_date}; the years are 1854 to 2039, serials from 0")


def _numbers_beginning(first_six: str, individual_numbers: Sequence[int]) -> Iterator[str]:
    for individual in individual_numbers:
        nine = f"{first_six}{individual:03}"
        first = _check_digit(nine, _FIRST_WEIGHTS)
        second = first and _check_digit(nine + first, _SECOND_WEIGHTS)
        if first and second:
            yield nine + first + second


def _individual_numbers(year: int) -> Sequence[int]:
    """What digits 7 to 9 were for people born in *year*, until 2032: for making numbers, never for reading them."""
    if 1854 <= year < 1900:
        return range(500, 750)
    if 1900 <= year < 2000:
        return [*range(500), *(range(900, 1000) if year >= 1940 else ())]
    return range(500, 1000) if 2000 <= year < 2040 else ()


def _day_and_month(digits: str) -> tuple[int, int, int]:
    """Day, month and the two digits of the year, without what a series adds."""
    day, month = int(digits[:2]), int(digits[2:4])
    day -= _D_NUMBER_DAYS if day > _D_NUMBER_DAYS else 0
    return day, month - _added_to_month(month), int(digits[4:6])


def _has_possible_day(digits: str) -> bool:
    """Whether any century has the day: which one is not told, so 29 February goes by the last two digits."""
    day, month, year = _day_and_month(digits)
    try:
        date(_LEAP_YEAR + year, month, day)
    except ValueError:
        return False
    return True


def _added_to_month(month: int) -> int:
    return next((added for added in (*_SYNTHETIC_MONTHS, _AMBIGUOUS_MONTHS) if month > added), 0)


def _is_shared_emergency_number(digits: str) -> bool:
    return digits[0] in "89"


def _is_digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


def _check_digit(digits: str, weights: Sequence[int]) -> str | None:
    """Return the modulus-11 check digit; None when the digits can have none."""
    remainder = _weighted(digits, weights) % 11
    if remainder == 1:
        return None
    return str((11 - remainder) % 11)


def _weighted(digits: str, weights: Sequence[int]) -> int:
    return sum(map(mul, map(int, digits), weights))
