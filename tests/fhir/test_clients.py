"""Clients that others wrote work a task from search to completion, as they come."""

from __future__ import annotations

import itertools
import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from pathway_engine.fhir.app import create_fhir_app
from pathway_engine.fhir.callers import callers
from tests.fhir.test_task_writing import items
from tests.service.community import Community

fhirpy = pytest.importorskip("fhirpy")
fhirclient = pytest.importorskip("fhirclient.client")

KEY = "kari-" + "k" * 40
REPOSITORY = Path(__file__).parents[2]
STEP = "https://pathway-engine.example/fhir/CodeSystem/step|HPH2"


@pytest.fixture
def base(community: Community) -> Iterator[str]:
    """The address of the face, served from this machine to itself; the clock goes on with each request."""
    community.brought_home()
    community.engine.grant_access_key("kari", KEY, community.now)
    ticks, home = itertools.count(1), community.now
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        address = f"http://127.0.0.1:{door.getsockname()[1]}/fhir"
        app = create_fhir_app(
            community.engine.context, callers(community.engine), lambda: home + timedelta(seconds=next(ticks)), address
        )  # fmt: skip
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=[Mount("/fhir", app)]), log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        yield address
        server.should_exit = True
        thread.join()


@pytest.fixture
def answers(community: Community, base: str) -> list[dict[str, Any]]:
    """The items of the visit's checklist, answered."""
    id = community.list_of("kari")["HPH2"].id
    detail = community.engine.task(community.who("kari"), id, community.now)
    assert detail.checklist is not None
    return items(detail.checklist)


def state(community: Community) -> tuple[str, str | None, int]:
    """Status, performer and number of answers of the visit."""
    with community.engine.context.store.reading() as records:
        (patient,) = records.patients_with_entries()
        (row,) = [row for row in records.tasks_of_patient(patient) if row.step == "HPH2"]
    return row.status, row.performer, row.answered


def response(id: str, answers: list[dict[str, Any]]) -> dict[str, Any]:
    return {"resourceType": "QuestionnaireResponse", "id": id, "status": "completed", "item": answers}


def test_fhirpy_works_a_task(base: str, community: Community, answers: list[dict[str, Any]]) -> None:
    client = fhirpy.SyncFHIRClient(base, authorization=f"Bearer {KEY}")
    found = client.resources("Task").search(status="requested", code=STEP)
    assert found.count() == 1
    task = found.first()
    task["status"] = "accepted"
    task.save()
    assert state(community)[:2] == ("accepted", "kari")
    task.patch(note=[{"text": "Ringte"}])
    client.resource("QuestionnaireResponse", **response(task.id, answers)).save()
    task.refresh()
    assert task["status"] == "in-progress" and task["output"][0]["valueReference"]["reference"].endswith(task.id)
    task["status"] = "completed"
    task.save(fields=["status"])
    assert state(community) == ("completed", "kari", len(answers))
    assert [each["payload"][0]["contentString"] for each in client.resources("Communication")] == ["Ringte"]
    task["status"] = "requested"
    with pytest.raises(fhirpy.base.exceptions.OperationOutcome, match="cannot become requested"):
        task.save()


def test_fhirpy_gets_the_one_that_is_there(base: str, community: Community) -> None:
    """Its own way of asking: a search in the address of a POST."""
    client = fhirpy.SyncFHIRClient(base, authorization=f"Bearer {KEY}")
    id = community.list_of("kari")["HPH2"].id
    told = {"about": [{"reference": f"Task/{id}"}], "status": "completed", "payload": [{"contentString": "En gang"}]}
    made = [
        client.resources("Communication")
        .search(based_on=f"Task/{id}")
        .get_or_create(client.resource("Communication", **told))
        for _ in range(2)
    ]
    assert [was_made for _, was_made in made] == [True, False]
    assert made[0][0].id == made[1][0].id


def model(name: str) -> Any:
    """A model of fhirclient's."""
    return getattr(pytest.importorskip(f"fhirclient.models.{name.lower()}"), name)


def test_fhirclient_works_a_task(base: str, community: Community, answers: list[dict[str, Any]]) -> None:
    """It reads every answer into models that refuse what is not R4, and puts whole resources without If-Match."""
    task_model, response_model = model("Task"), model("QuestionnaireResponse")
    server = fhirclient.FHIRClient(settings={"app_id": "test", "api_base": base}).server
    server.session.headers["Authorization"] = f"Bearer {KEY}"
    (task,) = task_model.where({"status": "requested", "code": STEP}).perform_resources_iter(server)
    task.status = "accepted"
    assert task_model(task.update(server)).status == "accepted"
    task.status = "in-progress"
    assert task.update(server)["status"] == "in-progress", "although it keeps the version that it read first"
    assert response_model(response_model(response(task.id, answers)).update(server)).id == task.id
    task.status = "completed"
    task.update(server)
    assert state(community) == ("completed", "kari", len(answers))
    assert task_model.read(task.id, server).businessStatus.coding[0].code == "in-time"


SCRIPT = """
import { Client } from "fhir-kit-client";
const [base, key, code, items] = process.argv.slice(1);
const client = new Client({ baseUrl: base, bearerToken: key });
const told = [];
const found = await client.search({ resourceType: "Task", searchParams: { status: "requested", code } });
const id = found.entry[0].resource.id;
const tag = `W/"${found.entry[0].resource.meta.versionId}"`;
const claim = [
  { op: "test", path: "/status", value: "requested" }, { op: "replace", path: "/status", value: "accepted" },
];
const patch = { resourceType: "Task", id, jsonPatch: claim, options: { headers: { "If-Match": tag } } };
told.push((await client.patch(patch)).status);
const stale = { ...found.entry[0].resource, status: "in-progress" };
try {
  await client.update({ resourceType: "Task", id, body: stale, options: { headers: { "If-Match": tag } } });
} catch (error) { told.push(error.response.status); }
const task = await client.read({ resourceType: "Task", id });
const response = { resourceType: "QuestionnaireResponse", id, status: "completed", item: JSON.parse(items) };
const done = await client.transaction({ body: { resourceType: "Bundle", type: "transaction", entry: [
  { resource: { ...task, status: "completed" }, request: { method: "PUT", url: `Task/${id}` } },
  { resource: { ...response, basedOn: [{ reference: `Task/${id}` }] },
    request: { method: "POST", url: "QuestionnaireResponse" } },
] } });
told.push(...done.entry.map((each) => each.response.status), done.entry[0].resource.status);
const comment = { resourceType: "Communication", status: "completed", about: [{ reference: `Task/${id}` }],
  payload: [{ contentString: "Ferdig" }] };
const batch = await client.batch({ body: { resourceType: "Bundle", type: "batch", entry: [
  { resource: comment, request: { method: "POST", url: "Communication" } },
  { request: { method: "DELETE", url: `Task/${id}` } },
] } });
told.push(...batch.entry.map((each) => each.response.status));
console.log(JSON.stringify(told));
"""


@pytest.mark.skipif(
    shutil.which("node") is None or not (REPOSITORY / "node_modules" / "fhir-kit-client").is_dir(),
    reason="node and fhir-kit-client are not here",
)
def test_fhir_kit_client_works_a_task(base: str, community: Community, answers: list[dict[str, Any]]) -> None:
    asked = ["node", "--input-type=module", "-e", SCRIPT, base, KEY, STEP, json.dumps(answers)]
    done = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    accepted, refused, *rest = json.loads(done.stdout)
    assert (accepted, refused) == ("accepted", 412)
    assert rest == ["200 OK", "201 Created", "completed", "201 Created", "405 Method Not Allowed"]
    assert state(community) == ("completed", "kari", len(answers))
