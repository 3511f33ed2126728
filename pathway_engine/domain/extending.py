"""The short way: going on from a stored episode when all that is new comes after all that it has seen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from pathway_engine.domain.episode import Episode, Rules
from pathway_engine.domain.events import Act, Acted, Entry, Happened, Voided
from pathway_engine.domain.folding import act, advance, continues, step
from pathway_engine.domain.settlement import CHAIN, LATEST, Told, chain_of, sort_key


def speaks_of_known(fresh: Sequence[Entry], known_causes: Collection[str]) -> bool:
    """True when any of *fresh* revises, voids or undoes what the log may know already: only a new fold is right."""
    if any(isinstance(entry, Voided) or _undoes(entry) for entry in fresh):
        return True
    names = names_of(fresh)
    return len(set(names)) < len(names) or any(name in known_causes for name in names)


def _undoes(entry: Entry) -> bool:
    return isinstance(entry, Acted) and entry.act is Act.UNDO


def names_of(entries: Sequence[Entry]) -> list[str]:
    """The names under which the log may know what *entries* tell: the cause, the latest of its kind, the chain."""
    told = [entry for entry in entries if isinstance(entry, Happened)]
    chains = {chain for entry in told if (chain := chain_of(entry.id))}
    names = [name for entry in told for name in (entry.cause, f"{LATEST}{entry.name}/{entry.stay}")]
    return [*names, *(f"{CHAIN}{chain}" for chain in sorted(chains))]


def may_open(rules: Rules, fresh: Sequence[Entry]) -> bool:
    """True when any of *fresh* could open an episode for a patient who has none; else a new fold finds none either.

    An episode opens on the events that enrol; others matter by the facts that the enrolment looks at.
    """
    entries = rules.pathway.enrol
    names = {entry.event for entry in entries}
    looked_at = {name for entry in entries if entry.condition is not None for name in entry.condition.names}
    forgetting = {event for name in looked_at for event in _forgotten_on(rules, name)}
    return any(
        isinstance(entry, Voided) or entry.name in names | forgetting or not looked_at.isdisjoint(entry.facts)
        for entry in fresh
        if not isinstance(entry, Acted)
    )


def _forgotten_on(rules: Rules, fact: str) -> Collection[str]:
    declared = rules.pathway.facts.get(fact)
    return declared.forget_on if declared else ()


def extended(
    rules: Sequence[Rules], episodes: Sequence[Episode], fresh: Sequence[Entry], until: datetime
) -> tuple[Episode, ...] | None:
    """Return the episodes of one pathway with *fresh* taken, or None when only a new fold is right.

    The caller has made sure by `speaks_of_known` that nothing fresh revises what is known.
    """
    if not episodes:
        return None if fresh else ()
    last = _taken(rules[-1], episodes[-1], [entry for entry in fresh if _concerns(episodes[-1], entry)])
    if last is None:
        return None
    stood = [*episodes[:-1], last]
    return tuple(advance(each, episode, until) for each, episode in zip(rules, stood, strict=True))


def _concerns(episode: Episode, entry: Entry) -> bool:
    return not isinstance(entry, Acted) or entry.task.startswith(f"{episode.pathway}:")


def _taken(rules: Rules, episode: Episode, fresh: Sequence[Entry]) -> Episode | None:
    told: list[Told] = [entry for entry in fresh if not isinstance(entry, Voided)]
    for entry in sorted(told, key=sort_key):
        if episode.finished_at is not None or not continues(episode, entry):
            return None
        episode = act(rules, episode, entry) if isinstance(entry, Acted) else step(rules, episode, entry)
    return episode
