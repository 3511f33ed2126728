"""A Norwegian message tells no part of the town: the postal code leads to the unit, unless more is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pathway_engine.domain.directory import Organisation
from pathway_engine.domain.events import Demographics
from pathway_engine.transports.drop_folder import IN
from tests.adapters.norwegian import letters
from tests.norwegian.sides import START, Side, directory


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Side]:
    known = directory("town")
    east, west = (
        Organisation(id=name, name=name, kind="unit", parent="5001", districts=(name,), roles=("home_care_nurse",))
        for name in ("east", "west")
    )
    units = {**known.organisations, "east": east, "west": west}
    routed = replace(known, organisations=units, routes={"70": "5001"}, parts={"70": "west"})
    side = Side("town", f"sqlite:///{tmp_path}/t.db", tmp_path / "town", [START], routed)
    yield side
    side.close()


def admits(side: Side, number: int = 1) -> None:
    message = letters.with_head(letters.admitted(), id=letters.uuid(number))
    side.drop.part(IN).joinpath(f"{number}.xml").write_bytes(letters.raw(message))
    side.takes()


def district(side: Side) -> str | None:
    with side.engine.context.store.reading() as records:
        row = records.patient("patient-1")
        assert row is not None
        return row.district


def test_the_postal_code_leads_to_the_unit(town: Side) -> None:
    """Mutant: the town has no parts for those whom Norwegian messages tell of."""
    admits(town)
    with town.engine.context.store.reading() as records:
        assert {task.unit for task in records.tasks_of_patient("patient-1")} == {"west"}


def test_a_part_that_is_known_stays_while_the_address_does(town: Side) -> None:
    admits(town)
    with town.engine.context.store.transaction() as records:
        row = records.lock_patient("patient-1")
        records.update_patient(row.id, Demographics(district="east"), row.updated_at)
    admits(town, 2)
    assert district(town) == "east"
