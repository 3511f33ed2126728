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
    birth_date_of,
    has_valid_check_digits,
    is_synthetic,
    make_synthetic,
)

birth_dates = st.dates(date(1900, 1, 1), date(2039, 12, 31))
serials = st.integers(0, 200)


def with_check_digits(eight: str) -> str:
    """The first number that begins with *eight* digits, by trying every ending."""
    return next(n for n in (f"{eight}{ending:03}" for ending in range(1000)) if has_valid_check_digits(n))


@settings(deadline=None)
@given(birth_dates, serials)
def test_a_made_number_is_valid_and_tells_its_birth_date(birth_date: date, serial: int) -> None:
    number = NationalIdentityNumber(make_synthetic(birth_date, serial))
    assert number.birth_date == birth_date
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
    ("eight", "birth_date", "synthetic", "system"),
    [
        pytest.param("01819000", date(1990, 1, 1), True, FNR, id="tenor-month-plus-80"),
        pytest.param("01669000", date(1990, 1, 1), True, FNR, id="health-network-month-plus-65"),
        pytest.param("41779000", date(1990, 12, 1), True, DNR, id="d-number-month-plus-65"),
        pytest.param("41819000", date(1990, 1, 1), True, DNR, id="synthetic-d-number"),
        pytest.param("01529000", date(1990, 12, 1), False, FNR, id="h-number-month-plus-40"),
        pytest.param("81819000", None, False, FHN, id="fh-number-begins-with-8"),
        pytest.param("90000000", None, False, FHN, id="fh-number-begins-with-9"),
    ],
)
def test_each_kind_of_number_is_known(eight: str, birth_date: date | None, synthetic: bool, system: str) -> None:
    number = NationalIdentityNumber(with_check_digits(eight))
    assert (number.birth_date, number.is_synthetic, number.system) == (birth_date, synthetic, system)


@pytest.mark.parametrize(
    "eight",
    [
        pytest.param("31829000", id="thirty-first-of-february"),
        pytest.param("29939000", id="thirteenth-month"),
        pytest.param("00819000", id="day-nought"),
        pytest.param("32819000", id="day-thirty-two"),
        pytest.param("01805060", id="month-nought"),
        pytest.param("29814560", id="individual-number-of-no-century"),
    ],
)
def test_a_number_without_a_possible_birth_date_is_refused(eight: str) -> None:
    with pytest.raises(InvalidIdentityNumber):
        NationalIdentityNumber(with_check_digits(eight))


@pytest.mark.parametrize(
    ("six", "individual", "year"),
    [("018100", "499", 1900), ("018100", "500", 2000), ("018139", "999", 2039), ("018140", "900", 1940),
     ("018154", "749", 1854), ("018199", "500", 1899), ("018199", "900", 1999), ("018140", "499", 1940)],
)  # fmt: skip
def test_the_individual_number_tells_the_century(six: str, individual: str, year: int) -> None:
    assert birth_date_of(f"{six}{individual}00") == date(year, 1, 1)


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


def test_an_organisation_number_has_nine_digits_and_a_check_digit() -> None:
    assert OrganisationNumber("974760673").digits == "974760673"
    for wrong in ("974760674", "97476067", "9747606730", "97476067x", ""):
        with pytest.raises(InvalidIdentityNumber, match="nine digits"):
            OrganisationNumber(wrong)


def test_a_her_id_is_a_plain_number() -> None:
    assert HerId("80123").digits == "80123"
    for wrong in ("", "0123", "80 123", "80123\n", "12345678901", "-1", "²"):
        with pytest.raises(InvalidIdentityNumber, match="80123"):
            HerId(wrong)
