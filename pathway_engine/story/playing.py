"""The story as it happens: scenes, shifts, a day without a network and a program, each at its own time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from pathway_engine.domain.norway import OSLO
from pathway_engine.story.browsing import Unexpected
from pathway_engine.story.cast import patient, short_name
from pathway_engine.story.hospitals import AdtHospital, PloHospital
from pathway_engine.story.offline import Telephone
from pathway_engine.story.plot import ADT, PLO, Scene, scenes
from pathway_engine.story.program import Program
from pathway_engine.story.times import BEGINS, ENDS, wall
from pathway_engine.story.workers import Worker
from pathway_engine.story.world import DOOR_KEY, World

HOME = frozenset({"HPH1", "HPH2", "HPH3", "HPH4", "HPH5", "HPH6", "DAILY"})
STEPS = {
    "silje": frozenset({"ANSWER", "OFFER"}), "kari": HOME, "ola": HOME, "marit": frozenset({"HPH0", "HPH0B"}),
    "bjorn": frozenset[str](), "turid": frozenset[str](), "ingrid": frozenset[str](), "eva": frozenset[str](),
}  # fmt: skip
ALL_WEEK, WORKDAYS, MONDAYS, THURSDAYS = range(7), range(5), (0,), (3,)
SHIFTS = (
    ("08:30", "silje", WORKDAYS), ("09:10", "kari", ALL_WEEK), ("09:10", "ola", ALL_WEEK), ("09:40", "bjorn", WORKDAYS),
    ("10:00", "turid", MONDAYS), ("10:00", "ingrid", MONDAYS), ("10:30", "silje", WORKDAYS),
    ("11:30", "marit", ALL_WEEK), ("12:15", "silje", WORKDAYS), ("14:20", "silje", WORKDAYS),
    ("14:20", "kari", ALL_WEEK), ("14:20", "ola", ALL_WEEK), ("15:00", "eva", THURSDAYS), ("16:30", "marit", ALL_WEEK),
)  # fmt: skip
CLOSED = (date(2026, 12, 24), date(2026, 12, 25))
OFFLINE = date(2026, 11, 20)
VISITS = (("kari", 13), ("ola", 14))
"""Whose telephones are without a network that day, and whose visit each of them does."""
SERVED = (1, 4, 5, 6, 7, 18, 24)
"""Who is to have municipal services at home, every day."""
NIGHT = wall("2026-10-25T02:15", again=True)
"""A quarter past two, the second time that night."""
SOON = timedelta(minutes=50)
"""After so long whoever is on duty looks at what came as urgent."""
TOLD_BY_HAND = {"came_home": "came_home", "fell": "fall_reported"}
Doing = Callable[[], None]


@dataclass(slots=True)
class Played:
    """What there is when it is over."""

    world: World
    patients: int
    until: datetime
    workers: dict[str, Worker]
    program: Program
    telephones: dict[str, Telephone]
    adt: AdtHospital = field(default_factory=AdtHospital)
    plo: PloHospital = field(default_factory=PloHospital)
    scenes: list[Scene] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def play(
    world: World, patients: int = 30, until: datetime = ENDS, progress: Callable[[datetime], None] = lambda _: None
) -> Played:
    """Let everything happen to the first *patients* up to *until*."""
    workers = {person: _worker(world, person) for person in STEPS}
    telephones = {person: Telephone(workers[person]) for person, number in VISITS if number <= patients}
    played = Played(world, patients, until, workers, Program(world), telephones)
    played.scenes = scenes(patients, until)
    agenda = [*_scenes(played), *_shifts(played), *_program(played), *_offline(played), *_nights(played)]
    for at, _, doing in sorted(agenda, key=lambda each: each[:2]):
        if at < until:
            progress(at)
            world.show(at)
            doing()
            world.post()
    world.show(until)
    return played


def _worker(world: World, person: str) -> Worker:
    answers: dict[tuple[str, str], dict[str, str]] = {
        (short_name(12), "ANSWER"): {"can_receive": "cannot", "offer_ready_on": "2026-12-01", "offer": "short_term"},
        (short_name(12), "OFFER"): {"can_receive": "now", "offer": "short_term"},
        (short_name(11), "ANSWER"): {"can_receive": "from_date", "offer_ready_on": "2026-12-29", "offer": "home"},
    }
    for number in (each for each in range(1, 31) if each not in SERVED):
        answers[short_name(number), "HPH1"] = {"receives_services": "no"}
    leaves = frozenset((short_name(number), "HPH2") for _, number in VISITS)
    return Worker(world, person, STEPS[person], frozenset({"UNDELIVERED"}), answers, leaves)


# -- what is on the agenda: when, in which order within the minute, and what

Agenda = Iterator[tuple[datetime, tuple[int, int], Doing]]


def _scenes(played: Played) -> Agenda:
    for place, scene in enumerate(played.scenes):
        yield scene.at, (0, place), _doing(_happens, played, scene)
        if scene.what in ("fell", "admitted") and scene.at > NIGHT:
            nurse = played.workers[nurse_of(scene.number)]
            yield scene.at + SOON, (1, place), nurse.works


def _shifts(played: Played) -> Agenda:
    for day in _days(played.until):
        for place, (time, person, days) in enumerate(SHIFTS):
            is_office = days is not ALL_WEEK
            if day.weekday() in days and not (is_office and day in CLOSED):
                yield wall(f"{day}T{time}"), (2, place), played.workers[person].works


def _nights(played: Played) -> Agenda:
    """The night nurse looks in the hour that passes twice, the second time."""
    yield NIGHT, (3, 0), played.workers["kari"].works


def _program(played: Played) -> Agenda:
    for day in _days(played.until):
        if day.weekday() == 0:
            yield wall(f"{day}T07:30"), (4, 0), played.program.reads


def _offline(played: Played) -> Agenda:
    for place, (person, number) in enumerate(VISITS):
        if person in played.telephones:
            telephone = played.telephones[person]
            yield wall(f"{OFFLINE}T08:05"), (5, place), telephone.downloads
            yield wall(f"{OFFLINE}T10:30"), (6, place), _doing(telephone.fills_in, short_name(number), "HPH2")
            yield wall(f"{OFFLINE}T15:10"), (7, place), telephone.is_back
    yield wall("2026-11-23T12:00"), (8, 0), played.world.partners.find


def _days(until: datetime) -> Iterator[date]:
    day = BEGINS.astimezone(OSLO).date()
    while day <= until.astimezone(OSLO).date():
        yield day
        day += timedelta(days=1)


def _doing(does: Callable[..., None], *what: object) -> Doing:
    return lambda: does(*what)


def nurse_of(number: int) -> str:
    """Who has the patient on the list, by where he or she lives."""
    return "kari" if patient(number).district == "Lerkendal" else "ola"


# -- scenes


def _happens(played: Played, scene: Scene) -> None:
    if scene.what in TOLD_BY_HAND:
        _knows(played, scene.number).tells(short_name(scene.number), TOLD_BY_HAND[scene.what])
    elif scene.hospital == PLO:
        for raw in played.plo.writes(scene):
            played.world.partners.send(raw)
    else:
        assert scene.hospital == ADT, scene
        _at_the_door(played, played.adt.writes(scene))


def _knows(played: Played, number: int) -> Worker:
    """Somebody who has had the patient's page open: the nurse, else the office. Raises Unexpected."""
    those = (played.workers[person] for person in (nurse_of(number), "silje"))
    found = next((worker for worker in those if short_name(number) in worker.patients), None)
    if found is None:
        raise Unexpected(f"nobody knows patient {number}")
    return found


def _at_the_door(played: Played, raw: bytes) -> None:
    """Bring an HL7 v2 message to the door over HTTP. Raises Unexpected unless it is accepted."""
    line = played.world.line
    client = line.client()
    headers = {"Authorization": f"Bearer {DOOR_KEY}", "Content-Type": "application/hl7-v2"}
    answer = line.ask(client, client.build_request("POST", "/messages", content=raw, headers=headers))
    if answer.status_code != 200 or b"MSA|AA" not in answer.content:
        raise Unexpected(f"a message at the door was answered {answer.status_code}")
