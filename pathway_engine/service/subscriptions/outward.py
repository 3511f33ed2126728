"""What is asked of those who carry notifications out, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pathway_engine.domain.subscriptions import Kind
from pathway_engine.storage.subscription_rows import EventRow, SubscriptionRow


@dataclass(frozen=True, slots=True)
class Told:
    """An event with its number; `is_withheld` when the subscriber may not know any more what it was about."""

    event: EventRow
    is_withheld: bool = False

    @property
    def number(self) -> int:
        """Its number, which it has by now."""
        assert self.event.number is not None
        return self.event.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One notification as it goes out; `id` is the same however often its events are sent again."""

    id: str
    kind: Kind
    subscription: SubscriptionRow
    events: tuple[Told, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Arrived:
    """The endpoint has taken it."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The endpoint says that it is gone for good and wants no more."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """It did not arrive, or nobody knows: `code` says why, without address or content."""

    code: str


Outcome = Arrived | Gone | NotTaken


class Messenger(Protocol):
    """The way to the endpoints. It must give up on its own well within the lease."""

    def deliver(self, notification: Notification) -> Outcome:
        """Bring it. Whatever it raises means that it did not arrive."""
