"""Identifiers as types that cannot be wrong; those of people do not show themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from pathway_engine.domain.errors import InvalidIdentityNumber

FNR = "urn:oid:2.16.578.1.12.4.1.4.1"
DNR = "urn:oid:2.16.578.1.12.4.1.4.2"
FHN = "urn:oid:2.16.578.1.12.4.1.4.3"
"""Systems of national identity numbers, D-numbers and shared emergency numbers (FH-numbers)."""

_FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_ORGANISATION_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)
_SYNTHETIC_MONTHS = (80, 65)
_H_NUMBER_MONTHS = 40
_D_NUMBER_DAYS = 40


@dataclass(frozen=True, slots=True)
class NationalIdentityNumber:
    """Fødselsnummer, D-number, H-number, FH-number or synthetic test number.

    Eleven digits with two check digits and, but for FH-numbers, a day of the calendar.
    """

    digits: str

    def __post_init__(self) -> None:
        if not has_valid_check_digits(self.digits):
            raise InvalidIdentityNumber
        if not _is_shared_emergency_number(self.digits) and birth_date_of(self.digits) is None:
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
    def birth_date(self) -> date | None:
        """The birth date that the number carries; None for an FH-number."""
        return birth_date_of(self.digits)

    @property
    def is_synthetic(self) -> bool:
        """Whether this number belongs to no living person."""
        return is_synthetic(self.digits)


@dataclass(frozen=True, slots=True)
class OrganisationNumber:
    """Number of a unit in the register of legal entities: nine digits, the last a check digit."""

    digits: str

    def __post_init__(self) -> None:
        if not _is_digits(self.digits, 9) or not self._has_check_digit():
            raise InvalidIdentityNumber(
                f"{len(self.digits)} characters found; write nine digits, the last a check digit"
            )

    def _has_check_digit(self) -> bool:
        return _check_digit(self.digits[:8], _ORGANISATION_WEIGHTS) == self.digits[8]


@dataclass(frozen=True, slots=True)
class HerId:
    """Address in the health sector's address register: one to ten digits, not beginning with 0."""

    digits: str

    def __post_init__(self) -> None:
        if not re.fullmatch("[1-9][0-9]{0,9}", self.digits):
            raise InvalidIdentityNumber(f"{len(self.digits)} characters found; write a number such as 80123")


def has_valid_check_digits(digits: str) -> bool:
    """Return whether *digits* are eleven and the last two are their check digits (modulus 11)."""
    return (
        _is_digits(digits, 11)
        and _check_digit(digits[:9], _FIRST_WEIGHTS) == digits[9]
        and _check_digit(digits[:10], _SECOND_WEIGHTS) == digits[10]
    )


def is_synthetic(digits: str) -> bool:
    """Return whether the number is of a test series: 80 or 65 added to its month."""
    return not _is_shared_emergency_number(digits) and _added_to_month(int(digits[2:4])) in _SYNTHETIC_MONTHS


def birth_date_of(digits: str) -> date | None:
    """Return the birth date that eleven *digits* carry; None when they carry none."""
    if _is_shared_emergency_number(digits):
        return None
    day, month, year = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    century = _century(year, int(digits[6:9]))
    if century is None:
        return None
    day -= _D_NUMBER_DAYS if day > _D_NUMBER_DAYS else 0
    try:
        return date(century + year, month - _added_to_month(month), day)
    except ValueError:
        return None


def make_synthetic(birth_date: date, serial: int) -> str:
    """Return the *serial*-th (from 0) valid number of the month+80 series for *birth_date*.

    For tests and demonstrations; raise ValueError when the date has no such number.
    """
    first_six = f"{birth_date.day:02}{birth_date.month + 80:02}{birth_date.year % 100:02}"
    for position, number in enumerate(_numbers_beginning(first_six, birth_date.year)):
        if position == serial:
            return number
    raise ValueError(f"no synthetic number {serial} for {birth_date}; the years are 1854 to 2039, serials from 0")


def _numbers_beginning(first_six: str, year: int) -> Iterator[str]:
    for individual in range(1000):
        if _century(year % 100, individual) == year - year % 100:
            nine = f"{first_six}{individual:03}"
            first = _check_digit(nine, _FIRST_WEIGHTS)
            second = first and _check_digit(nine + first, _SECOND_WEIGHTS)
            if first and second:
                yield nine + first + second


def _century(year: int, individual: int) -> int | None:
    """Return 1800, 1900 or 2000 by the Tax Administration's table of individual numbers."""
    if individual < 500:
        return 1900
    if year < 40:
        return 2000
    if individual >= 900:
        return 1900
    return 1800 if individual < 750 and year >= 54 else None


def _added_to_month(month: int) -> int:
    return next((added for added in (*_SYNTHETIC_MONTHS, _H_NUMBER_MONTHS) if month > added), 0)


def _is_shared_emergency_number(digits: str) -> bool:
    return digits[0] in "89"


def _is_digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


def _check_digit(digits: str, weights: Sequence[int]) -> str | None:
    """Return the modulus-11 check digit; None when the digits can have none."""
    remainder = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
    if remainder == 1:
        return None
    return str((11 - remainder) % 11)
