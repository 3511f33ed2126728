"""What of the log counts: revisions, cancellations and duplicates settled into one story in time order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from pathway_engine.domain.events import Act, Acted, Entry, FactValue, Happened, Voided

LATEST = "latest:"
CHAIN = "chain:"
ENTRY = "entry:"
"""A void of this cause names one entry by its id: somebody found that it is told of another patient."""
Told = Happened | Acted
SortKey = tuple[str, str, str]


def sort_key(entry: Told) -> SortKey:
    """The place of *entry* in the story: when it happened, when it was written down, what it is."""
    name = entry.cause if isinstance(entry, Happened) else entry.id
    return (entry.occurred_at.isoformat(), entry.recorded_at.isoformat(), name)


def settle(entries: Iterable[Entry]) -> list[Told]:
    """Return what counts of *entries*, in time order; the order of *entries* does not matter.

    Of all entries on one cause the last recorded decides whether it happened and when; the facts of
    its revisions add up, later ones over earlier ones. What a chain of messages told counts from the
    last void of the chain on. Acts are taken once each by id; what was undone does not count, nor does the undoing.
    """
    unique = _without_taken_out({entry.id: entry for entry in sorted(entries, key=_identity)})
    acts = _not_undone([entry for entry in unique.values() if isinstance(entry, Acted)])
    voids = [entry for entry in unique.values() if isinstance(entry, Voided)]
    told = _unless_its_chain_ended([entry for entry in unique.values() if isinstance(entry, Happened)], voids)
    named = _named_voids([void for void in voids if not void.cause.startswith(CHAIN)], told)
    return sorted([*acts, *_standing(told, named)], key=sort_key)


def told_first(entries: Iterable[Entry]) -> dict[str, datetime]:
    """Return when the sender first wrote down each cause that stands; what was taken back before does not count."""
    unique = _without_taken_out({entry.id: entry for entry in sorted(entries, key=_identity)})
    told = [entry for entry in unique.values() if isinstance(entry, Happened)]
    voids = _named_voids([entry for entry in unique.values() if isinstance(entry, Voided)], told)
    by_cause = _revisions(told, voids)
    return {cause: revisions[0].recorded_at for cause, revisions in by_cause.items()}


def taken_out(entries: Iterable[Entry]) -> set[str]:
    """Return the ids of the entries that are told of another patient, as somebody found out."""
    voids = (entry for entry in entries if isinstance(entry, Voided))
    return {void.cause.removeprefix(ENTRY) for void in voids if void.cause.startswith(ENTRY)}


def _without_taken_out(unique: Mapping[str, Entry]) -> dict[str, Entry]:
    gone = taken_out(unique.values())
    takes = (id for id, entry in unique.items() if isinstance(entry, Voided) and entry.cause.startswith(ENTRY))
    gone |= set(takes) if gone else set()
    return {id: entry for id, entry in unique.items() if id not in gone}


def undone_by(entries: Iterable[Entry]) -> set[str]:
    """Return the ids of the acts that somebody took back at once."""
    return {entry.reason for entry in entries if isinstance(entry, Acted) and entry.act is Act.UNDO}


def _not_undone(acts: list[Acted]) -> list[Acted]:
    undone = undone_by(acts)
    return [act for act in acts if act.act is not Act.UNDO and act.id not in undone]


def _identity(entry: Entry) -> tuple[str, str]:
    return (entry.id, repr(entry))


def chain_of(entry_id: str) -> str | None:
    """The chain of messages that an entry belongs to: what its id has before the first #; None when it has none."""
    chain, mark, _ = entry_id.partition("#")
    return chain if mark else None


def takes_back_nothing_yet(fresh: Iterable[Entry], log: Iterable[Entry]) -> bool:
    """Whether *fresh* ends a chain of messages of which the *log* has told nothing; what it ends may still come."""
    causes = [entry.cause for entry in fresh if isinstance(entry, Voided) and entry.cause.startswith(CHAIN)]
    ended = {cause.removeprefix(CHAIN) for cause in causes}
    return bool(ended) and ended.isdisjoint(chain_of(entry.id) for entry in log if isinstance(entry, Happened))


def _unless_its_chain_ended(told: list[Happened], voids: list[Voided]) -> list[Happened]:
    """What was told in a chain of messages before the last void of the whole chain does not count."""
    ends: dict[str | None, tuple[str, str]] = {}
    for void in voids:
        if void.cause.startswith(CHAIN):
            chain = void.cause.removeprefix(CHAIN)
            ends[chain] = max(_recorded(void), ends.get(chain, ("", "")))
    return [event for event in told if _recorded(event) > ends.get(chain_of(event.id), ("", ""))] if ends else told


def _standing(told: list[Happened], voids: Mapping[str, tuple[str, str]]) -> list[Happened]:
    return [_combined(revisions) for revisions in _revisions(told, voids).values()]


def _revisions(told: list[Happened], voids: Mapping[str, tuple[str, str]]) -> dict[str, list[Happened]]:
    """What stands of each cause, in the order in which it was written down."""
    by_cause: dict[str, list[Happened]] = defaultdict(list)
    for event in sorted(told, key=_recorded):
        if _recorded(event) > voids.get(event.cause, ("", "")):
            by_cause[event.cause].append(event)
    return by_cause


def _recorded(entry: Happened | Voided) -> tuple[str, str]:
    return (entry.recorded_at.isoformat(), entry.id)


def _combined(revisions: list[Happened]) -> Happened:
    if len(revisions) == 1:
        return revisions[0]
    facts: dict[str, FactValue] = {}
    for revision in revisions:
        facts.update(revision.facts)
    return replace(revisions[-1], facts=facts)


def _named_voids(voids: list[Voided], told: list[Happened]) -> dict[str, tuple[str, str]]:
    """Return for each voided cause when it was voided last."""
    last: dict[str, tuple[str, str]] = {}
    for cause, recorded in _resolved(voids, told):
        last[cause] = max(recorded, last.get(cause, ("", "")))
    return last


def _resolved(voids: list[Voided], told: list[Happened]) -> Iterable[tuple[str, tuple[str, str]]]:
    open_ended = defaultdict(list)
    for void in voids:
        if void.cause.startswith(LATEST):
            open_ended[void.cause.removeprefix(LATEST)].append(void)
        else:
            yield void.cause, _recorded(void)
    for kind, group in open_ended.items():
        yield from _matched(group, [event for event in told if f"{event.name}/{event.stay}" == kind])


def _matched(voids: list[Voided], told: list[Happened]) -> Iterable[tuple[str, tuple[str, str]]]:
    """Pair each void with the cause told last before it, as a stack of what stands."""
    standing: list[str] = []
    both: list[Happened | Voided] = [*voids, *told]
    for entry in sorted(both, key=_recorded):
        if isinstance(entry, Happened):
            standing = [cause for cause in standing if cause != entry.cause] + [entry.cause]
        elif standing:
            yield standing.pop(), _recorded(entry)
