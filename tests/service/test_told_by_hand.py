"""What no message tells is told by those whom the patient belongs to, once, and has its effect like any message."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pathway_engine.domain.errors import NotPermitted
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.service.relations import UnknownPatient
from pathway_engine.service.told_by_hand import Telling, WrongTelling
from tests.service.board_town import BoardTown

PATIENT = "canary1x"


def telling(
    event: str = "fall_reported", ago: timedelta | None = None, *, town: BoardTown, key: str = "k" * 9
) -> Telling:
    return Telling(patient_id=PATIENT, event=event, at=None if ago is None else town.now - ago, key=key)


@pytest.fixture
def home(town: BoardTown) -> BoardTown:
    """The patient came home two days ago."""
    town.ready()
    town.tell("discharged", destination="home")
    town.passes(days=2)
    return town


def steps(town: BoardTown, person: str = "kari") -> list[str]:
    return [task.step for task in town.engine.worklist(town.who(person), town.now)]


def test_a_fall_that_is_told_asks_the_nurse_within_four_hours_of_the_fall(home: BoardTown) -> None:
    """Mutant: the time of telling counts."""
    home.engine.tell(home.who("kari"), telling(ago=timedelta(hours=1), town=home), home.now)
    (task,) = [each for each in home.engine.worklist(home.who("kari"), home.now) if each.step == "HPH4"]
    assert task.due_at == home.now + timedelta(hours=3)
    assert not rebuild(home.engine.context, home.now, check=True).differing


def test_the_same_telling_twice_is_one_event(home: BoardTown) -> None:
    """Mutant: each press is an event of its own."""
    for _ in range(2):
        home.engine.tell(home.who("kari"), telling(town=home), home.now)
        home.passes(minutes=1)
    with home.engine.context.store.reading() as records:
        told = [row for row in records.log(PATIENT) if row.entry.id.startswith("told/")]
        written = [row for row in records.audit(PATIENT) if row.action == "event told"]
    assert (len(told), len(written)) == (1, 1)


def test_a_homecoming_from_a_short_term_stay_begins_the_follow_up(town: BoardTown) -> None:
    town.ready()
    town.tell("discharged", destination="short_term")
    town.passes(days=9)
    assert "HPH2" not in steps(town)
    town.engine.tell(town.who("siri"), telling("came_home", town=town), town.now)
    assert "HPH2" in steps(town)


def test_a_ward_tells_nothing_by_hand_of_what_happens_at_home(town: BoardTown) -> None:
    """Mutant: whoever may see the patient may tell."""
    town.ready()
    with pytest.raises(NotPermitted):
        town.engine.tell(town.who("anna"), telling(town=town), town.now)


def test_a_foreign_patient_looks_like_a_missing_one(home: BoardTown) -> None:
    with pytest.raises(UnknownPatient):
        home.engine.tell(home.who("liv"), telling(town=home), home.now)


@pytest.mark.parametrize(
    ("event", "ago", "wrong"),
    [
        ("admitted", None, ("event",)),
        ("fall_reported", timedelta(days=31), ("at",)),
        ("fall_reported", -timedelta(minutes=11), ("at",)),
    ],
)
def test_what_does_not_fit_is_named(home: BoardTown, event: str, ago: timedelta | None, wrong: tuple[str, ...]) -> None:
    """Mutant: any event may be told by hand; mutant: what lies ahead too."""
    with pytest.raises(WrongTelling) as found:
        home.engine.tell(home.who("kari"), telling(event, ago, town=home), home.now)
    assert found.value.fields == wrong
