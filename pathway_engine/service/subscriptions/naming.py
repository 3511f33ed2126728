"""The ids of notifications."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5


def notification_id(tenant: str, subscription: str, kind: str, first: int, until: int, fence: int) -> str:
    """The id of a notification: of one with events the same at every try, of others one a try."""
    part = f"{first}-{until}" if until else f"{kind}/{fence}"
    return str(uuid5(NAMESPACE_URL, f"{tenant}/subscription/{subscription}/{part}"))
