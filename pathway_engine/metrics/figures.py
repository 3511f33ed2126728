"""The database's figures as samples: from one look at the house, with no other words than the program's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pathway_engine.service.health import CHECKS, State

Sample = tuple[str, tuple[str, ...], float]
"""The name of a metric, the values of its labels, and its value."""


def samples(state: State) -> Iterator[Sample]:
    """Yield every figure of *state*; the names are those of `metrics.table`."""
    for check in CHECKS:
        yield "pathway_problem", (check.id,), float(check.is_so(state))
    yield from _by("pathway_heartbeat_age_seconds", state.heartbeat_seconds)
    yield from _messages(state)
    for pair, count in state.episodes.items():
        yield "pathway_episodes_active", pair, count
    for pathway, version in state.pathways.items():
        yield "pathway_pathway_info", (pathway, version), 1
    yield "pathway_schema_info", (state.schema, state.schema_wanted), 1
    for name, value in _plain(state).items():
        yield f"pathway_{name}", (), float(value)


def _messages(state: State) -> Iterator[Sample]:
    yield "pathway_messages_waiting", (), state.messages["waiting"]
    for disposition in ("dead", "unplaced"):
        yield "pathway_messages_aside", (disposition,), state.messages[disposition]
    yield from _by("pathway_outgoing_messages", state.outgoing)
    subscriptions = {status: count for status, count in state.subscriptions.items() if status != "events"}
    yield from _by("pathway_subscriptions", subscriptions)
    yield "pathway_subscription_events_waiting", (), state.subscriptions["events"]


def _by(name: str, values: Mapping[str, float]) -> Iterator[Sample]:
    for label, value in values.items():
        yield name, (label,), value


def _plain(state: State) -> Mapping[str, float]:
    return {
        "time_behind_seconds": state.late_seconds, "episodes_due": state.due, "episodes_parked": state.parked,
        "patients_ready": state.patients_ready, "messages_oldest_waiting_seconds": state.unapplied_seconds,
        "outgoing_oldest_waiting_seconds": state.unsent_seconds, "way_out": state.has_way_out,
        "notices": state.notices, "notices_on_no_list": state.notices_on_no_list,
        "audit_unsealed_seconds": state.audit_unsealed_seconds, "clock_off_seconds": state.clock_off_seconds,
        "organisations": state.organisations, "senders": state.senders,
    }  # fmt: skip
