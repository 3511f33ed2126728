"""A row of the audit as an AuditEvent: codes and ids, as the row has them; nothing in it was ever anybody's name."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.fhir.canonicals import logical_id
from adapters.fhir.outcome import Json
from adapters.fhir.systems import OURS, code_system
from pathway_engine.domain.directory import Directory
from pathway_engine.fhir.auditing import ACTIONS
from pathway_engine.fhir.exchange import instant, with_meta
from pathway_engine.storage.rows import AuditRow

TYPES = "http://terminology.hl7.org/CodeSystem/audit-event-type"
DICOM = "http://dicom.nema.org/resources/ontology/DCM"
INTERACTIONS = "http://hl7.org/fhir/restful-interaction"
ENTITY_TYPES = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
ENTITY_ROLES = "http://terminology.hl7.org/CodeSystem/object-role"
ACTORS = f"{OURS}/actor"
OBJECTS = f"{OURS}/object"
INTERACTION_OF = {action: interaction for interaction, action in ACTIONS.items()}
LETTERS = {"create": "C", "read": "R", "update": "U", "patch": "U", "delete": "D"}
LISTS = {
    *INTERACTION_OF, "list read", "list refreshed", "day downloaded", "board read", "outbox read", "parked read",
    "events read", "notification sent",
}  # fmt: skip
"""The actions whose rows hold the ids of the patients that were shown in their detail."""
DONE, NOT_DONE = "0", "4"
SIGNING_IN = ("signed ", "sign-in", "token ", "unlocked", "session ")


def rendered(row: AuditRow, directory: Directory) -> Json:
    """Return the row as an AuditEvent; *directory* is the one that held at its instant."""
    told: Json = {
        "resourceType": "AuditEvent", "id": f"{row.id}", "type": _type(row), "subtype": [_subtype(row)],
        "action": letter_of(row.action), "recorded": instant(row.at),
        "outcome": DONE if row.outcome == "ok" else NOT_DONE, "agent": [_agent(row, directory)],
        "source": {"observer": {"display": "Pathway Engine"}},
    }  # fmt: skip
    entities = [*_people(row), *_objects(row)]
    return with_meta({**told, "entity": entities} if entities else told, "1", row.at)


def letter_of(action: str) -> str:
    """Return C, R, U, D or E, as the standard codes what is done."""
    if action in INTERACTION_OF:
        return LETTERS.get(INTERACTION_OF[action], "E")
    if action.startswith("task ") and action != "task read":
        return "U"
    return "R" if action.endswith(" read") else "E"


def _type(row: AuditRow) -> Json:
    if row.action in INTERACTION_OF:
        return {"system": TYPES, "code": "rest", "display": "Restful Operation"}
    if row.action.startswith(SIGNING_IN):
        return {"system": DICOM, "code": "110114", "display": "User Authentication"}
    if row.patient_id or row.detail:
        return {"system": DICOM, "code": "110110", "display": "Patient Record"}
    return {"system": DICOM, "code": "110100", "display": "Application Activity"}


def _subtype(row: AuditRow) -> Json:
    interaction = INTERACTION_OF.get(row.action)
    if interaction is not None:
        return {"system": INTERACTIONS, "code": interaction}
    return {"system": code_system("audit-action"), "code": " ".join(row.action.split())}


def _agent(row: AuditRow, directory: Directory) -> Json:
    person = directory.people.get(row.actor)
    named: Json = {"reference": f"Practitioner/{logical_id(row.actor)}", "display": person.name} if person else {
        "identifier": {"system": ACTORS, "value": row.actor or "unknown"}
    }  # fmt: skip
    told: Json = {"who": named, "requestor": True}
    return {"role": [{"coding": [{"system": code_system("role"), "code": row.role}]}], **told} if row.role else told


def _people(row: AuditRow) -> Iterator[Json]:
    """The patient whom it is about; of a list, each one who was shown."""
    shown = [row.patient_id] if row.patient_id else row.detail.split() if row.action in LISTS else []
    for patient in shown:
        yield {
            "what": {"reference": f"Patient/{patient}"}, "type": {"system": ENTITY_TYPES, "code": "1"},
            "role": {"system": ENTITY_ROLES, "code": "1"},
        }  # fmt: skip


def _objects(row: AuditRow) -> Iterator[Json]:
    """What it was done to: a resource over FHIR, else what the program calls it."""
    if not row.object_id or row.object_id == row.patient_id:
        return
    is_resource = row.action in INTERACTION_OF and "/" in row.object_id
    task = f"Task/{row.object_id}" if row.action.startswith("task ") else ""
    reference = row.object_id if is_resource else task
    what: Json = {"reference": reference} if reference else {"identifier": {"system": OBJECTS, "value": row.object_id}}
    yield {
        "what": what, "type": {"system": ENTITY_TYPES, "code": "2"}, "role": {"system": ENTITY_ROLES, "code": "4"},
    }  # fmt: skip
