"""One transaction's records: read ahead for many messages at once, written together before the commit.

Twenty statements a message cost more than all the rest of the work. Here what one message reads and
writes is looked up in and noted beside what was read ahead, and the notes of a whole batch become one
statement a table. Whatever is asked for that was not read ahead goes to the database, after the notes:
so every reader sees what was written before, in any order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, insert

from pathway_engine.domain.errors import VersionConflict
from pathway_engine.domain.events import Demographics, Entry, Identifier
from pathway_engine.domain.records import replace
from pathway_engine.storage import episodes, inbox, log, outbox, patients, subscriptions, task_rows
from pathway_engine.storage.audit import WRITE_AUDIT
from pathway_engine.storage.counted import Counted
from pathway_engine.storage.errors import ConcurrentChange
from pathway_engine.storage.noted import Known, Noted, Values, episode_change
from pathway_engine.storage.prepared import Found, Together, sent_together
from pathway_engine.storage.rows import EpisodeRow, InboxRow, LogRow, PatientRow, TaskRow
from pathway_engine.storage.statements import values_of
from pathway_engine.storage.tables import table

DETAILS = tuple(field.name for field in fields(Demographics))
_ADD_LOG = insert(table("log")).inline()
_ADD_EPISODE = insert(table("episode")).inline()


class UnitOfWork(Counted):
    """The records of one transaction, written before the commit by `flush`."""

    def __init__(self, connection: Any, tenant: str) -> None:
        super().__init__(connection, tenant)
        self._known = Known()
        self._noted = Noted()

    # -- what is not known here

    def _run(self, statement: Executable, **values: Any) -> Found:
        self._before(statement)
        return super()._run(statement, **values)

    def _insert(self, statement: Executable, **values: Any) -> Found:
        self._before(statement)
        return super()._insert(statement, **values)

    def _insert_all(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        self._before(statement)
        super()._insert_all(statement, rows)

    def _before(self, statement: Executable) -> None:
        """Write first what is noted; forget what a statement may change that did not come from the notes."""
        self.flush()
        if not statement.is_select:
            self._known = Known()

    # -- reading ahead

    def read_ahead(self, identifiers: Collection[Identifier], stays: Collection[str], entries: Sequence[Entry]) -> None:
        """Lock the patients that *identifiers* name, lowest id first, and read what belongs to them.

        Raises ConcurrentChange when one of them is merged into another at the same time.
        """
        known = self._known
        names = {(each.system, each.value) for each in identifiers}
        found = self.owners_of(names) if names else {}
        locked = self.lock_patients(sorted(set(found.values())))
        if any(row.survivor_id is not None for row in locked):
            raise ConcurrentChange
        known.owners.update({name: found.get(name) for name in names})
        known.patients.update({row.id: row for row in locked})
        known.stays.update(dict.fromkeys(stays) | self.patients_of_stays(list(stays)))
        self._read_ahead_of([row.id for row in locked])
        self._read_ahead_in_log(entries)

    def read_patients_ahead(self, patient_ids: Collection[str]) -> None:
        """Read what belongs to surviving patients who are locked already."""
        rows = self.lock_patients(sorted(patient_ids))
        self._known.patients.update({row.id: row for row in rows})
        self._read_ahead_of([row.id for row in rows])

    def _read_ahead_of(self, patient_ids: list[str]) -> None:
        for patient_id in patient_ids:
            self._known.episodes[patient_id], self._known.live_tasks[patient_id] = {}, {}
        for episode in self.episodes_of(patient_ids):
            self._known.episodes[episode.patient_id][episode.id] = episode
        for task in self.live_tasks_of(patient_ids):
            self._known.live_tasks[task.patient_id][task.id] = task

    def _read_ahead_in_log(self, entries: Sequence[Entry]) -> None:
        ids = [entry.id for entry in entries]
        there = self.entries_known(ids)
        self._known.entries.update({id: id in there for id in ids})

    def read_causes_ahead(self, causes: Sequence[str]) -> None:
        """Ask at once which of *causes* the logs know."""
        there = super().causes_known(causes)
        self._known.causes.update({cause: cause in there for cause in causes})

    def read_logs_ahead(self, patient_ids: Sequence[str]) -> None:
        """Read at once the logs of patients who are locked and whose logs are not known."""
        known = self._known
        wanted = [id for id in patient_ids if id in known.patients and id not in known.logs]
        known.logs.update(self.logs_of(wanted))

    def lock_free_messages(self, ids: Sequence[int]) -> list[InboxRow]:
        """Lock those of the messages *ids* that still wait and that nobody else is at work on, by id."""
        rows = self._all(InboxRow, inbox.LOCK_FREE, ids_=list(ids))
        self._known.messages.update({row.id: row for row in rows})
        return rows

    # -- messages

    def message(self, id: int) -> InboxRow:
        """Return a message. Raises StorageError when there is none with that id."""
        return self._known.messages.get(id) or super().message(id)

    def lock_message(self, id: int) -> InboxRow | None:
        """Return a message that nobody else may change until the transaction ends; None if unknown."""
        row = self._known.messages.get(id) or super().lock_message(id)
        if row is not None:
            self._known.messages[id] = row
        return row

    def dispose(
        self, id: int, *, disposition: str, at: datetime, reason_code: str = "", reason: str = "",
        patient_id: str | None = None, answer: bytes | None = None, notes: str = "",
    ) -> None:  # fmt: skip
        """Say what became of a message: one of `inbox.DISPOSITIONS`, with the answer that was given."""
        inbox.check_disposition(disposition)
        values: Values = {
            "disposition": disposition, "disposed_at": at, "reason_code": reason_code, "reason": reason,
            "patient_id": patient_id, "answer": answer, "notes": notes,
        }  # fmt: skip
        row = self._known.messages[id] = replace(self.message(id), next_try_at=None, **values)
        self._noted.disposed[id] = {"id_": id, **values}
        self._settled[id] = ("settled", row.channel, disposition)

    # -- patients

    def patient(self, id: str) -> PatientRow | None:
        """Return the record with that id itself, also when it was merged into another."""
        return self._known.patients.get(id) or super().patient(id)

    def lock_patient(self, id: str) -> PatientRow:
        """Return the surviving record of *id*, which nobody else may lock until the transaction ends."""
        row = self._known.patients.get(id)
        if row is None:
            row = super().lock_patient(id)
            self._known.patients[row.id] = row
        return row

    def lock_patient_of_task(self, task_id: str) -> PatientRow | None:
        """Lock and return the surviving record of the patient whose task it is; None for an unknown task."""
        row = super().lock_patient_of_task(task_id)
        if row is not None:
            self._known.patients[row.id] = row
        return row

    def find_patients(self, identifiers: Sequence[Identifier]) -> list[PatientRow]:
        """Return every surviving patient that any identifier names, in the identifiers' order."""
        names = [(each.system, each.value) for each in identifiers]
        owners = [self._known.owners.get(name, "") for name in names]
        if any(owner is not None and owner not in self._known.patients for owner in owners):
            return super().find_patients(identifiers)
        return [self._known.patients[owner] for owner in dict.fromkeys(owners) if owner is not None]

    def add_patient(
        self, id: str, demographics: Demographics, identifiers: Sequence[Identifier], at: datetime
    ) -> PatientRow:
        """Add a patient. Raises ConcurrentChange (at the latest at the transaction's end) when an
        identifier belongs to somebody already."""
        row = PatientRow(id=id, survivor_id=None, updated_at=at, **values_of(demographics))
        self._noted.new_patients[id] = values_of(row)
        self._noted.new_identifiers += patients.identifier_rows(id, identifiers)
        self._known.owners.update({(each.system, each.value): id for each in identifiers})
        self._known.patients[id] = row
        known = self._known
        known.episodes[id], known.live_tasks[id], known.all_tasks[id], known.logs[id] = {}, {}, {}, []
        return row

    def update_patient(self, id: str, demographics: Demographics, at: datetime, *, is_all: bool = False) -> None:
        """Write what is told of the patient; None leaves a detail as it is, unless this *is_all* that is known."""
        row = self._known.patients.get(id)
        if row is None:
            super().update_patient(id, demographics, at, is_all=is_all)
            return
        told = {name: value for name, value in values_of(demographics).items() if is_all or value is not None}
        changed = replace(row, **told, updated_at=at)
        if changed != row:
            self._change_patient(changed)

    def _change_patient(self, row: PatientRow) -> None:
        self._known.patients[row.id] = row
        if row.id in self._noted.new_patients:
            self._noted.new_patients[row.id] = values_of(row)
        else:
            values = {name: getattr(row, name) for name in DETAILS}
            self._noted.changed_patients[row.id] = {"id_": row.id, "updated_at": row.updated_at, **values}

    def add_identifiers(self, id: str, identifiers: Sequence[Identifier]) -> None:
        """Give the patient identifiers; one that belongs to somebody already stays there."""
        owners = self._known.owners
        new = [each for each in identifiers if owners.get((each.system, each.value)) is None]
        self._noted.added_identifiers += patients.identifier_rows(id, new)
        owners.update({(each.system, each.value): id for each in new if (each.system, each.value) in owners})

    def patient_of_stay(self, stay: str) -> str | None:
        """Return the id of the patient whose stay it now is."""
        stays = self._known.stays
        return stays[stay] if stay in stays else super().patient_of_stay(stay)

    def put_stay(self, stay: str, patient_id: str, at: datetime) -> None:
        """Say whose a stay is; said again, it moves, and its entries with it."""
        if self._known.stays.get(stay, "") not in (None, patient_id):
            self._known.logs.clear()
        self._known.stays[stay] = patient_id
        self._noted.stays[stay] = patients.stay_values(self._tenant, stay, patient_id, at)

    # -- the log

    def append(self, patient_id: str, entry: Entry, *, received_at: datetime, inbox_id: int | None) -> bool:
        """Add an entry; False when an entry with its id is there already."""
        there = self.has_entry(entry.id)
        if not there:
            self._note_entry(patient_id, entry, received_at, inbox_id)
        self._known.entries[entry.id] = True
        return not there

    def _note_entry(self, patient_id: str, entry: Entry, received_at: datetime, inbox_id: int | None) -> None:
        values = log.log_values(patient_id, entry, received_at, inbox_id)
        self._noted.log.append(values)
        if values["cause"] is not None:
            self._known.causes[values["cause"]] = True
        if patient_id in self._known.logs:
            row = LogRow(seq=0, entry=entry, received_at=received_at, inbox_id=inbox_id, patient_id=patient_id)
            self._known.logs[patient_id].append(row)

    def log(self, patient_id: str) -> list[LogRow]:
        """Return what concerns the person, in order of arrival; what is not written yet has the number 0."""
        known = self._known.logs
        return list(known[patient_id]) if patient_id in known else super().log(patient_id)

    def has_entry(self, entry_id: str) -> bool:
        """Say whether an entry with that id is in anybody's log."""
        if entry_id not in self._known.entries:
            self._known.entries[entry_id] = super().has_entry(entry_id)
        return self._known.entries[entry_id]

    def entry(self, entry_id: str) -> Entry | None:
        """Return the entry with that id, in whoever's log it is, or None."""
        found = super().entry(entry_id)
        self._known.entries[entry_id] = found is not None
        return found

    def causes_known(self, causes: Sequence[str]) -> set[str]:
        """Return those of *causes* that any entry, of whichever patient, speaks of."""
        known = self._known.causes
        if any(cause not in known for cause in causes):
            return super().causes_known(causes)
        return {cause for cause in causes if known[cause]}

    # -- episodes

    def episodes(self, patient_id: str, pathway: str | None = None) -> list[EpisodeRow]:
        """Return a patient's episodes, by pathway and number."""
        if patient_id not in self._known.episodes:
            rows = super().episodes(patient_id)
            if patient_id not in self._known.patients:
                return [row for row in rows if pathway in (None, row.pathway)]
            self._known.episodes[patient_id] = {row.id: row for row in rows}
        found = [row for row in self._known.episodes[patient_id].values() if pathway in (None, row.pathway)]
        return sorted(found, key=lambda row: (row.pathway, row.ordinal))

    def episode(self, id: str) -> EpisodeRow | None:
        """Return an episode, or None."""
        known = (rows[id] for rows in self._known.episodes.values() if id in rows)
        return next(known, None) or super().episode(id)

    def save_episode(self, row: EpisodeRow, at: datetime) -> int:
        """Save *row* as changed *at* and return its new version, one above `row.version`; 0 means that it is new.

        Raises VersionConflict when the episode is not in the version that was read, ConcurrentChange
        at the latest at the transaction's end.
        """
        known = self._known.episodes.get(row.patient_id)
        if known is None or (row.version and row.id not in known):  # not read, or moved here from another patient
            return super().save_episode(row, at)
        before = known.get(row.id)
        if (before.version if before else 0) != row.version:
            raise VersionConflict("The episode was changed in the meantime. Read it again, then decide.")
        saved = known[row.id] = replace(row, version=row.version + 1, changed_at=at)
        self._note_episode(saved, row.version)
        return saved.version

    def _note_episode(self, saved: EpisodeRow, read_version: int) -> None:
        noted = self._noted
        if read_version == 0 or saved.id in noted.new_episodes:
            noted.new_episodes[saved.id] = saved
        else:
            first, _ = noted.changed_episodes.get(saved.id, (read_version, saved))
            noted.changed_episodes[saved.id] = (first, saved)

    # -- tasks

    def task(self, id: str) -> TaskRow | None:
        """Return a task, or None."""
        known = (rows[id] for rows in (self._noted.tasks, *self._known.live_tasks.values()) if id in rows)
        return next(known, None) or super().task(id)

    def live_tasks_of_patient(self, patient_id: str) -> list[TaskRow]:
        """Return the tasks of a patient's record that have no end, and those withdrawn."""
        if patient_id in self._known.live_tasks:
            return list(self._known.live_tasks[patient_id].values())
        rows = super().live_tasks_of_patient(patient_id)
        if patient_id in self._known.patients:
            self._known.live_tasks[patient_id] = {row.id: row for row in rows}
        return rows

    def tasks_of_patient(self, patient_id: str) -> list[TaskRow]:
        """Return all tasks of a patient's record, ended ones too."""
        known = self._known.all_tasks.get(patient_id)
        return super().tasks_of_patient(patient_id) if known is None else list(known.values())

    def save_tasks(self, rows: Sequence[TaskRow], at: datetime) -> None:
        """Add the tasks, or write them over those with the same ids; lists change only where a task moved."""
        for row in (replace(each, changed_at=at) for each in rows):
            known = self._known.live_tasks.get(row.patient_id, {})
            before = self._noted.tasks.get(row.id) or known.get(row.id)
            if before is None or (before.audience, before.ended_at is None) != (row.audience, row.ended_at is None):
                self._noted.moved_tasks.add(row.id)
            self._noted.tasks[row.id] = row
            if row.patient_id in self._known.all_tasks:
                self._known.all_tasks[row.patient_id][row.id] = row
            if row.ended_at is None or row.status == task_rows.WITHDRAWN:
                known[row.id] = row
            else:
                known.pop(row.id, None)

    # -- what is sent and who did it

    def put_outgoing(
        self, *, key: str, patient_id: str, episode_id: str, message: str, body: bytes, at: datetime
    ) -> None:
        """Put a message in the outbox; one with that key that is there already stays as it is."""
        values = outbox.outgoing_values(self._tenant, key, patient_id, episode_id, message, body, at)
        self._noted.outgoing.append(values)

    def write_audit(
        self, *, at: datetime, actor: str, role: str, action: str, patient_id: str | None, object_id: str | None,
        outcome: str = "ok", detail: str = "",
    ) -> None:  # fmt: skip
        """Record that *actor* did *action*; ids and codes only, no names or identity numbers."""
        self._noted.audit.append({
            "at": at, "actor": actor, "role": role, "action": action, "patient_id": patient_id,
            "object_id": object_id, "outcome": outcome, "detail": detail,
        })  # fmt: skip

    # -- writing

    def flush(self) -> None:
        """Write what is noted, one statement a table. Raises ConcurrentChange when somebody was in the way."""
        if not self._noted:
            return
        noted, self._noted = self._noted, Noted()
        with sent_together(self._connection) as sending:
            self._send(sending, noted)

    def _send(self, sending: Together, noted: Noted) -> None:
        def write(statement: Executable, rows: Iterable[Values]) -> None:
            sending.add_all(statement, [{"tenant": self._tenant, **row} for row in rows])

        def change(statement: Executable, rows: Iterable[Values]) -> None:
            """Change rows that this transaction has read; each must still be there in its version."""
            sending.change_all(statement, [{"tenant_": self._tenant, **row} for row in rows])

        write(patients.ADD, noted.new_patients.values())
        change(patients.UPDATE_DETAILS, noted.changed_patients.values())
        write(patients.NEW_IDENTIFIERS, noted.new_identifiers)
        write(patients.ADD_IDENTIFIERS, noted.added_identifiers)
        write(patients.PUT_STAY, noted.stays.values())
        write(_ADD_LOG, noted.log)
        write(_ADD_EPISODE, map(values_of, noted.new_episodes.values()))
        change(episodes.UPDATE, (episode_change(*each) for each in noted.changed_episodes.values()))
        write(task_rows.SAVE, map(task_rows.task_values, noted.tasks.values()))
        moved = sorted(noted.moved_tasks)
        if moved:
            sending.add_all(task_rows.CLEAR_AUDIENCE, [{"tenant_": self._tenant, "ids_": moved}])
        write(task_rows.ADD_AUDIENCE, (seat for id in moved for seat in task_rows.seats(noted.tasks[id])))
        write(outbox.PUT_OUTGOING, noted.outgoing)
        write(subscriptions.ADD_EVENT, noted.events.values())
        write(WRITE_AUDIT, noted.audit)
        change(inbox.DISPOSE, noted.disposed.values())
