"""Every metric that a process gives, with its kind, its labels and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["gauge", "counter", "histogram"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; `of_database` says that every process of a tenant gives the same figure."""

    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()
    of_database: bool = False


def _figure(name: str, meaning: str, *labels: str) -> Metric:
    return Metric(f"pathway_{name}", "gauge", meaning, labels, of_database=True)


def _own(name: str, kind: Kind, meaning: str, *labels: str) -> Metric:
    return Metric(f"pathway_{name}", kind, meaning, labels)


METRICS = (
    _own("up", "gauge", "Whether this process can do its work: 1, or 0 when it cannot use the database"),
    _own("database_up", "gauge", "Whether the database answered the last look, which may be a few seconds old"),
    _own("look_seconds", "gauge", "How long the last look into the database took"),
    _own("info", "gauge", "Always 1; the program's version, the tenant and what this process does", "version", "tenant",
         "parts"),
    _figure("problem", "1 as long as `pathway doctor` names this problem, else 0", "check"),
    _figure("heartbeat_age_seconds", "Time since a loop last beat; all workers share one name", "loop"),
    _figure("time_behind_seconds", "How long the first due change of an episode has been waiting"),
    _figure("episodes_due", "Episodes that time should have changed by now"),
    _figure("episodes_parked", "Episodes that time cannot be taken further in"),
    _figure("episodes_active", "Running episodes by pathway and phase", "pathway", "phase"),
    _figure("patients_ready", "Patients who are ready and wait to leave hospital"),
    _figure("messages_waiting", "Received messages that are not applied yet"),
    _figure("messages_aside", "Received messages that wait for a person: dead or unplaced", "disposition"),
    _figure("messages_oldest_waiting_seconds", "Age of the oldest received message that is not applied"),
    _figure("outgoing_messages", "Outgoing messages that are on their way, stopped on it, or unanswered", "status"),
    _figure("outgoing_oldest_waiting_seconds", "Age of the oldest outgoing message that is not sent"),
    _figure("way_out", "Whether outgoing messages have a way out of the house"),
    _figure("notices", "Notices that wait for a person"),
    _figure("notices_on_no_list", "Those of them that stand on nobody's list"),
    _figure("subscriptions", "Subscriptions of programs by status", "status"),
    _figure("subscription_events_waiting", "Changes that subscribed programs have not been told of yet"),
    _figure("audit_unsealed_seconds", "Age of the oldest row of the audit that is not sealed"),
    _figure("clock_off_seconds", "How far this machine's clock is ahead of the database server's; 0 with SQLite"),
    _figure("organisations", "Organisations in the directory in force"),
    _figure("senders", "Senders in the directory in force"),
    _figure("pathway_info", "Always 1; the pathways in force with their versions", "pathway", "version"),
    _figure("schema_info", "Always 1; the database's schema, and the one that this program works with", "revision",
            "wanted"),
    _own("messages_received_total", "counter",
         "Messages that this process stored, by family: new, duplicate (sent again) or conflict (used id)", "family",
         "outcome"),
    _own("messages_settled_total", "counter", "Messages whose disposition this process committed", "family",
         "disposition"),
    _own("http_requests_total", "counter", "Requests by route template, never by address; pages and programs alike",
         "method", "route", "status"),
    _own("http_request_seconds", "histogram", "How long an answer took, by route template", "method", "route"),
    _own("sweep_seconds", "histogram", "How long a worker's sweep took: what time made due, and what waited"),
    _own("heartbeat_restarts_total", "counter", "How often a worker's heartbeat had to begin anew"),
    _own("mllp_connections", "gauge", "Open MLLP connections"),
    _own("mllp_events_total", "counter", "What the MLLP listener saw: frames, answers, and each kind of refusal",
         "event"),
)  # fmt: skip
"""All of them, in the order of the page."""
BY_NAME = {metric.name: metric for metric in METRICS}
OF_THE_RUNTIME = ("process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "python_info")
"""What prometheus-client tells of every process on Linux; the rest of its own is not documented here."""
