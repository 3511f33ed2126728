"""Which hospital stay a message speaks of, when no number names it: by hospital and admission, else the open one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pathway_engine.domain.events import THE_STAY, Entry, Happened, Reading, Visit, Voided
from pathway_engine.domain.settlement import chain_of, settle, taken_out
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import PatientRow

TOLD_AGAIN = timedelta(days=1)
"""A discharge told within a day of the one that is known is the same one."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A stay as the log knows it: the admission as told or empty, when it had begun for sure, and its end."""

    name: str
    admitted_at: str
    began_at: datetime
    left_at: datetime | None


def in_its_stay(records: Records, reading: Reading, patient: PatientRow) -> Sequence[Happened | Voided]:
    """Return the reading's entries, each in the stay that it belongs to. The patient's row must be locked."""
    if reading.visit is None:
        return reading.entries
    log = [row.entry for row in records.log(patient.id)]
    gone = taken_out(log)
    log = [entry for entry in log if entry.id not in gone]
    stay = _stay_of(reading.visit, log) or _new_name(reading.visit, patient)
    return [_placed(entry, stay) for entry in reading.entries]


def _placed(entry: Happened | Voided, stay: str) -> Happened | Voided:
    if entry.stay != THE_STAY:
        return entry
    return replace(entry, stay=stay, cause=entry.cause.replace(THE_STAY, stay))


def _new_name(visit: Visit, patient: PatientRow) -> str:
    began = visit.admitted_at or f"{visit.told_at:%Y-%m-%dT%H:%MZ}"
    return f"{visit.hospital}/{began}/{patient.id}"


def _stay_of(visit: Visit, log: Sequence[Entry]) -> str | None:
    told_before = _of_the_same_chain(visit, log)
    if told_before is not None:
        return told_before
    known = sorted(_known(visit.hospital, log), key=lambda stay: stay.began_at)
    found = _by_admission(visit, known) if visit.admitted_at else _open_stay(visit, known)
    return found.name if found else None


def _of_the_same_chain(visit: Visit, log: Sequence[Entry]) -> str | None:
    """A change speaks of the stay of what it changes, also where it corrects the admission."""
    return next((entry.stay for entry in log if isinstance(entry, Happened | Voided) and entry.stay
                 and chain_of(entry.id) in visit.chains), None)  # fmt: skip


def _known(hospital: str, log: Iterable[Entry]) -> list[_Known]:
    stays: dict[str, list[Happened]] = {}
    for told in settle(log):
        if isinstance(told, Happened) and told.stay and told.stay.startswith(f"{hospital}/"):
            stays.setdefault(told.stay, []).append(told)
    return [_summed_up(name, events) for name, events in stays.items()]


def _summed_up(name: str, events: list[Happened]) -> _Known:
    told = [str(event.facts["admitted_at"]) for event in events if "admitted_at" in event.facts]
    left = [event.occurred_at for event in events if event.name == "discharged"]
    admitted_at, first = max(told, default=""), events[0].occurred_at
    began_at = min(first, datetime.fromisoformat(admitted_at[:10]).replace(tzinfo=UTC)) if admitted_at else first
    return _Known(name, admitted_at, began_at, max(left, default=None))


def _by_admission(visit: Visit, known: Sequence[_Known]) -> _Known | None:
    """The stay with that admission; else the first heard of after it whose admission nobody told."""
    for stay in known:
        if stay.admitted_at and _is_the_same(stay.admitted_at, visit.admitted_at):
            return stay
    later = [stay for stay in known if f"{stay.began_at + timedelta(days=1):%Y-%m-%d}" >= visit.admitted_at[:10]]
    return later[0] if later and not later[0].admitted_at else None


def _is_the_same(one: str, other: str) -> bool:
    """Whether two admissions are the same, one of which may lack the time of day."""
    return one.startswith(other) or other.startswith(one)


def _open_stay(visit: Visit, known: Sequence[_Known]) -> _Known | None:
    """The last stay that had begun; one that had ended takes only what comes after or tells the same again."""
    begun = [stay for stay in known if stay.began_at <= visit.told_at]
    if not begun:
        return next((stay for stay in known if not stay.admitted_at), None)
    last = begun[-1]
    is_over = last.left_at is not None and last.left_at + TOLD_AGAIN < visit.told_at
    return last if visit.comes_after or not is_over else None
