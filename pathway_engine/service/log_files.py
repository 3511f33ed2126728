"""Take a patient's log out to a file, and into a database where nobody has it: to look into a case again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from pathway_engine.domain.episode import Rules
from pathway_engine.domain.errors import DefinitionError, StorageError
from pathway_engine.domain.events import Acted, Demographics, Entry
from pathway_engine.domain.timeline import fold
from pathway_engine.language.reader import read_pathway
from pathway_engine.service.context import Context
from pathway_engine.service.saving import Course, save
from pathway_engine.storage.codec import decode_json, encode_json
from pathway_engine.storage.errors import IncompatibleLog
from pathway_engine.storage.log_file import Definition, LogFile, read_log_file, write_log_file
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import EpisodeRow


def export_log(context: Context, patient_id: str, *, program: str, actor: str, now: datetime) -> bytes:
    """Return the patient's log as a file, put on record. Raises StorageError for an unknown patient."""
    return context.committed(lambda records: _exported(records, patient_id, program, actor, now))


def _exported(records: Records, patient_id: str, program: str, actor: str, now: datetime) -> bytes:
    patient = records.lock_patient(patient_id)
    rows = records.episodes(patient.id)
    records.write_audit(
        at=now, actor=actor, role="operator", action="log exported", patient_id=patient.id, object_id=patient.id
    )
    hashes = {row.definition_hash for row in rows}
    file = LogFile(
        program=program, patient=patient.id, episodes=_hashes_by_pathway(rows),
        entries=[row.entry for row in records.log(patient.id)],
        definitions={hash: _files(records, hash) for hash in sorted(hashes)},
    )  # fmt: skip
    return write_log_file(file)


def _hashes_by_pathway(rows: Sequence[EpisodeRow]) -> Mapping[str, list[str]]:
    pathways = sorted({row.pathway for row in rows})
    return {pathway: [row.definition_hash for row in rows if row.pathway == pathway] for pathway in pathways}


def _files(records: Records, hash: str) -> Definition:
    row = records.definition(hash)
    assert row is not None, hash
    files: Definition = decode_json(row.files)
    return files


def import_log(context: Context, text: bytes, *, actor: str, now: datetime) -> str:
    """Add the patient of a log file with everything that follows up to *now*; return the patient's id.

    Raises IncompatibleLog when the file holds what this program does not know, and StorageError when the
    patient or a part of the log is here already. Then nothing of it is in the database.
    """
    file = read_log_file(text)
    return context.committed(lambda records: _imported(context, records, file, actor, now))


def _imported(context: Context, records: Records, file: LogFile, actor: str, now: datetime) -> str:
    if records.patient(file.patient) is not None:
        raise StorageError("The log's patient is in the database already.")
    records.add_patient(file.patient, Demographics(), [], now)
    for hash, files in file.definitions.items():
        _keep(records, hash, files, now)
    for entry in file.entries:
        _add(records, file.patient, entry, now)
    for course in _courses(context, records, file, now):
        save(context, records, file.patient, course, now)
    records.write_audit(
        at=now, actor=actor, role="operator", action="log imported", patient_id=file.patient, object_id=file.patient
    )
    return file.patient


def _keep(records: Records, hash: str, files: Definition, now: datetime) -> None:
    try:
        pathway, _ = read_pathway({name: text.encode() for name, text in files.items()})
    except DefinitionError as error:
        raise IncompatibleLog(f"Pathway version {hash[:12]} of the log cannot be read: {error}") from None
    if pathway.hash != hash:
        raise IncompatibleLog(f"The log's pathway version {hash[:12]} is not what it says; it is {pathway.hash[:12]}.")
    records.put_definition(hash, pathway.id, pathway.version, encode_json(files), now)


def _add(records: Records, patient_id: str, entry: Entry, now: datetime) -> None:
    if records.append(patient_id, entry, received_at=now, inbox_id=None) is None:
        raise StorageError("A part of the log is in the database already, as another patient's.")
    stay = None if isinstance(entry, Acted) else entry.stay
    if stay is None:
        return
    owner = records.patient_of_stay(stay)
    if owner not in (None, patient_id):
        raise StorageError("A stay of the log is in the database already, as another patient's.")
    records.put_stay(stay, patient_id, now)


def _courses(context: Context, records: Records, file: LogFile, now: datetime) -> Iterator[Course]:
    """Fold the log, each episode by the version that it began with, and later ones by that in force."""
    for pathway in sorted({*context.catalogue.current, *file.episodes}):
        hashes = file.episodes.get(pathway, ())
        known = [context.catalogue.rules(hash, records) for hash in hashes]
        current = context.catalogue.current.get(pathway)

        def rules_of(ordinal: int, known: Sequence[Rules] = known, current: Rules | None = current) -> Rules:
            found = known[ordinal] if ordinal < len(known) else current
            if found is None:
                raise IncompatibleLog("The log has an episode of a pathway that is not in force.")
            return found

        episodes = fold(rules_of, file.entries, now).episodes
        yield Course(pathway, episodes, tuple(rules_of(episode.ordinal) for episode in episodes), ())
