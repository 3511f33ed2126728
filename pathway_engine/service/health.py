"""How the house is: looked at once, then told by `pathway doctor`, by `/health` and by the metrics alike.

`CHECKS` is the one table of what may be wrong. Each check has a paragraph of its id in the operator's runbook
(docs/how-to/runbook.md) and an alert (docs/reference/alerts.yaml).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pathway_engine.service.context import Context
from pathway_engine.service.sealing import unsealed_since
from pathway_engine.storage.database_clock import database_clock
from pathway_engine.storage.records import Records
from pathway_engine.storage.schema import head_revision

HEARTBEAT_LIMIT = timedelta(seconds=30)
WORK = "scheduler"
"""The name under which every worker beats: it matters that somebody does the work, not who."""
READY = "discharge_ready"
LATE_SECONDS = HEARTBEAT_LIMIT.total_seconds()
UNSEALED_SECONDS = 600.0
CLOCK_SECONDS = 1.0
UNAPPLIED_SECONDS = 300.0
UNSENT_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The house at one instant: counts and ages in seconds, nothing about anybody.

    `heartbeats` has the instant of each loop's last beat, `messages` and `outgoing` counts of received and outgoing
    messages that are not where they should be yet, `episodes` of running episodes by pathway and phase, `pathways` the
    versions in force.
    """

    heartbeats: Mapping[str, datetime]
    heartbeat_seconds: Mapping[str, float]
    next_wake_at: datetime | None
    late_seconds: float
    due: int
    parked: int
    messages: Mapping[str, int]
    unapplied_seconds: float
    outgoing: Mapping[str, int]
    unsent_seconds: float
    has_way_out: bool
    notices: int
    notices_on_no_list: int
    subscriptions: Mapping[str, int]
    audit_unsealed_seconds: float
    clock_off_seconds: float
    patients_ready: int
    episodes: Mapping[tuple[str, str], int]
    pathways: Mapping[str, str]
    organisations: int
    senders: int
    schema: str
    schema_wanted: str

    @property
    def silent(self) -> tuple[str, ...]:
        """The loops that have not beaten lately; the workers' also when none has ever run."""
        known = {WORK: LATE_SECONDS + 1, **self.heartbeat_seconds}
        return tuple(sorted(name for name, seconds in known.items() if seconds > LATE_SECONDS))


@dataclass(frozen=True, slots=True)
class Check:
    """What may be wrong: how it is seen, how it is told, and whether the house is then not well at all (`stops`)."""

    id: str
    is_so: Callable[[State], bool]
    said: Callable[[State], str]
    stops: bool = False


CHECKS = (
    Check(
        "no-heartbeat", lambda state: bool(state.silent),
        lambda state: f"no heartbeat {'lately of ' + ', '.join(state.silent) if state.heartbeats else 'yet'}; "
        "is `pathway serve` running?", stops=True,
    ),
    Check(
        "time-is-behind", lambda state: state.late_seconds > LATE_SECONDS,
        lambda state: f"time is {state.late_seconds:.0f} seconds behind", stops=True,
    ),
    Check(
        "messages-not-applied", lambda state: state.unapplied_seconds > UNAPPLIED_SECONDS,
        lambda state: f"the oldest message that is not applied came {state.unapplied_seconds:.0f} seconds ago; "
        "`pathway inbox --disposition waiting`",
    ),
    Check(
        "audit-unsealed", lambda state: state.audit_unsealed_seconds > UNSEALED_SECONDS,
        lambda state: f"the audit is {state.audit_unsealed_seconds:.0f} seconds unsealed; "
        "is `pathway serve worker` running?",
    ),
    Check(
        "clock-is-off", lambda state: abs(state.clock_off_seconds) > CLOCK_SECONDS,
        lambda state: f"this machine's clock is {state.clock_off_seconds:+.0f} seconds from the database's",
    ),
    Check(
        "episodes-parked", lambda state: state.parked > 0,
        lambda state: f"{state.parked} episodes are parked; `pathway parked`", stops=True,
    ),
    Check(
        "dead-messages", lambda state: state.messages["dead"] > 0,
        lambda state: f"{state.messages['dead']} dead messages; `pathway inbox --disposition dead`",
    ),
    Check(
        "unplaced-messages", lambda state: state.messages["unplaced"] > 0,
        lambda state: f"{state.messages['unplaced']} unplaced messages; `pathway inbox --disposition unplaced`",
    ),
    Check(
        "no-way-out", lambda state: state.outgoing["waiting"] > 0 and not state.has_way_out,
        lambda state: f"{state.outgoing['waiting']} messages wait and there is no way out; set PATHWAY_OUTBOX_FOLDER",
    ),
    Check(
        "messages-not-sent", lambda state: state.has_way_out and state.unsent_seconds > UNSENT_SECONDS,
        lambda state: f"the oldest message that is not sent waits since {state.unsent_seconds:.0f} seconds; "
        "`pathway outbox --status waiting`",
    ),
    Check(
        "notices-wait", lambda state: state.notices > 0,
        lambda state: f"{state.notices} notices wait for a person; they stand on the worklists",
    ),
    Check(
        "notices-on-no-list", lambda state: state.notices_on_no_list > 0,
        lambda state: f"{state.notices_on_no_list} notices are on nobody's list; give an organisation the role "
        "message_responsible or operator",
    ),
    Check(
        "subscriptions-in-error", lambda state: state.subscriptions["error"] > 0,
        lambda state: f"{state.subscriptions['error']} programs are not notified any more; each has a notice",
    ),
    Check(
        "directory-empty", lambda state: not state.organisations,
        lambda _: "the directory is empty; `pathway directory import FILE`",
    ),
    Check(
        "schema-differs", lambda state: state.schema != state.schema_wanted,
        lambda state: f"the database's schema is {state.schema} and this program's {state.schema_wanted}; "
        "`pathway db upgrade`, or the program that belongs to it",
    ),
)  # fmt: skip
"""All that may be wrong, the most urgent first."""


def wrong(state: State) -> list[Check]:
    """Return what is wrong."""
    return [check for check in CHECKS if check.is_so(state)]


def is_well(state: State) -> bool:
    """Whether the house does its work; something may wait for a person all the same."""
    return not any(check.stops for check in wrong(state))


def state_of(context: Context, now: datetime, machine_time: Callable[[], datetime] | None = None) -> State:
    """Look at the house, at one instant of the database. Raises StorageError when it cannot be used.

    *machine_time* is this machine's own clock; with it, it is held against the database server's.
    """
    off = _clock_off_seconds(context, machine_time) if machine_time else 0.0
    with context.store.reading() as records:
        return _state(context, records, now, off)


def _state(context: Context, records: Records, now: datetime, clock_off_seconds: float) -> State:
    beats, next_wake = records.heartbeats(), records.next_wake_at()
    asked, unseen = records.notice_counts()
    directory = context.directory
    return State(
        heartbeats=beats, heartbeat_seconds={name: _age(at, now) for name, at in beats.items()},
        next_wake_at=next_wake, late_seconds=_age(next_wake, now), due=records.due_episode_count(now),
        parked=records.parked_count(), messages=records.unsettled_counts(),
        unapplied_seconds=_age(records.oldest_waiting_message_at(), now), outgoing=records.unsettled_outgoing_counts(),
        unsent_seconds=_age(records.oldest_unsettled_outgoing_at(), now),
        has_way_out=context.post.transport is not None, notices=asked, notices_on_no_list=unseen,
        subscriptions=records.subscription_counts(), audit_unsealed_seconds=_age(unsealed_since(records, now), now),
        clock_off_seconds=clock_off_seconds, patients_ready=len(records.patients_in_phases(ready_phases(context))),
        episodes=records.active_episode_counts(),
        pathways={name: rules.pathway.version for name, rules in context.catalogue.current.items()},
        organisations=len(directory.organisations), senders=len(directory.senders), schema=records.schema_revision(),
        schema_wanted=head_revision() or "",
    )  # fmt: skip


def _age(at: datetime | None, now: datetime) -> float:
    """How many seconds ago; 0 for nothing, and for what lies ahead."""
    return max(0.0, (now - at).total_seconds()) if at else 0.0


def ready_phases(context: Context) -> set[tuple[str, str]]:
    """Where a patient waits to leave hospital: the phases into which readiness leads, by pathway."""
    pathways = [rules.pathway for rules in context.catalogue.current.values()]
    return {(pathway.id, move.target) for pathway in pathways for move in pathway.moves_on(READY) if move.target}


def _clock_off_seconds(context: Context, machine_time: Callable[[], datetime]) -> float:
    """How far this machine's clock is ahead of the database server's; 0 without a server."""
    said = database_clock(context.store)
    return 0.0 if said is None else (machine_time() - said).total_seconds()


def told(state: State) -> Mapping[str, object]:
    """What `/health` says: is everything alive, and does anything wait for a person? Counts only."""
    return {
        "ok": is_well(state), "problems": [check.id for check in wrong(state)], "silent": list(state.silent),
        "wake_up_late": state.late_seconds > LATE_SECONDS, "parked_episodes": state.parked,
        "messages": state.messages, "outgoing": state.outgoing, "has_way_out": state.has_way_out,
        "notices": state.notices, "notices_on_no_list": state.notices_on_no_list,
        "subscriptions": state.subscriptions,
    }  # fmt: skip
