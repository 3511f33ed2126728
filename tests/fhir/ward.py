"""A ward that writes over FHIR into the made-up community, and what tests ask of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from httpx import Response

from adapters.fhir.encounter_words import ACT_CODE, IDENTIFIER_TYPE, PLANNED_END, READY
from adapters.fhir.systems import code_system
from pathway_engine.channels.fhir import FhirChannel
from pathway_engine.domain.directory import Directories, Sender
from pathway_engine.domain.events import Happened
from pathway_engine.domain.identifiers import FNR, make_synthetic
from pathway_engine.domain.settlement import settle
from pathway_engine.fhir.app import create_fhir_app
from pathway_engine.fhir.exchange import Caller
from pathway_engine.fhir.scopes import EVERYTHING
from pathway_engine.service.views import Principal
from pathway_engine.storage.rows import InboxRow
from tests.service.community import START, Community
from tests.web.visitor import TestClient

BASE = "http://testserver"
ASTRID = make_synthetic(date(1941, 3, 2), 0)
BJARNE = make_synthetic(date(1938, 5, 7), 0)
WARD = "FJORD"
NOBODYS = Principal(person="ward-epj", name="Fjord EPJ", role="", seats=())
Body = dict[str, Any]


@dataclass
class Ward:
    """The client, with words for what it writes; `scopes` are not asked here."""

    community: Community
    sender: str = WARD
    client: TestClient = field(init=False)

    def __post_init__(self) -> None:
        engine = self.community.engine
        known = engine.context.directory
        fhir = Sender(
            id="ward-fhir", application="fhir", facility=WARD, organisation="fjord", destinations={"KAD": "acute_unit"}
        )
        directory = replace(known, senders={**known.senders, ("fhir", WARD): fhir})
        context = replace(
            engine.context, directories=Directories(((START, directory),)),
            channels={**engine.context.channels, "fhir": FhirChannel()},
        )  # fmt: skip
        self.community.engine = replace(engine, context=context)
        self.client = TestClient(create_fhir_app(context, self._caller, lambda: self.community.now, BASE))

    def _caller(self, authorization: str, now: datetime, address: str = "") -> Caller | None:
        """Whoever comes with a key is a person of the community by that name; the ward's own program without."""
        person = authorization.removeprefix("Bearer ").strip()
        who = self.community.who(person) if person else NOBODYS
        return Caller(client=person or "ward-epj", who=who, scopes=EVERYTHING, sender=person or self.sender)

    # -- requests

    def post(self, body: Body, **headers: str) -> Response:
        return self._send("POST", f"/{body['resourceType']}", body, headers)

    def put(self, body: Body, **headers: str) -> Response:
        return self._send("PUT", f"/{body['resourceType']}/{body['id']}", body, headers)

    def get(self, path: str, person: str = "") -> Response:
        answer: Response = self.client.get(path, headers={"Authorization": f"Bearer {person}"} if person else {})
        return answer

    def patch(self, path: str, *operations: Body, **headers: str) -> Response:
        return self._send("PATCH", path, list(operations), {"Content-Type": "application/json-patch+json", **headers})

    def _send(self, method: str, path: str, body: object, headers: Mapping[str, str]) -> Response:
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        typed = {"Content-Type": "application/fhir+json", **named}
        answer: Response = self.client.request(method, path, content=raw, headers=typed)
        return answer

    # -- what it came to

    def story(self, patient: str = "patient-1") -> list[Happened]:
        """What counts of the patient's log, in time order."""
        with self.community.engine.context.store.reading() as records:
            entries = [row.entry for row in records.log(patient)]
        return [each for each in settle(entries) if isinstance(each, Happened)]

    def names(self, patient: str = "patient-1") -> list[str]:
        return [each.name for each in self.story(patient)]

    def inbox(self) -> list[InboxRow]:
        with self.community.engine.context.store.reading() as records:
            return sorted(records.messages(limit=1000), key=lambda row: row.id)

    def phase(self, patient: str = "patient-1", pathway: str = "hph") -> str:
        with self.community.engine.context.store.reading() as records:
            return next((row.phase for row in reversed(records.episodes(patient, pathway))), "none")


def numbered(number: str = ASTRID) -> Body:
    """A subject by national number."""
    return {"identifier": {"system": FNR, "value": number}}


def encounter(status: str | None = "in-progress", visit: str = "VN1", kind: str = "IMP", **changed: Any) -> Body:
    """A stay on the ward, as the ward writes it; `kind` is its class, and what is None is left out."""
    body: Body = {
        "resourceType": "Encounter", "status": status, "class": {"system": ACT_CODE, "code": kind},
        "identifier": [{"type": {"coding": [{"system": IDENTIFIER_TYPE, "code": "VN"}]}, "value": visit}],
        "subject": numbered(), "period": {"start": START.isoformat()},
        "location": [{"location": {"display": "MED2"}, "status": "active"}], **changed,
    }  # fmt: skip
    return {name: value for name, value in body.items() if value is not None}


def ready(at: datetime) -> Body:
    return {"url": READY, "valueDateTime": at.isoformat()}


def planned(day: str) -> Body:
    return {"url": PLANNED_END, "valueDateTime": day}


def left(place: str) -> Body:
    """The hospitalization of a patient who went to *place*, in our own words."""
    coding = {"system": code_system("discharge-destination"), "code": place}
    return {"dischargeDisposition": {"coding": [coding]}}
