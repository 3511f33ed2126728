"""Identifiers that are wrong cannot be made, and those of people do not show themselves.

The national identity numbers here are synthetic or belong to nobody: no calendar has their months or days.
"""

from __future__ import annotations

import traceback
from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pathway_engine.domain.errors import InvalidIdentityNumber
from pathway_engine.domain.identifiers import (
    DNR,
    FHN,
    FNR,
    HerId,
    NationalIdentityNumber,
    OrganisationNumber,
    has_valid_check_digits,
    is_synthetic,
    make_synthetic,
)

birth_dates = st.dates(date(1900, 1, 1), date(2039, 12, 31))
serials = st.integers(0, 200)


FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


def remainder(digits: str, weights: tuple[int, ...]) -> int:
    """The weighted sum modulo 11, check digit included: written here once more, so as not to ask the code."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11


def with_check_digits(eight: str, first: int = 0) -> str:
    """The first number beginning with *eight* digits whose first check digit leaves *first*, its second nothing."""
    endings = (f"{eight}{ending:03}" for ending in range(1000))
    return next(n for n in endings if remainder(n[:10], FIRST_WEIGHTS) == first and remainder(n, SECOND_WEIGHTS) == 0)


@given(birth_dates, st.integers(0, 99), st.integers(0, 10))
def test_the_first_check_digit_may_leave_nought_to_three(birth_date: date, two: int, left: int) -> None:
    """The rule of 2032; what leaves nought is the rule before it, so that old numbers are among the new."""
    digits = with_check_digits(f"{birth_date.day:02}{birth_date.month + 80}{birth_date.year % 100:02}{two:02}", left)
    assert has_valid_check_digits(digits) == (left in (0, 1, 2, 3))


@given(birth_dates, st.integers(0, 99), st.integers(0, 3), st.integers(0, 10), st.integers(1, 9))
def test_one_wrong_digit_is_found_in_numbers_of_2032(
    birth_date: date, two: int, left: int, place: int, change: int
) -> None:
    digits = with_check_digits(f"{birth_date.day:02}{birth_date.month + 80}{birth_date.year % 100:02}{two:02}", left)
    wrong = str((int(digits[place]) + change) % 10)
    assert not has_valid_check_digits(digits[:place] + wrong + digits[place + 1 :])


def test_a_shared_emergency_number_keeps_to_the_old_rule() -> None:
    assert has_valid_check_digits(with_check_digits("81819000", 0))
    assert not any(has_valid_check_digits(with_check_digits("81819000", left)) for left in (1, 2, 3))


@settings(deadline=None)
@given(birth_dates, serials)
def test_a_made_number_is_valid_and_begins_with_its_day(birth_date: date, serial: int) -> None:
    number = NationalIdentityNumber(make_synthetic(birth_date, serial))
    assert number.digits[:6] == f"{birth_date.day:02}{birth_date.month + 80}{birth_date.year % 100:02}"
    assert number.is_synthetic
    assert number.system == FNR


@settings(deadline=None)
@given(birth_dates, serials, serials)
def test_serials_make_different_numbers(birth_date: date, one: int, other: int) -> None:
    assume(one != other)
    assert make_synthetic(birth_date, one) != make_synthetic(birth_date, other)


@settings(deadline=None)
@given(birth_dates, serials, st.integers(0, 10), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(birth_date: date, serial: int, place: int, change: int) -> None:
    digits = make_synthetic(birth_date, serial)
    wrong = str((int(digits[place]) + change) % 10)
    assert not has_valid_check_digits(digits[:place] + wrong + digits[place + 1 :])


@settings(deadline=None)
@given(birth_dates, serials, st.integers(0, 9))
def test_two_swapped_neighbours_are_always_found(birth_date: date, serial: int, place: int) -> None:
    digits = make_synthetic(birth_date, serial)
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    assert swapped == digits or not has_valid_check_digits(swapped)


def test_check_digits_are_those_of_the_published_weights() -> None:
    # 2·3+9·7+8·6+2·1+4·8+0·9+0·4+0·5+4·2 = 159 = 14·11 + 5, so the first check digit is 6, and so on.
    assert has_valid_check_digits("29824000466")
    assert not has_valid_check_digits("29824000476")


@pytest.mark.parametrize(
    "digits",
    [
        pytest.param("2982400046", id="ten-digits"),
        pytest.param("298240004660", id="twelve-digits"),
        pytest.param("", id="nothing"),
        pytest.param("2982400046a", id="a-letter"),
        pytest.param("298240 00466", id="a-space"),
        pytest.param("29824000466\n", id="a-line-break"),
        pytest.param("²9824000466", id="a-superscript"),
        pytest.param("٢٩٨٢٤٠٠٠٤٦٦", id="arabic-digits"),
    ],
)
def test_what_is_not_eleven_plain_digits_is_refused(digits: str) -> None:
    with pytest.raises(InvalidIdentityNumber):
        NationalIdentityNumber(digits)


@pytest.mark.parametrize(
    ("eight", "synthetic", "system"),
    [
        pytest.param("01819000", True, FNR, id="tenor-month-plus-80"),
        pytest.param("01669000", True, FNR, id="health-network-month-plus-65"),
        pytest.param("41779000", True, DNR, id="d-number-month-plus-65"),
        pytest.param("41819000", True, DNR, id="synthetic-d-number"),
        pytest.param("01529000", False, FNR, id="month-plus-40-may-be-an-h-number"),
        pytest.param("41529000", False, DNR, id="d-number-month-plus-40"),
        pytest.param("81819000", False, FHN, id="fh-number-begins-with-8"),
        pytest.param("90000000", False, FHN, id="fh-number-begins-with-9"),
        pytest.param("29820000", True, FNR, id="leap-day-of-2000-or-of-no-1900"),
    ],
)
def test_each_kind_of_number_is_known(eight: str, synthetic: bool, system: str) -> None:
    number = NationalIdentityNumber(with_check_digits(eight))
    assert (number.is_synthetic, number.system) == (synthetic, system)


@pytest.mark.parametrize(
    "eight",
    [
        pytest.param("31829000", id="thirty-first-of-february"),
        pytest.param("29939000", id="thirteenth-month"),
        pytest.param("00819000", id="day-nought"),
        pytest.param("32819000", id="day-thirty-two"),
        pytest.param("01805060", id="month-nought"),
        pytest.param("01659000", id="month-nought-plus-65"),
        pytest.param("29820100", id="leap-day-of-no-leap-year"),
    ],
)
def test_a_number_without_a_possible_birth_date_is_refused(eight: str) -> None:
    with pytest.raises(InvalidIdentityNumber):
        NationalIdentityNumber(with_check_digits(eight))


def test_neither_sex_nor_century_is_told() -> None:
    """An individual number of no century by the old table is a number like any other from 2032 on."""
    number = NationalIdentityNumber(with_check_digits("29814560"))
    assert [name for name in dir(number) if "birth" in name or "gender" in name or "sex" in name] == []


@pytest.mark.parametrize(
    ("year", "serial", "individual"),
    [(1899, 0, 500), (1900, 0, 0), (1939, 0, 0), (2000, 0, 500), (2039, 0, 500), (1940, 420, 900)],
)
def test_made_numbers_fit_what_older_systems_read(year: int, serial: int, individual: int) -> None:
    """They read the century from digits 7 to 9, so made numbers still tell the right one."""
    made = int(make_synthetic(date(year, 1, 1), serial)[6:9])
    assert individual <= made < individual + 100


def test_a_fodselsnummer_may_follow_a_d_number_of_the_same_day() -> None:
    new, old, other = (NationalIdentityNumber(with_check_digits(six + "00")) for six in ("018190", "418190", "428190"))
    assert new.succeeds(old)
    assert not new.succeeds(other) and not old.succeeds(new) and not new.succeeds(new)


def test_a_date_before_the_numbers_has_none() -> None:
    with pytest.raises(ValueError, match="1853-01-01"):
        make_synthetic(date(1853, 1, 1), 0)


def test_a_number_shows_itself_neither_in_a_repr_nor_in_an_error() -> None:
    digits = make_synthetic(date(1940, 2, 29), 3)
    assert digits not in f"{NationalIdentityNumber(digits)!r} {NationalIdentityNumber(digits)}"
    wrong = [digits[:10] + str((int(digits[10]) + 1) % 10), with_check_digits("31829000")]
    for number in wrong:
        for identifier in (NationalIdentityNumber, OrganisationNumber, HerId):
            with pytest.raises(InvalidIdentityNumber) as refused:
                identifier(number)
            assert number not in "".join(traceback.format_exception_only(refused.value))


def test_ordinary_numbers_are_not_synthetic() -> None:
    assert not is_synthetic("01019000000")
    assert not is_synthetic("41129000000")


def test_an_organisation_number_has_nine_digits_and_its_check_digit_is_not_asked_for() -> None:
    assert OrganisationNumber("974760673").has_check_digit
    assert not OrganisationNumber("974760674").has_check_digit
    for wrong in ("97476067", "9747606730", "97476067x", ""):
        with pytest.raises(InvalidIdentityNumber, match="nine digits"):
            OrganisationNumber(wrong)


def test_a_her_id_is_a_plain_number() -> None:
    assert HerId("80123").digits == "80123"
    for wrong in ("", "0123", "80 123", "80123\n", "12345678901", "-1", "²"):
        with pytest.raises(InvalidIdentityNumber, match="80123"):
            HerId(wrong)
