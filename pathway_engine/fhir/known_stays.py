"""What the engine knows of a stay, whoever told it: by ADT, by a Norwegian message, by hand or over FHIR."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from adapters.fhir.envelope import Before, Standing
from pathway_engine.domain.events import Entry, FactValue, Happened
from pathway_engine.domain.settlement import settle
from pathway_engine.storage.records import Records

FACTS = ("ward", "expected_discharge", "receives_services", "destination")


@dataclass(frozen=True, slots=True)
class KnownStay:
    """A stay and whose it is; `updated` is when its newest entry came, `recorded_at` the latest time of writing."""

    stay: str
    patient_id: str
    before: Before
    last_seq: int
    updated: datetime | None
    recorded_at: datetime | None


def known_stay(records: Records, stay: str, patient_id: str) -> KnownStay:
    """Return the stay as it stands; one of which nothing was told stands empty."""
    log = records.log(patient_id)
    own = [row for row in log if getattr(row.entry, "stay", None) == stay]
    updated = max((row.received_at for row in own), default=None)
    before, recorded_at = before_of((row.entry for row in log), stay), latest(row.entry for row in own)
    return KnownStay(stay, patient_id, before, records.last_seq_of_stay(stay), updated, recorded_at)


def latest(entries: Iterable[Entry]) -> datetime | None:
    """Return the latest time at which any of *entries* was written down."""
    return max((each.recorded_at for each in entries), default=None)


def before_of(log: Iterable[Entry], stay: str) -> Before:
    """Return what stands of *stay*, and of the patient's death, in a patient's log."""
    events = [each for each in settle(log) if isinstance(each, Happened)]
    own = [each for each in events if each.stay == stay]
    facts: dict[str, str] = {}
    for event in own:
        facts |= {name: said(event.facts[name]) for name in FACTS if name in event.facts}
    deaths = [each for each in events if each.name == "died" and each.stay != stay]
    standing = sorted([*own, *deaths], key=lambda each: each.occurred_at)
    return Before(tuple(Standing(each.name, each.cause, each.occurred_at) for each in standing), facts)


def deaths_of(log: Iterable[Entry]) -> Before:
    """Return what stands of the patient's death."""
    events = [each for each in settle(log) if isinstance(each, Happened) and each.name == "died"]
    return Before(tuple(Standing(each.name, each.cause, each.occurred_at) for each in events))


def latest_death(log: Iterable[Entry]) -> datetime | None:
    """Return when the patient's death was told or taken back last."""
    return latest(each for each in log if "died" in getattr(each, "cause", ""))


def said(value: FactValue) -> str:
    """A fact as a text."""
    return value.isoformat() if isinstance(value, date) else str(value)
