"""Who a message is about."""

from __future__ import annotations

from datetime import date

import pytest

from adapters.hl7v2.refusal import Hl7Refusal
from adapters.hl7v2.sender import SenderSettings
from pathway_engine.domain.events import Identifier
from pathway_engine.domain.identifiers import make_synthetic
from tests.adapters.hl7v2.messages import FNR, FNR_OID, adt, reading

NATIONAL = "urn:oid:2.16.578.1.12.4.1.4.1"


def identifiers(pid_3: str, settings: SenderSettings | None = None) -> list[tuple[str, str]]:
    found = reading(adt("A01", pid={3: pid_3}), settings).identifiers
    return [(each.system, each.value) for each in found]


@pytest.mark.parametrize(
    ("pid_3", "expected"),
    [
        pytest.param(f"{FNR}^^^{FNR_OID}", [(NATIONAL, FNR)], id="by-the-assigners-oid"),
        pytest.param(f"{FNR}^^^2.16.578.1.12.4.1.4.1", [(NATIONAL, FNR)], id="by-an-oid-in-the-names-place"),
        pytest.param(f"{FNR}^^^^NNNOR", [(NATIONAL, FNR)], id="by-type-code"),
        pytest.param(f"{FNR[:6]} {FNR[6:]}^^^^FNR", [(NATIONAL, FNR)], id="written-with-a-space"),
        pytest.param("F1^^^FJORDSYK^MR", [("local:FJORDSYK", "F1")], id="local-by-assigner"),
        pytest.param("F1", [("local:FJORDSYK", "F1")], id="local-by-sender"),
        pytest.param("F1^^^^^ANNENSYK", [("local:ANNENSYK", "F1")], id="local-by-assigning-facility"),
        pytest.param(
            f"F1^^^A~~{FNR}^^^{FNR_OID}~F1^^^A",
            [(NATIONAL, FNR), ("local:A", "F1")],
            id="national-first-each-once",
        ),
        pytest.param("O\\T\\1^^^A\\S\\B", [("local:A^B", "O&1")], id="escapes"),
    ],
)
def test_every_repetition_of_pid_3_is_an_identifier(pid_3: str, expected: list[tuple[str, str]]) -> None:
    """Mutant: the first repetition only."""
    assert identifiers(pid_3) == expected


def test_a_d_number_sent_as_a_national_number_is_a_d_number() -> None:
    """Mutant: the assigner is believed, and one person becomes two."""
    d_number = next(number for number in _numbers_of_day(47) if len(number) == 11)
    assert identifiers(f"{d_number}^^^{FNR_OID}") == [("urn:oid:2.16.578.1.12.4.1.4.2", d_number)]


def _numbers_of_day(day: int) -> list[str]:
    from pathway_engine.domain.identifiers import has_valid_check_digits

    every = (f"{day}8341{serial:05}" for serial in range(10000))
    return [number for number in every if has_valid_check_digits(number)][:1]


def test_a_wrong_check_digit_is_kept_as_a_local_number_and_said() -> None:
    """Mutant: refused, and the discharge is never heard of."""
    wrong = FNR[:-1] + str((int(FNR[-1]) + 1) % 10)
    found = reading(adt("A01", pid={3: f"{wrong}^^^{FNR_OID}"}))
    assert found.identifiers == (Identifier(system="local:Folkeregisteret", value=wrong),)
    assert any("digits are wrong" in note for note in found.notes)
    assert wrong not in " ".join(found.notes)


def test_a_partners_own_name_for_a_system_is_agreed_in_the_settings() -> None:
    settings = SenderSettings(id_systems={"FREG": NATIONAL})
    assert identifiers(f"{FNR}^^^FREG", settings) == [(NATIONAL, FNR)]


@pytest.mark.parametrize("pid_3", ["", "^^^FJORDSYK^MR", '""', "~~"])
def test_a_patient_without_identifier_is_refused(pid_3: str) -> None:
    with pytest.raises(Hl7Refusal) as refusal:
        reading(adt("A01", pid={3: pid_3}))
    assert (refusal.value.code, refusal.value.location, refusal.value.answer) == ("101", "PID^1^3", "AE")


def test_the_message_says_what_it_knows_of_the_person() -> None:
    pid = {
        5: "Åsgård&van&Åsgård^Ragnhild^Ærlig~Pike^Navn",
        7: "19410307",
        8: "F",
        11: "Fjordgløttveien 12&&x^H0201^Trondheim^^7031^NOR^H^^5001^Lerkendal",
        13: "73000001^PRN^PH~90000001",
    }
    person = reading(adt("A01", pid=pid)).demographics
    assert (person.family, person.given) == ("Åsgård", "Ragnhild Ærlig")
    assert (person.birth_date, person.gender) == (date(1941, 3, 7), "female")
    assert person.address == "Fjordgløttveien 12, H0201"
    assert (person.postal_code, person.city) == ("7031", "Trondheim")
    assert (person.municipality, person.district) == ("5001", "Lerkendal")
    assert person.phone == "73000001"


def test_what_the_message_does_not_say_is_none() -> None:
    person = reading(adt("A01", pid={5: "", 11: '""'})).demographics
    assert {getattr(person, name) for name in person.__slots__} == {None}


def test_a_county_is_not_a_municipality() -> None:
    found = reading(adt("A01", pid={11: "^^^^^^^^50"}))
    assert found.demographics.municipality is None
    assert found.notes == ("PID-11.9 is not a municipality number of four digits.",)


def test_a_birth_year_alone_is_no_birth_date() -> None:
    found = reading(adt("A01", pid={7: "1941"}))
    assert found.demographics.birth_date is None
    assert found.notes != ()


def test_numbers_do_not_show_themselves() -> None:
    assert FNR not in repr(reading(adt("A01")).identifiers)
    assert make_synthetic(date(1941, 3, 7), 3) == FNR
