"""Accounts for days that discharge-ready patients waited, of one patient or of everybody in a period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pathway_engine.domain.errors import StorageError
from pathway_engine.domain.events import Entry
from pathway_engine.domain.legal_clocks import Verdict, verdicts
from pathway_engine.domain.overstay import Account, account, within
from pathway_engine.domain.overstay_rules import Policy, UkpRules
from pathway_engine.domain.stay_folding import stays_told
from pathway_engine.service.calendars import calendars
from pathway_engine.service.context import Context
from pathway_engine.storage.records import Records

TOGETHER = 200
"""So many patients' logs are read at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which stays: of one patient or of all, of a municipality, and which local days (both included)."""

    patient_id: str | None = None
    municipality: str | None = None
    first: date = date.min
    last: date = date.max


@dataclass(frozen=True, slots=True)
class StayAccount:
    """The account of a patient's stay, and how legal clocks stand on it."""

    patient_id: str
    account: Account
    clocks: tuple[Verdict, ...]


def accounts(context: Context, rules: UkpRules, asked: Asked, *, actor: str, now: datetime) -> list[StayAccount]:
    """Return the accounts asked for, by patient and stay, put on record for each patient that is among them.

    With a period, the stays that waited in it (of those that did not wait, those that began in it), with the days in it
    alone. Raises StorageError for an unknown patient.
    """
    with context.store.reading() as records:
        logs = list(_logs(records, asked))
    found = [each for id, entries in logs for each in _of_patient(context, rules, asked, id, entries, now)]
    context.committed(lambda records: _put_on_record(records, found, actor, now))
    return found


def _logs(records: Records, asked: Asked) -> Iterator[tuple[str, list[Entry]]]:
    ids = records.patients_with_entries() if asked.patient_id is None else [_survivor(records, asked.patient_id)]
    for start in range(0, len(ids), TOGETHER):
        for id, rows in records.logs_of(ids[start : start + TOGETHER]).items():
            yield id, [row.entry for row in rows]


def _survivor(records: Records, patient_id: str) -> str:
    row = records.patient(patient_id)
    if row is None:
        raise StorageError("There is no such patient.")
    return row.survivor_id or row.id


def _of_patient(
    context: Context, rules: UkpRules, asked: Asked, patient_id: str, entries: Sequence[Entry], now: datetime
) -> Iterator[StayAccount]:
    calendar_of = calendars(context.directory)
    for facts in stays_told(entries, sends(context)):
        found = account(facts, rules, now)
        if _is_asked_for(found, asked):
            judged = verdicts(rules.clocks, facts, calendar_of(facts.resides_in), now)
            yield StayAccount(patient_id, within(found, asked.first, asked.last), judged)


def sends(context: Context) -> Mapping[str, str]:
    """The message that each completed step sends, by ``pathway:step``."""
    return {
        f"{rules.pathway.id}:{step.id}": step.sends.message
        for rules in context.catalogue.current.values()
        for step in rules.pathway.steps.values()
        if step.sends is not None
    }


def _is_asked_for(found: Account, asked: Asked) -> bool:
    payers = {found.facts.resides_in, *(day.payer for day in found.payable)}
    if asked.municipality is not None and asked.municipality not in payers:
        return False
    if found.days:
        return any(asked.first <= day.day <= asked.last for day in found.days)
    began = _began(found)
    return began is None or asked.first <= began <= asked.last


def _began(found: Account) -> date | None:
    """The local day on which readiness, or else the stay, began."""
    facts = found.facts
    at = facts.readiness[0].ready_at if facts.readiness else facts.begins_at
    return None if at is None else _local_day(at, found.policy)


def _local_day(at: datetime, policy: Policy | None) -> date:
    return (at if policy is None else policy.local(at)).date()


def _put_on_record(records: Records, found: Sequence[StayAccount], actor: str, now: datetime) -> None:
    for patient_id in dict.fromkeys(each.patient_id for each in found):
        records.write_audit(
            at=now, actor=actor, role="operator", action="account read", patient_id=patient_id, object_id=patient_id
        )
