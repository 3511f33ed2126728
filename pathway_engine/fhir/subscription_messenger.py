"""The way to the endpoints: a notification becomes a Bundle and is posted."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pathway_engine.fhir.subscription_bundles import notification
from pathway_engine.service.subscriptions.outward import Arrived, Gone, Notification, NotTaken, Outcome

CONTENT_TYPE = "application/fhir+json"
USUAL_SECONDS = 10.0
Post = Callable[[str, tuple[tuple[str, str], ...], bytes, float], int]
"""Posts bytes with headers to an address, in so many seconds at most, and returns the HTTP status; raises else."""
GONE = 410


class HookMessenger:
    """Posts to the endpoint of each subscription; *base* is our address as programs know it."""

    def __init__(self, post: Post, base: str) -> None:
        self._post = post
        self._base = base.rstrip("/")

    def deliver(self, notification_: Notification) -> Outcome:
        """Post it. Raises whatever went wrong on the way."""
        row = notification_.subscription
        raw = msgspec.json.encode(notification(notification_, self._base))
        headers = (*row.headers, ("Content-Type", CONTENT_TYPE))
        status = self._post(row.endpoint, headers, raw, float(row.timeout_seconds or USUAL_SECONDS))
        if 200 <= status < 300:
            return Arrived()
        return Gone() if status == GONE else NotTaken(f"HTTP{status}")
