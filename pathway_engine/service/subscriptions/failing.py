"""A subscription whose endpoint has failed too often: it stands in error, and a person is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pathway_engine.domain.delivery import Move, moved
from pathway_engine.domain.subscriptions import Standing
from pathway_engine.domain.tasks import Place
from pathway_engine.service.concerns import UNNOTIFIED, Concern, Seat, end_notices, raise_notice
from pathway_engine.service.context import Context
from pathway_engine.storage.records import Records
from pathway_engine.storage.subscription_rows import SubscriptionRow


def fail(context: Context, records: Records, row: SubscriptionRow, code: str, now: datetime) -> SubscriptionRow:
    """Return it in error, and put that on the list of those who use the program that was not told.

    What happens goes on being kept: asked for anew, it goes on where it stopped.
    """
    seat = _seat(context, row)
    unit = context.directory.organisations.get(seat[0]) if seat else None
    place = Place(municipality=unit.municipality) if unit else Place()
    concern = Concern(
        kind=UNNOTIFIED, about=row.id, subject=f"{row.topic} {row.id}", said=code, place=place, sender=seat
    )  # fmt: skip
    raise_notice(context, records, concern, now)
    return replace(
        row, status=Standing.ERROR, error=code, version=row.version + 1, updated_at=now, lease_until=None,
        next_try_at=None, heartbeat_at=None, delivery=moved(row.delivery, Move.GIVE_UP),
    )  # fmt: skip


def recover(records: Records, row: SubscriptionRow, now: datetime) -> None:
    """End the notices about it: its endpoint answers again."""
    end_notices(records, UNNOTIFIED, row.id, "handshake", now)


def _seat(context: Context, row: SubscriptionRow) -> Seat | None:
    person = context.directory.people.get(row.person)
    return person.seats[0] if person and person.seats else None
