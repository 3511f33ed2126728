"""What a commit changes, kept in the same commit for each subscriber that asked for it.

Nothing is compared unless somebody listens: one statement a transaction tells, and most often it finds nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import attrgetter

from pathway_engine.domain.episode import Episode
from pathway_engine.domain.subscriptions import Change, Seat, Topic, is_wanted
from pathway_engine.service.context import Context
from pathway_engine.storage.patients import public_id_of_stay
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import EpisodeRow, TaskRow
from pathway_engine.storage.subscription_rows import EventRow, Listener

TOLD_OF_TASKS = attrgetter(
    "version", "status", "business_status", "patient_id", "owner_role", "unit", "performer", "opens_at", "due_at",
    "deferred_until", "ended_at", "answered", "questions", "hard", "title_nb", "audience",
)  # fmt: skip
"""What of a task others can see: time that passes changes a row, and often none of these."""
TOLD_OF_EPISODES = attrgetter("phase", "status", "patient_id")
READY = ("discharge_ready", "discharge_ready_withdrawn")
"""The events that say that a patient is ready for discharge, and that it is not so."""


def keep_tasks(
    context: Context, records: Records, before: Mapping[str, TaskRow], after: Iterable[TaskRow], now: datetime
) -> None:
    """Keep what changed from the rows *before*, by key, to the rows *after*, which are being saved."""
    listeners = _listeners(records, Topic.TASK_CHANGED)
    if not listeners:
        return
    for row in after:
        old = before.get(row.key)
        if old is None or TOLD_OF_TASKS(old) != TOLD_OF_TASKS(row):
            _keep(context, records, listeners, _of_task(old, row, now))


def keep_episode(
    context: Context, records: Records, old: EpisodeRow | None, row: EpisodeRow,
    states: tuple[Episode | None, Episode | None], now: datetime,
) -> None:  # fmt: skip
    """Keep what changed from *old* to *row*; *states* are what they hold, None where that says nothing new."""
    phases = _listeners(records, Topic.PHASE_CHANGED)
    if phases and (old is None or TOLD_OF_EPISODES(old) != TOLD_OF_EPISODES(row)):
        method = "POST" if old is None else "PUT"
        _keep(context, records, phases, _of_episode(Topic.PHASE_CHANGED, "CarePlan", row.id, row, method, now))
    ready = _listeners(records, Topic.DISCHARGE_READY)
    if ready and _said_ready(states[0]) != _said_ready(states[1]):
        type, focus = _stay(context, states, row)
        _keep(context, records, ready, _of_episode(Topic.DISCHARGE_READY, type, focus, row, "PUT", now))


def _listeners(records: Records, topic: Topic) -> list[Listener]:
    return [each for each in records.listeners() if each.topic == topic]


# -- changes


def _of_task(old: TaskRow | None, row: TaskRow, now: datetime) -> Change:
    both = [each for each in (old, row) if each is not None]
    owners = {owner for each in both for owner in (f"Organization/{each.unit}", f"Practitioner/{each.performer}")}
    about = {
        "patient": {each.patient_id for each in both}, "owner": owners, "code": {row.step}, "status": {row.status},
    }  # fmt: skip
    return Change(
        topic=Topic.TASK_CHANGED, type="Task", focus=row.id, episode=row.episode_id, patient_id=row.patient_id, at=now,
        method="POST" if old is None else "PUT" if row.audience else "DELETE",
        about={name: frozenset(values) for name, values in about.items()},
        lists=frozenset((unit, role) for each in both for unit, role, _ in each.audience),
    )  # fmt: skip


def _of_episode(topic: Topic, type: str, focus: str, row: EpisodeRow, method: str, now: datetime) -> Change:
    return Change(
        topic=topic, type=type, focus=focus, episode=row.id, patient_id=row.patient_id, at=now, method=method,
        about={"patient": frozenset({row.patient_id})},
    )  # fmt: skip


def _said_ready(state: Episode | None) -> tuple[datetime | None, ...]:
    anchors = state.anchors if state else {}
    return tuple(anchors[name].at if name in anchors else None for name in READY)


def _stay(context: Context, states: tuple[Episode | None, Episode | None], row: EpisodeRow) -> tuple[str, str]:
    """The stay that it is about; where nobody named one, the episode."""
    stays = [stay for state in states if state for stay in state.stays[-1:]]
    return ("Encounter", public_id_of_stay(context.store.tenant, stays[-1])) if stays else ("CarePlan", row.id)


# -- keeping


def _keep(context: Context, records: Records, listeners: Iterable[Listener], change: Change) -> None:
    records.add_events(
        _event(each, change)
        for each in listeners
        if is_wanted(change, each.filters) and _may_hear(context, each, change)
    )


def _may_hear(context: Context, each: Listener, change: Change) -> bool:
    """Whether the subscriber has, or had, what changed on a list; of episodes that is asked when it is numbered."""
    return change.lists is None or not change.lists.isdisjoint(_seats(context, each))


def _seats(context: Context, each: Listener) -> tuple[Seat, ...]:
    person = context.directory.people.get(each.person)
    return person.seats if person else ()


def _event(each: Listener, change: Change) -> EventRow:
    return EventRow(
        subscription_id=each.id, type=change.type, focus=change.focus, episode=change.episode,
        patient_id=change.patient_id, method=change.method, lists=tuple(sorted(change.lists or ())), at=change.at,
    )  # fmt: skip
