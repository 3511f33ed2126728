"""Stays on our own wards: told by a system of an organisation that is ours, and marked so for the pathways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pathway_engine.domain.directory import Directory
from pathway_engine.domain.events import Happened, Voided
from pathway_engine.storage.rows import InboxRow

OWN_STAY = "own_stay"
"""The fact: true of a stay that one of our own systems tells of; of others nothing is said."""


def with_ownership(
    directory: Directory, row: InboxRow, entries: Sequence[Happened | Voided]
) -> Sequence[Happened | Voided]:
    """Return *entries*, those of a stay marked as our own where the sender is."""
    application, _, facility = row.sender.partition("|")
    sender = directory.sender(application, facility)
    if sender is None or not directory.is_ours(sender.organisation):
        return entries
    return [
        replace(entry, facts={OWN_STAY: True, **entry.facts}) if isinstance(entry, Happened) and entry.stay else entry
        for entry in entries
    ]
