"""Directory files: what is read, and every mistake with its place."""

from __future__ import annotations

import re
from datetime import date, time
from importlib.resources import files as resources
from pathlib import Path

import pytest

from pathway_engine.domain.directory import Organisation, Partner, Person, Speaks
from pathway_engine.domain.tasks import Place
from pathway_engine.language.directory import read_directory
from pathway_engine.language.directory_form import SECTIONS
from pathway_engine.language.findings import DefinitionErrors

WHOLE = """\
directory: Test
organisations:
  - {id: town, name: Town, kind: municipality, municipality: "5001", roles: [allocation_office]}
  - {id: east, name: East, kind: unit, parent: town, municipality: "5001", districts: [Øst], roles: [home_care_nurse]}
  - {id: hospital, name: Hospital, kind: hospital, roles: [message_responsible]}
people:
  - {id: kari, name: Kari, seats: [{unit: east, role: home_care_nurse}]}
senders:
  - {id: epj, application: EPJ, facility: SYK, organisation: town, charset: 8859/1, acknowledge: stored,
     accept_test: true, destinations: {"1": home}}
routes:
  - {postal_code: "70", municipality: "5001"}
  - {postal_code: "7042", municipality: "5001", district: Øst}
openings:
  - {municipality: "5001", opens: "09:00", closes: "15:00", closing_days: [2026-12-24]}
"""


def test_a_whole_directory_is_read() -> None:
    found = read_directory(WHOLE)
    assert found.organisations["east"] == Organisation(
        id="east", name="East", kind="unit", parent="town", roles=("home_care_nurse",), municipality="5001",
        districts=("Øst",),
    )  # fmt: skip
    assert found.people["kari"] == Person(id="kari", name="Kari", seats=(("east", "home_care_nurse"),))
    assert (found.routes, found.parts) == ({"70": "5001", "7042": "5001"}, {"7042": "Øst"})


def test_a_sender_keeps_its_habits() -> None:
    sender = read_directory(WHOLE).senders["EPJ", "SYK"]
    habits = (sender.charset, sender.time_zone, sender.acknowledge, sender.accept_test, sender.destinations)
    assert habits == ("8859/1", "Europe/Oslo", "stored", True, {"1": "home"})


SERVICES = """\
directory: Test
organisations:
  - {id: town, name: Town, kind: municipality, her_id: "80123", ours: true, roles: [message_responsible]}
  - {id: home, name: Home care, kind: unit, parent: town, her_id: "80124"}
  - {id: hospital, name: Hospital, kind: hospital, her_id: "59"}
senders:
  - {id: hospital, application: her, facility: "59", organisation: hospital, rules: {no-author: "off"}}
"""


def test_messages_are_received_for_what_is_ours_and_all_that_is_part_of_it() -> None:
    """Mutant: a hospital that is only known is answered for."""
    found = read_directory(SERVICES)
    assert found.own_addresses() == {"80123", "80124"}
    sender = found.sender("her", "59")
    assert sender is not None and sender.rules == {"no-author": "off"}


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        pytest.param('"80124"', '"08"', "a HER-id in quotes", id="her-id"),
        pytest.param('"off"', '"never"', "found rules: 'never'; would be right:", id="level"),
    ],
)
def test_a_mistake_in_an_address_or_a_rule_is_told(right: str, wrong: str, said: str) -> None:
    with pytest.raises(DefinitionErrors, match=said):
        read_directory(SERVICES.replace(right, wrong))


PARTNERS = """\
directory: Test
organisations:
  - {id: town, name: Town, kind: municipality, her_id: "80123", roles: [message_responsible]}
  - {id: home, name: Home care, kind: unit, parent: town, her_id: "80124", services: [8663/KP02]}
partners:
  - organisation: town
    services: {LOG_INNLAGT: 8663/KD0501}
    versions:
      - {standard: plo, version: "1.6", since: 2024-01-01}
"""


def test_a_partner_is_read_with_what_is_agreed() -> None:
    found = read_directory(PARTNERS)
    agreed = Speaks(standard="plo", version="1.6", since=date(2024, 1, 1))
    assert found.partners == {
        "town": Partner(organisation="town", services={"LOG_INNLAGT": "8663/KD0501"}, versions=(agreed,))
    }
    assert found.organisations["home"].services == ("8663/KP02",)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        pytest.param("[8663/KP02]", "[KP02]", "a service type as code system and code", id="service"),
        pytest.param("LOG_INNLAGT: 8663/KD0501", "LOG_INNLAGT: KD0501", "a service type as", id="agreed-service"),
        pytest.param('"1.6"', '"2.0"', "found version: '2.0'", id="version"),
        pytest.param("2024-01-01", "2024-02-30", "a date that exists", id="since"),
        pytest.param("standard: plo", "standard: fhir", "found standard: 'fhir'", id="standard"),
        pytest.param("- organisation: town", "- organisation: home", "the organisation on top", id="level"),
    ],
)
def test_a_mistake_about_a_partner_is_told(right: str, wrong: str, said: str) -> None:
    with pytest.raises(DefinitionErrors, match=re.escape(said)):
        read_directory(PARTNERS.replace(right, wrong))


def test_opening_hours_and_closing_days_are_read() -> None:
    opening = read_directory(WHOLE).openings["5001"]
    assert (opening.opens, opening.closes, opening.closing_days) == (time(9), time(15), (date(2026, 12, 24),))


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        pytest.param(
            "parent: town", "parent: twon", ":4:48: found parent: 'twon'; would be right: 'town'", id="parent"
        ),
        pytest.param("unit: east, role", "unit: esat, role", "would be right: 'east'", id="seat-in-no-unit"),
        pytest.param(
            "organisation: town", "organisation: nowhere", "found organisation: 'nowhere'", id="sender-of-nobody"
        ),
        pytest.param("id: east", "id: town", "found the id 'town' twice", id="same-id-twice"),
        pytest.param(
            '"5001", roles', '"501", roles', "would be right: a municipality number of four digits", id="number"
        ),
        pytest.param("kind: unit", "kind: units", "'unit'", id="kind"),
        pytest.param("8859/1", "latin1", "found charset: 'latin1'", id="charset"),
        pytest.param("acknowledge: stored", "acknowledge: never", "found acknowledge: 'never'", id="acknowledge"),
        pytest.param('"09:00"', '"9:00"', 'a wall time, as "08:00"', id="wall-time"),
        pytest.param('"15:00"', '"08:00"', "a closing time after the opening", id="closes-before-it-opens"),
        pytest.param("2026-12-24", "2026-02-30", "a date that exists", id="no-such-day"),
        pytest.param('"70"', '"70317"', "one to four digits", id="postal-code"),
        pytest.param("roles: [home", "rolls: [home", "the key 'rolls' in organisation", id="unknown-key"),
        pytest.param("name: Kari, ", "", "person without name", id="missing-key"),
        pytest.param("acknowledge: stored", "time_zone: Europe/Olso", "a zone, as Europe/Oslo", id="zone"),
        pytest.param(
            "acknowledge: stored", f"time_zone: Europe/Oslo{'/..' * 600}", "a zone, as Europe/Oslo", id="deep"
        ),
        pytest.param("acknowledge: stored", f"time_zone: Europe{'.' * 1200}", "a zone, as Europe/Oslo", id="dots"),
        pytest.param('{"1": home}', "home", 'a table, as {"1": home}', id="destinations"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(right: str, wrong: str, said: str) -> None:
    assert right in WHOLE
    with pytest.raises(DefinitionErrors) as refused:
        read_directory(WHOLE.replace(right, wrong), "town.yaml")
    assert said in str(refused.value)
    assert re.match(r"town\.yaml:\d+:\d+: found ", str(refused.value))


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(DefinitionErrors) as refused:
        read_directory(
            WHOLE.replace("parent: town", "parent: x").replace('"09:00"', "9").replace("kind: unit", "kind: y")
        )
    assert len(refused.value.findings) == 3


def test_two_senders_may_not_have_the_same_names() -> None:
    twice = WHOLE.replace("routes:", "  - {id: two, application: EPJ, facility: SYK, organisation: town}\nroutes:")
    with pytest.raises(DefinitionErrors, match="two senders with the same application and facility"):
        read_directory(twice)


def test_the_demonstrations_community_places_each_district_with_its_own_unit() -> None:
    demo = read_directory((resources("pathway_engine.demonstration") / "directory.yaml").read_bytes())

    def unit(role: str, **place: str) -> str:
        found = demo.unit_for(role, Place(**place))
        return found.id if found else "nobody"

    assert unit("home_care_nurse", municipality="5001", district="Lerkendal") == "fjordby_lerkendal"
    assert unit("home_care_nurse", municipality="5001", district="Østbyen") == "fjordby_ostbyen"
    assert unit("home_care_nurse", municipality="5001") == "nobody"
    assert unit("home_care_nurse", municipality="5059") == "viksund_hjemme"
    assert unit("ward_nurse", municipality="5001", ward="KIR1") == "kir1"
    assert unit("home_care_leader", municipality="5001", district="Østbyen") == "fjordby_ostbyen"


def test_every_key_of_a_directory_file_is_documented(repository: Path) -> None:
    page = (repository / "docs" / "reference" / "directory.md").read_text("utf-8")
    for section, keys in SECTIONS.items():
        part = page.partition(f"## {section}\n")[2].partition("\n## ")[0]
        assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == list(keys), section


def test_somebody_must_answer_for_patients_whose_municipality_is_not_known() -> None:
    """Mutant: a task that no unit owns stands on nobody's list."""
    with pytest.raises(DefinitionErrors, match="message_responsible for patients whose municipality is not known"):
        read_directory(WHOLE.replace("roles: [message_responsible]", "roles: [ward_nurse]"))
