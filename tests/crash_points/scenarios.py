"""The scenarios: one for each kind of transaction that the engine has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text

from pathway_engine.domain.definition import Checklist
from pathway_engine.domain.events import Act, FactValue
from tests.crash_points.steps import Do, Grant, Import, Rebuild, Restart, RunAgain, Send, Step, Sweep, Told
from tests.crash_points.town import Town
from tests.service.community import START

DIRECTORY = Path(__file__).parents[2] / "pathway_engine" / "demonstration" / "directory.yaml"
HOME = 48.0
"""Hours after the beginning at which patient 100 comes home."""


@dataclass(frozen=True)
class Scenario:
    """What is there `before`, and the steps during which the process may die.

    Not every scenario starts from a projection that follows from the log, nor ends with one.
    """

    name: str
    before: Callable[[Town], None]
    steps: tuple[Step, ...]
    follows_from_log: bool = True


# -- what is told


def when(hours: float) -> str:
    """An instant as messages write it."""
    return (START + timedelta(hours=hours)).isoformat()


def happened(name: str, hours: float, *, told: float | None = None, stay: str = "VN1", **facts: FactValue) -> Told:
    """An event; its cause is the stay, so that the same told again is the same."""
    recorded = hours if told is None else told
    return {
        "id": f"{name}-{stay}-{recorded}", "name": name, "cause": f"{name}/{stay}", "at": when(hours),
        "recorded": when(recorded), "stay": stay, "facts": facts,
    }  # fmt: skip


def voided(name: str, hours: float, stay: str = "VN1") -> Told:
    """Something told did not happen."""
    return {"id": f"no-{name}-{stay}", "void": f"{name}/{stay}", "recorded": when(hours), "stay": stay}


def message(id: str, *entries: Told, patient: str = "100", stay: str | None = "VN1", **more: object) -> Told:
    """A message of the plain channel."""
    told: dict[str, Any] = {"id": id, "patient": patient, "district": "01", "entries": entries, **more}
    return told if stay is None else told | {"stay": stay}


def admitted(hours: float = 0.0, patient: str = "100", stay: str = "VN1") -> Told:
    """The first message of a stay."""
    return message(
        f"A-{stay}", happened("admitted", hours, stay=stay, receives_services=True), patient=patient, stay=stay
    )


def ready(hours: float = 26.0, patient: str = "100", stay: str = "VN1") -> Told:
    """The hospital's notice that the patient can leave."""
    return message(f"R-{stay}", happened("discharge_ready", hours, stay=stay), patient=patient, stay=stay)


def discharged(hours: float = HOME, patient: str = "100", stay: str = "VN1") -> Told:
    """The patient goes home."""
    return message(
        f"D-{stay}", happened("discharged", hours, stay=stay, destination="home"), patient=patient, stay=stay
    )


FALL = message("F", happened("fall_reported", HOME + 20))
POISON = message("P", happened("fall_reported", HOME + 1), poison=True)
LEFT_EARLIER = message(
    "LATE", happened("discharged", HOME - 6, told=HOME + 30, destination="home"),
    happened("discharge_ready", 25.0, told=HOME + 30),
)  # fmt: skip


# -- what is there before


def _lived(town: Town, *messages: tuple[float, Told]) -> None:
    town.start()
    for hours, told in messages:
        step = Send(hours, (told,))
        town.now = START + timedelta(hours=hours)
        step.take(town)
        town.callers.step += 1
        town.sweep()
    town.stop()


def nothing(town: Town) -> None:
    """An empty database of this schema."""


def started(town: Town) -> None:
    """A program that has run, and no patients."""
    _lived(town)


def in_hospital(town: Town) -> None:
    """Patient 100 is discharge ready."""
    _lived(town, (0, admitted()), (26, ready()))


def home(town: Town) -> None:
    """Patient 100 has come home."""
    _lived(town, (0, admitted()), (26, ready()), (HOME, discharged()))


def two_at_home(town: Town) -> None:
    """Patients 100 and 200 have come home; they may be one."""
    _lived(
        town, (0, admitted()), (1, admitted(1, "200", "VN2")), (26, ready()), (HOME, discharged()),
        (HOME + 1, discharged(HOME + 1, "200", "VN2")),
    )  # fmt: skip


def damaged(town: Town) -> None:
    """Two at home, and lists that no longer follow from the log."""
    two_at_home(town)
    town.start()
    with town.engine.context.store.engine.begin() as connection:
        connection.execute(text("UPDATE task SET severity = 'wrong', owner_role = 'nobody'"))
        connection.execute(text("DELETE FROM task_audience"))
    town.stop()


# -- what people answer


def _answers(town: Town, person: str, step: str) -> dict[str, Any]:
    """Every item of the task's checklist answered."""
    who = town.who(person)
    tasks = [view for view in town.engine.worklist(who, town.now) if view.step == step]
    if not tasks:  # ended already: the form that is sent again is the one that was filled in
        return {}
    return {"answers": _right(town.engine.task(who, tasks[0].id, town.now).checklist)}


def _right(checklist: Checklist | None) -> dict[str, FactValue]:
    right: dict[str, FactValue] = {}
    for item in checklist.items if checklist else ():
        match item.type:
            case "yes_no":
                right[item.id] = "yes"
            case "choice":
                right[item.id] = next(iter(item.choices))
            case "number":
                right[item.id] = item.minimum or 1
            case "date":
                right[item.id] = (START + timedelta(days=15)).date()
            case _:
                right[item.id] = "tekst"
    return right


def _completes(at: float, person: str, step: str) -> Do:
    return Do(at, person, step, Act.COMPLETE, partial(_answers, person=person, step=step))


def visited(town: Town) -> None:
    """Patient 100 has come home and had the nurse's visit."""
    home(town)
    town.start()
    town.now = START + timedelta(hours=HOME + 20)
    _completes(HOME + 20, "kari", "HPH2").take(town)
    town.callers.step += 1
    town.stop()


DEFERRED = {"reason": "patient_wish", "until": START + timedelta(hours=HOME + 30)}

SCENARIOS = (
    Scenario("a start on an empty database", nothing, (Restart(0), Restart(1))),
    Scenario("a new stay", started, (Send(0, (admitted(),)),)),
    Scenario("a whole stay", started, (
        Send(0, (admitted(),)), Send(26, (ready(),)), Send(HOME, (discharged(),)), Sweep(HOME + 1),
    )),
    Scenario("many stored in one commit", started, (
        Send(26, (admitted(), admitted(patient="200", stay="VN2"), admitted(), ready()), together=True),
    )),
    Scenario("stored and applied by the heartbeat", started, (
        Send(26, (admitted(), ready(), admitted(patient="200", stay="VN2")), together=True, stored_only=True),
        Sweep(26),
    )),
    Scenario("the same message again", in_hospital, (Send(27, (ready(),)), Send(28, (ready(), admitted())))),
    Scenario("the same id with other content", in_hospital, (
        Send(27, (ready(25), ready(25))), Send(28, (ready(26),)),
    )),
    Scenario("bad content and unreadable content", started, (
        Send(0, (message("B", bad=True), admitted(), message("B", bad=True))),
    )),
    Scenario("a stay of somebody else run again", in_hospital, (
        Send(27, (message("X", happened("fall_reported", 27), patient="200"),)), RunAgain(28, "X"),
    )),
    Scenario("an unknown sender run again when known", in_hospital, (
        Send(27, (message("U", happened("discharged", 27, destination="home"), **{"from": "ELSEWHERE"}),)),
        RunAgain(28, "U", mends=True),
    )),
    Scenario("a dead message run again after a fix", home, (
        Send(HOME + 1, (POISON,)), *(Sweep(HOME + hours) for hours in (2, 3, 4, 5, 6)), RunAgain(HOME + 7, "P", True),
    )),
    Scenario("two patients become one", two_at_home, (
        Send(HOME + 2, (message("M", retires="200", stay=None),)), Sweep(HOME + 26),
    )),
    Scenario("told late and folded anew", home, (Send(HOME + 30, (LEFT_EARLIER,)),)),
    Scenario("told and then taken back", home, (
        Send(HOME + 2, (message("V", voided("discharged", HOME + 2)),)),
        Send(HOME + 3, (message("W", voided("discharge_ready", HOME + 3), voided("admitted", HOME + 3)),)),
    )),
    Scenario("acts of people", home, (
        Do(HOME + 1, "kari", "HPH2", Act.CLAIM),
        Do(HOME + 2, "kari", "HPH2", Act.COMMENT, known={"comment": "Ringte"}),
        Do(HOME + 3, "kari", "HPH2", Act.DEFER, known=DEFERRED),
        _completes(HOME + 20, "kari", "HPH2"),
        Do(HOME + 22, "ola", "DAILY", Act.NOT_APPLICABLE, known={"reason": "patient_declines"}),
    )),
    Scenario("a task done that sends a message", visited, (_completes(HOME + 21, "ina", "HPH3"),)),
    Scenario("a fall and time that passes", two_at_home, (
        Send(HOME + 20, (FALL,)), Sweep(HOME + 25), Sweep(HOME + 24 * 6),
    )),
    Scenario("an episode that cannot go on", two_at_home, (
        Sweep(HOME + 24 * 4, is_faulty=True), Sweep(HOME + 24 * 5),
    ), follows_from_log=False),
    Scenario("a directory import and a key", started, (
        Import(1, DIRECTORY), Restart(2), Import(3, DIRECTORY), Grant(4, "kari", "a key of hers"),
    )),
    Scenario("a rebuild", damaged, (Rebuild(HOME + 2),), follows_from_log=False),
)  # fmt: skip
