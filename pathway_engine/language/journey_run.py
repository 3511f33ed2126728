"""Runs a journey: lets its events arrive one by one and compares what follows with what is expected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pathway_engine.domain.episode import Episode, Rules
from pathway_engine.domain.events import Acted, Entry, Happened, Voided
from pathway_engine.domain.extending import extended, names_of, speaks_of_known
from pathway_engine.domain.settlement import LATEST
from pathway_engine.domain.tasks import Task, TaskStatus
from pathway_engine.domain.timeline import fold
from pathway_engine.language.journey_parts import NONE, Journey, Mismatch, Point, Steps

PER_STAY = frozenset({"admitted", "discharged"})
PERFORMER = "somebody"
REASON = "no_need"
SETTLING = timedelta(days=5)
ENDS = {"cancels": TaskStatus.CANCELLED, "misses": TaskStatus.FAILED, "completes": TaskStatus.COMPLETED}

Episodes = tuple[Episode, ...]
Tasks = Mapping[str, Task]


def run_journey(journey: Journey, rules: Rules) -> tuple[Mismatch, ...]:
    """Return everything in which *journey* goes another way than it expects; nothing when all is right.

    *rules* are of the journey's pathway. What arrives late is compared with the same told in time.
    """
    run = _Run(journey, rules)
    for point in journey.points:
        run.take(point)
    return (*run.mismatches, *run.against_order())


@dataclass
class _Run:
    """A journey on its way: the log so far, what stands, and what was not as expected."""

    journey: Journey
    rules: Rules
    log: dict[str, Entry] = field(default_factory=dict)
    episodes: Episodes = ()
    before: Tasks = field(default_factory=dict)
    mismatches: list[Mismatch] = field(default_factory=list)

    def take(self, point: Point) -> None:
        self.episodes = _received(self.rules, self.log, self.episodes, (), point.arrives)
        entry = self._entry(point)
        if entry is not None:
            self.episodes = _received(self.rules, self.log, self.episodes, (entry,), point.arrives)
        after = _tasks(self.episodes)
        self._compare(point, self.before, after)
        self.before = after

    def against_order(self) -> Iterator[Mismatch]:
        """Tell the same log in the order in which it happened: the end must be the same."""
        if not self.log:
            return
        end = self.journey.points[-1].arrives + SETTLING
        log: dict[str, Entry] = {}
        told: Episodes = ()
        for entry in sorted(self.log.values(), key=_happened_at):
            told = _received(self.rules, log, told, (entry,), _happened_at(entry))
        here = _received(self.rules, self.log, self.episodes, (), end)
        if _received(self.rules, log, told, (), end) != here:
            yield self._mismatch(self.journey.points[-1].line, "the same end in whatever order it is told", "another")

    def _entry(self, point: Point) -> Entry | None:
        number = f"{len(self.log) + 1}"
        if point.act is not None:
            return self._acted(point, number)
        if not point.event:
            return None
        if point.is_void:
            return Voided(id=number, cause=_voided_cause(point), recorded_at=point.arrives, stay=point.stay)
        return Happened(
            id=number, name=point.event, cause=self._cause(point), occurred_at=point.at, recorded_at=point.arrives,
            stay=point.stay, facts=point.facts, source=f"{self.journey.file}:{point.line}",
        )  # fmt: skip

    def _acted(self, point: Point, number: str) -> Acted | None:
        assert point.act is not None
        task = _latest(_tasks(self.episodes), point.step)
        if task is None or not task.is_open:
            standing = "none" if task is None else f"one that is {task.status}"
            self.mismatches.append(self._mismatch(point.line, f"an open task {point.step} to {point.act}", standing))
            return None
        return Acted(
            id=number, task=task.key, act=point.act, occurred_at=point.at, recorded_at=point.arrives,
            performer=PERFORMER, answers=point.answers, reason=REASON if point.act == "not_applicable" else "",
        )  # fmt: skip

    def _cause(self, point: Point) -> str:
        if point.event == "died":
            return "died"
        if point.event in PER_STAY and point.stay:
            return f"{point.event}/{point.stay}"
        return f"{point.event}/{point.stay or '-'}/{self._wall(point.at)}"

    # -- comparing -------------------------------------------------------------------------------------

    def _compare(self, point: Point, before: Tasks, after: Tasks) -> None:
        expects = point.expects
        for key, found in _changes(before, after).items():
            expected: Steps | None = getattr(expects, key)
            if expected is not None and expected != found:
                self._note(point, key, _listed(expected), _listed(found))
        phase = self.episodes[-1].phase if self.episodes else NONE
        if expects.phase not in (None, phase):
            self._note(point, "phase", str(expects.phase), phase)
        self._compare_times(point, "due", expects.due, after)
        self._compare_times(point, "opens", expects.opens, after)

    def _compare_times(self, point: Point, key: str, expected: Mapping[str, str], tasks: Tasks) -> None:
        for step, wall in expected.items():
            found = self._time(_latest(tasks, step), key)
            if found != wall:
                self._note(point, key, f"{step} {wall}", found)

    def _time(self, task: Task | None, key: str) -> str:
        if task is None:
            return "no such task"
        at = task.due_at if key == "due" else task.opens_at
        return NONE if at is None else self._wall(at)

    def _wall(self, at: datetime) -> str:
        return f"{at.astimezone(ZoneInfo(self.rules.pathway.time_zone)):%Y-%m-%d %H:%M}"

    def _note(self, point: Point, key: str, expected: str, found: str) -> None:
        line = point.expects.lines.get(key, point.line)
        self.mismatches.append(self._mismatch(line, f"{key} {expected}", found))

    def _mismatch(self, line: int, expected: str, found: str) -> Mismatch:
        return Mismatch(file=self.journey.file, line=line, expected=expected, found=found)


def _voided_cause(point: Point) -> str:
    """Name what is taken back: the only one of the stay, or the one of its kind told last."""
    if point.event == "died":
        return "died"
    exact = point.event in PER_STAY and point.stay
    return f"{point.event}/{point.stay}" if exact else f"{LATEST}{point.event}/{point.stay}"


def _received(
    rules: Rules, log: dict[str, Entry], episodes: Episodes, fresh: Sequence[Entry], now: datetime
) -> Episodes:
    """Take *fresh* into *log* and return what stands at *now*, as the service does it: the short way if it may."""
    known = names_of(list(log.values()))
    short = None
    if not speaks_of_known(fresh, known):
        short = extended([rules] * len(episodes), episodes, fresh, now)
    log.update({entry.id: entry for entry in fresh})
    return fold(lambda ordinal: rules, log.values(), now).episodes if short is None else short


def _happened_at(entry: Entry) -> datetime:
    return entry.recorded_at if isinstance(entry, Voided) else entry.occurred_at


def _tasks(episodes: Iterable[Episode]) -> Tasks:
    """Every task of the patient; a later episode never raises under an earlier key."""
    return {key: task for episode in episodes for key, task in episode.tasks.items()}


def _latest(tasks: Tasks, step: str) -> Task | None:
    """The open task of *step* raised last, or the last of all when none is open."""
    mine = [task for task in tasks.values() if task.step == step]
    return max(mine, key=lambda task: (task.is_open, task.raised_at, task.key), default=None)


def _changes(before: Tasks, after: Tasks) -> dict[str, Steps]:
    """What has become of the tasks: the steps of each kind of change, one for each task."""
    fresh = [task for key, task in after.items() if key not in before]
    changed = [task for key, task in after.items() if key not in before or before[key] != task]
    found = {key: _steps(_turned(changed, before, status)) for key, status in ENDS.items()}
    risen = [task for task in changed if len(task.escalated) > len(_old(before, task).escalated)]
    return {
        "raises": _steps(fresh), **found, "escalates": _steps(risen),
        "corrects": _steps(task for key, task in before.items() if key not in after),
        "open": _steps(task for task in after.values() if task.is_open),
    }  # fmt: skip


def _old(before: Tasks, task: Task) -> Task:
    return before.get(task.key) or replace(task, escalated=(), status=TaskStatus.REQUESTED)


def _turned(changed: Collection[Task], before: Tasks, status: TaskStatus) -> Iterator[Task]:
    return (task for task in changed if task.status is status and _old(before, task).status is not status)


def _steps(tasks: Iterable[Task]) -> Steps:
    return tuple(sorted(task.step for task in tasks))


def _listed(steps: Steps) -> str:
    return ", ".join(step if n == 1 else f"{step} x{n}" for step, n in Counter(steps).items()) or "nothing"
