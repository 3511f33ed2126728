"""The rows of subscriptions, as storage gives and takes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

Filters = tuple[tuple[str, tuple[str, ...]], ...]
Seats = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRow:
    """What a program asked for, and the one notification that is on its way to it, if any.

    `client` owns it; what it may be told is what `person` sees by the seats of the day. `headers` are secrets.
    `status` is one of `domain.subscriptions.Standing`, `error` a code for why it stands so. Since `started_at`
    events are kept; None when they are not.

    `last_number` is the number of its newest event, `told_number` that of the newest that arrived. `delivery` is how
    far the newest notification has come, one of `domain.delivery`: of that `kind`, with the events `first_number` to
    `until_number`. `attempts` counts its tries; while it is sending, `fence` names the one who does, until
    `lease_until`. `heartbeat_at` is when it should next hear something. `horizon` is for PostgreSQL: when it was
    asked for, transactions up to that number may not have known of it.
    """

    id: str
    client: str
    person: str
    role: str
    topic: str
    filters: Filters = ()
    endpoint: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    content: str
    heartbeat_seconds: int | None = None
    timeout_seconds: int | None = None
    most_events: int | None = None
    purpose: str = field(default="", repr=False)
    ends_at: datetime | None = None
    status: str
    error: str = ""
    version: int = 1
    updated_at: datetime
    started_at: datetime | None = None
    last_number: int = 0
    told_number: int = 0
    delivery: str = "sent"
    kind: str = ""
    first_number: int = 0
    until_number: int = 0
    attempts: int = 0
    next_try_at: datetime | None = None
    lease_until: datetime | None = None
    fence: int = 0
    tried_at: datetime | None = None
    heartbeat_at: datetime | None = None
    horizon: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A subscription as one who changes something looks at it."""

    id: str
    person: str
    topic: str
    filters: Filters


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """Something to tell one subscriber: see `domain.subscriptions.Change`. `number` is None until it has one."""

    id: int = 0
    subscription_id: str
    number: int | None = None
    type: str
    focus: str
    episode: str
    patient_id: str
    method: str
    lists: Seats
    at: datetime
