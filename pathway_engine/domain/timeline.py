"""A patient's whole timeline in one pathway, folded from the log: which episodes there were, and how each stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from pathway_engine.domain.conditions import Truth
from pathway_engine.domain.definition import Enrolment
from pathway_engine.domain.episode import Episode, Rules
from pathway_engine.domain.events import Acted, Entry, Happened
from pathway_engine.domain.folding import (
    act,
    advance,
    happened,
    in_phase,
    marked,
    raised_on_entry,
    recurrences_changed,
    step,
    with_anchor,
    with_facts,
    with_stay,
)
from pathway_engine.domain.raising import Cause
from pathway_engine.domain.records import replace
from pathway_engine.domain.settlement import Told, settle

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
    """Fold the whole log, then let time pass up to *until*; the order in which *entries* come does not matter.

    What is told of the near future counts too: the sender's clock may be ahead, or ours have been set back,
    and nothing would wake the episode when that time comes.
    """
    folding = _Folding(rules_of)
    for told in settle(entries):
        folding.take(told)
    return folding.timeline(until)


def enrolled(
    rules: Rules, ordinal: int, earlier: Iterable[Happened], facts: Episode | None, event: Happened
) -> Episode | Declined | None:
    """Open an episode if the pathway enrols on *event*: Declined when a needed fact is unknown."""
    entries = [entry for entry in rules.pathway.enrol if entry.event == event.name]
    if not entries:
        return None
    history = tuple(earlier)
    fresh = _fresh(rules, ordinal, entries[0], history, facts, event)
    judged = with_facts(rules, fresh, event)
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
    rules: Rules,
    ordinal: int,
    entry: Enrolment,
    history: tuple[Happened, ...],
    before: Episode | None,
    event: Happened,
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
    if episode.is_superseded(event.stay):
        return episode
    episode = with_anchor(with_facts(rules, episode, event), event.name, event)
    move, _ = rules.move(episode, event, event.occurred_at)
    episode = with_stay(rules, episode, event)
    if move is None or (move.target == episode.phase and not move.new_stay):
        return episode
    return in_phase(episode, move.target, event)


def _opened(rules: Rules, fresh: Episode, event: Happened) -> Episode:
    episode = fresh.noted(event.occurred_at, "opened", event.name)
    phase = episode.phase
    after = happened(rules, episode, event)
    if after.phase != phase:
        return marked(after, event)
    cause = Cause(after.entered_by, event.name, event.occurred_at, event.source, after.entered_at)
    after = raised_on_entry(rules, after, cause)
    after = recurrences_changed(rules, after, event)
    return marked(_without_expired(after, event), event)


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
