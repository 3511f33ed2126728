"""The fold: an episode after an event, after some time, and a patient's whole timeline from the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from pathway_engine.domain import raising
from pathway_engine.domain.conditions import Truth
from pathway_engine.domain.deadlines import recurrence
from pathway_engine.domain.definition import Enrolment, Leaving, Step
from pathway_engine.domain.episode import Anchor, Episode, Recurrence, Rules, fits
from pathway_engine.domain.events import Acted, Entry, Happened
from pathway_engine.domain.raising import CLARIFY, Cause, raised
from pathway_engine.domain.settlement import Told, settle, sort_key
from pathway_engine.domain.tasks import Task, TaskStatus
from pathway_engine.domain.windows import PHASE, escalations, with_window

RulesOf = Callable[[int], Rules]


@dataclass(frozen=True, slots=True)
class Declined:
    """An event that could have opened an episode, if the *missing* facts had been known."""

    cause: str
    at: datetime
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """All episodes of one patient in one pathway, oldest first, and the openings that were declined."""

    episodes: tuple[Episode, ...] = ()
    declined: tuple[Declined, ...] = ()


def fold(rules_of: RulesOf, entries: Iterable[Entry], until: datetime) -> Timeline:
    """Fold the whole log up to *until*; the order in which *entries* come does not matter."""
    folding = _Folding(rules_of)
    for told in settle(entries):
        if told.occurred_at <= until:
            folding.take(told)
    return folding.timeline(until)


def step(rules: Rules, episode: Episode, event: Happened) -> Episode:
    """Return the episode after *event*, having first let time pass up to it."""
    episode = _advance(rules, episode, event.occurred_at, including=False)
    if episode.finished_at is not None:
        return _marked(_after_the_end(rules, episode, event), event)
    return _marked(_happened(rules, episode, event), event)


def act(rules: Rules, episode: Episode, acted: Acted) -> Episode:
    """Return the episode after what a person did, having first let time pass up to it."""
    episode = _advance(rules, episode, acted.occurred_at, including=False)
    before = episode.tasks.get(acted.task)
    episode = raising.acted(rules, episode, acted)
    task = episode.tasks.get(acted.task)
    if task is not None and task.step == CLARIFY and task != before and task.status is TaskStatus.COMPLETED:
        episode = _cleared(rules, episode, task)
    return _marked(_realigned(rules, episode), acted)


def advance(rules: Rules, episode: Episode, until: datetime) -> Episode:
    """Let time pass up to and including *until*; looking more often changes nothing."""
    return _advance(rules, episode, until, including=True)


def continues(episode: Episode, told: Told) -> bool:
    """True when *told* comes after all that the episode has seen, so that `step` equals a new fold."""
    effect = episode.last_effect_at
    return sort_key(told) > episode.last_key and (effect is None or effect < told.occurred_at)


def next_wake_at(rules: Rules, episode: Episode) -> datetime | None:
    """The earliest instant at which time alone changes the episode; None when it never does."""
    instants = [at for at, _ in _timed(rules, episode)]
    return min(instants, default=None)


# -- time ------------------------------------------------------------------------------------------


def _timed(rules: Rules, episode: Episode) -> list[tuple[datetime, tuple[str, str]]]:
    """Everything that time alone will do: (instant, (task key, role)) or (instant, ("", step))."""
    effects = [
        (at, (task.key, role))
        for task in episode.tasks.values()
        for at, role in escalations(rules, episode, raising.step_of(rules, task), task)
    ]
    running = [recurring for recurring in episode.recurrences if recurring.paused_at is None]
    return effects + [(_comes_at(rules, episode, recurring), ("", recurring.step)) for recurring in running]


def _comes_at(rules: Rules, episode: Episode, recurring: Recurrence) -> datetime:
    every = rules.pathway.steps[recurring.step].every
    assert every is not None
    return recurrence(recurring.since, every, recurring.count, rules.calendar(episode))


def _advance(rules: Rules, episode: Episode, until: datetime, *, including: bool) -> Episode:
    while effects := _timed(rules, episode):
        at, (key, name) = min(effects)
        if at > until or (at == until and not including):
            break
        episode = _risen(episode, at, key, name) if key else _recurred(rules, episode, at, name)
        episode = replace(episode, last_effect_at=at)
    return episode


def _risen(episode: Episode, at: datetime, key: str, role: str) -> Episode:
    task = episode.tasks[key]
    if not role:
        return episode.with_task(replace(task, overdue_noted=True).noted(at, "overdue"))
    return episode.with_task(replace(task, escalated=(*task.escalated, role)).noted(at, "escalated", role))


def _recurred(rules: Rules, episode: Episode, at: datetime, name: str) -> Episode:
    recurring = next(other for other in episode.recurrences if other.step == name)
    cause = Cause(f"{recurring.cause}#{recurring.count}", f"every {name}", at, "")
    later = replace(recurring, count=recurring.count + 1)
    others = tuple(later if other is recurring else other for other in episode.recurrences)
    return raised(rules, replace(episode, recurrences=others), rules.pathway.steps[name], cause)


# -- events ----------------------------------------------------------------------------------------


def _happened(rules: Rules, episode: Episode, event: Happened) -> Episode:
    before, waiting = episode.phase, frozenset(task.key for task in episode.open_tasks)
    episode = _with_anchor(_with_facts(rules, episode, event), event.name, event)
    episode = raising.ended_by_event(rules, episode, event, waiting)
    episode = _moved(rules, episode, event)
    if episode.finished_at is None:
        episode = _raised_on_event(rules, episode, event, before)
    return _realigned(rules, episode)


def _after_the_end(rules: Rules, episode: Episode, event: Happened) -> Episode:
    """A closed episode still lets its kept tasks be ended by what they wait for."""
    waiting = frozenset(task.key for task in episode.open_tasks)
    episode = _with_anchor(episode, event.name, event)
    return _realigned(rules, raising.ended_by_event(rules, episode, event, waiting))


def _marked(episode: Episode, told: Told) -> Episode:
    return replace(episode, last_key=max(episode.last_key, sort_key(told)))


def _with_facts(rules: Rules, episode: Episode, event: Happened) -> Episode:
    forgotten = {name for name, fact in rules.pathway.facts.items() if event.name in fact.forget_on}
    facts = {name: value for name, value in episode.facts.items() if name not in forgotten}
    for name, value in event.facts.items():
        fact = rules.fact_type(name)
        if fact is not None and fits(fact, value):
            facts[name] = value
        elif fact is not None:
            episode = episode.noted(event.occurred_at, "fact-refused", name)
    return replace(episode, facts=facts)


def _with_anchor(episode: Episode, name: str, event: Happened) -> Episode:
    return replace(episode, anchors={**episode.anchors, name: Anchor(event.occurred_at, event.cause)})


def _moved(rules: Rules, episode: Episode, event: Happened) -> Episode:
    move, unknown = rules.move(episode, event, event.occurred_at)
    if move is None:
        return raising.clarified(rules, episode, event, unknown)
    if move.target == episode.phase:
        return episode
    finishing = move.target in rules.pathway.end
    episode = raising.left(rules, episode, event, finishing=finishing)
    return _entered(rules, episode, move.target, event)


def _entered(rules: Rules, episode: Episode, phase: str, event: Happened) -> Episode:
    episode = _in_phase(episode, phase, event).noted(event.occurred_at, "phase", phase)
    if phase in rules.pathway.end:
        return replace(episode, finished_at=event.occurred_at, recurrences=())
    episode = _resumed(rules, episode, event)
    episode = _recurrences_changed(rules, episode, event)
    return _raised_on_entry(rules, episode, Cause.of(event))


def _in_phase(episode: Episode, phase: str, event: Happened) -> Episode:
    at, cause = event.occurred_at, event.cause
    anchors = {**episode.anchors, PHASE + phase: Anchor(at, cause)}
    return replace(episode, phase=phase, entered_at=at, entered_by=cause, anchors=anchors)


def _raised_on_entry(rules: Rules, episode: Episode, cause: Cause) -> Episode:
    for step_ in rules.pathway.steps.values():
        if episode.phase in step_.when_entering:
            episode = raised(rules, episode, step_, cause)
    return episode


def _raised_on_event(rules: Rules, episode: Episode, event: Happened, before: str) -> Episode:
    for step_ in rules.pathway.steps.values():
        if event.name in step_.when_event and (not step_.in_phases or before in step_.in_phases):
            episode = raised(rules, episode, step_, Cause.of(event))
    return episode


def _resumed(rules: Rules, episode: Episode, event: Happened) -> Episode:
    """Take off hold what was paused when the patient left the phase now entered again."""
    for task in episode.open_tasks:
        step_ = raising.step_of(rules, task)
        if task.status is TaskStatus.ON_HOLD and step_ is not None and _belongs(step_, episode.phase):
            episode = episode.with_task(task.resumed(event.occurred_at, event.cause))
    return episode


def _belongs(step_: Step, phase: str) -> bool:
    return phase in (step_.when_entering or step_.in_phases or (phase,))


def _recurrences_changed(rules: Rules, episode: Episode, event: Happened) -> Episode:
    """Stop, pause, resume or start what comes again, as the phase now entered says."""
    kept = [_carried(rules, recurring, episode.phase, event) for recurring in episode.recurrences]
    running = tuple(recurring for recurring in kept if recurring is not None)
    known = {recurring.step for recurring in running}
    fresh = tuple(
        Recurrence(step_.id, event.cause, event.occurred_at)
        for step_ in rules.pathway.steps.values()
        if step_.every is not None and episode.phase in step_.in_phases and step_.id not in known
    )
    episode = replace(episode, recurrences=running + fresh)
    return _at_once(rules, episode, fresh, event.occurred_at)


def _carried(rules: Rules, recurring: Recurrence, phase: str, event: Happened) -> Recurrence | None:
    step_ = rules.pathway.steps[recurring.step]
    if phase in step_.in_phases:
        if recurring.paused_at is None:
            return recurring
        since = recurring.since + (event.occurred_at - recurring.paused_at)
        return replace(recurring, since=since, paused_at=None)
    if step_.when_leaving_by.get(event.name, step_.when_leaving) is not Leaving.PAUSE:
        return None
    return replace(recurring, paused_at=recurring.paused_at or event.occurred_at)


def _at_once(rules: Rules, episode: Episode, fresh: tuple[Recurrence, ...], at: datetime) -> Episode:
    """Raise what a daily step asks for on the very day of entry."""
    for recurring in fresh:
        if _comes_at(rules, episode, recurring) <= at:
            episode = _recurred(rules, episode, at, recurring.step)
    return episode


def _realigned(rules: Rules, episode: Episode) -> Episode:
    """Let open tasks follow a corrected anchor, a new latest date, or a move to another place."""
    for task in episode.open_tasks:
        step_ = raising.step_of(rules, task)
        if step_ is not None:
            aligned = replace(with_window(rules, episode, step_, task), place=episode.place)
            episode = episode if aligned == task else episode.with_task(aligned)
    return episode


def _cleared(rules: Rules, episode: Episode, task: Task) -> Episode:
    """Take the held-back event again with the fact now known, at the instant it happened."""
    anchor = episode.anchors.get(task.event)
    if anchor is None or anchor.cause != task.cause or episode.finished_at is not None:
        return episode
    event = Happened(
        id=task.key, name=task.event, cause=task.cause, occurred_at=anchor.at, recorded_at=anchor.at, source=task.source
    )
    return _moved(rules, episode, event)


# -- enrolment and the whole timeline --------------------------------------------------------------


def enrolled(
    rules: Rules, ordinal: int, earlier: Iterable[Happened], facts: Episode | None, event: Happened
) -> Episode | Declined | None:
    """Open an episode if the pathway enrols on *event*: Declined when a needed fact is unknown."""
    entries = [entry for entry in rules.pathway.enrol if entry.event == event.name]
    if not entries:
        return None
    history = tuple(earlier)
    fresh = _fresh(rules, ordinal, entries[0], history, facts, event)
    judged = _with_facts(rules, fresh, event)
    truths = [_truth(entry, judged, event.occurred_at) for entry in entries]
    if Truth.TRUE in truths:
        return _opened(rules, fresh, event)
    if Truth.UNKNOWN in truths:
        names = [name for entry in entries if entry.condition for name in entry.condition.missing(judged.facts)]
        return Declined(event.cause, event.occurred_at, tuple(dict.fromkeys(names)))
    return None


def _truth(entry: Enrolment, episode: Episode, now: datetime) -> Truth:
    return Truth.TRUE if entry.condition is None else entry.condition.evaluate(episode.facts, now)


def _fresh(
    rules: Rules, ordinal: int, entry: Enrolment, history: tuple[Happened, ...], before: Episode | None, event: Happened
) -> Episode:
    """An episode that knows the stay so far: facts, anchors and phase, but no tasks of the past."""
    knows_stay = any(earlier.stay for earlier in history) or event.stay is not None
    start = rules.pathway.first_phase if knows_stay or entry.begins_in is None else entry.begins_in
    episode = Episode(
        pathway=rules.pathway.id, definition=rules.pathway.hash, ordinal=ordinal, phase=start,
        opened_at=event.occurred_at, opened_by=event.cause, entered_at=event.occurred_at,
        entered_by=event.cause, facts={} if before is None else before.facts,
    )  # fmt: skip
    for earlier in history:
        episode = _replayed(rules, episode, earlier)
    if episode.phase in rules.pathway.end:
        return replace(episode, phase=start, entered_at=event.occurred_at, entered_by=event.cause)
    return episode


def _replayed(rules: Rules, episode: Episode, event: Happened) -> Episode:
    episode = _with_anchor(_with_facts(rules, episode, event), event.name, event)
    move, _ = rules.move(episode, event, event.occurred_at)
    if move is None or move.target == episode.phase:
        return episode
    return _in_phase(episode, move.target, event)


def _opened(rules: Rules, fresh: Episode, event: Happened) -> Episode:
    episode = fresh.noted(event.occurred_at, "opened", event.name)
    phase = episode.phase
    after = _happened(rules, episode, event)
    if after.phase != phase:
        return _marked(after, event)
    cause = Cause(after.entered_by, event.name, event.occurred_at, event.source, after.entered_at)
    after = _raised_on_entry(rules, after, cause)
    after = _recurrences_changed(rules, after, event)
    return _marked(_without_expired(after, event), event)


def _without_expired(episode: Episode, event: Happened) -> Episode:
    """What should have been done before anybody enrolled the patient is noted, not raised as overdue."""
    for task in episode.open_tasks:
        if task.due_at is not None and task.due_at < event.occurred_at:
            kept = {key: other for key, other in episode.tasks.items() if key != task.key}
            episode = replace(episode, tasks=kept).noted(event.occurred_at, "expired-before-enrolment", task.step)
    return episode


class _Folding:
    """A timeline in the making: closed episodes, the running one, and what came before it."""

    def __init__(self, rules_of: RulesOf) -> None:
        self._rules_of = rules_of
        self._episodes: list[Episode] = []
        self._earlier: list[Happened] = []
        self._homeless: list[Acted] = []
        self._declined: list[Declined] = []

    def take(self, told: Told) -> None:
        if isinstance(told, Acted):
            if told.task.startswith(self._rules_of(0).pathway.id + ":"):
                self._take_act(told)
        else:
            self._take_event(told)

    def timeline(self, until: datetime) -> Timeline:
        episodes = tuple(advance(self._rules_of(n), episode, until) for n, episode in enumerate(self._episodes))
        return Timeline(episodes, tuple(self._declined))

    def _take_event(self, event: Happened) -> None:
        last = len(self._episodes) - 1
        if last >= 0:
            running = self._episodes[last].finished_at is None
            self._episodes[last] = step(self._rules_of(last), self._episodes[last], event)
            if running:
                return
        self._enrol(event)

    def _enrol(self, event: Happened) -> None:
        ordinal = len(self._episodes)
        before = self._episodes[-1] if self._episodes else None
        opened = enrolled(self._rules_of(ordinal), ordinal, self._earlier, before, event)
        if isinstance(opened, Episode):
            self._begin(opened)
            return
        self._earlier.append(event)
        if opened is not None:
            self._declined.append(opened)

    def _begin(self, opened: Episode) -> None:
        self._episodes.append(opened)
        homeless, self._earlier, self._homeless = self._homeless, [], []
        for acted in homeless:
            self._take_act(acted)

    def _take_act(self, acted: Acted) -> None:
        for n, episode in enumerate(self._episodes):
            if acted.task in episode.tasks or n == len(self._episodes) - 1:
                self._episodes[n] = act(self._rules_of(n), episode, acted)
                return
        self._homeless.append(acted)
