"""For how long somebody stays near a patient; an installation's choice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """Times after which a relation to a patient ends.

    A unit is near for `after_task` after its last task of the patient ended, a ward for `after_stay` after the
    patient has left hospital. Emergency access lasts for `emergency`.
    """

    after_task: timedelta = timedelta(days=90)
    after_stay: timedelta = timedelta(days=30)
    emergency: timedelta = timedelta(hours=4)


USUAL = Nearness()
"""What holds unless an installation says otherwise."""
