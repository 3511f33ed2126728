"""Requests are counted by the template of their route: an address may name somebody."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from pathway_engine.metrics.tally import Tally
from pathway_engine.web import WebSettings, create_app
from pathway_engine.web.measuring import OTHER, Measured
from tests.identity_forms import forms, held
from tests.web.fakes import NOW, FakeService
from tests.web.visitor import SECRET, TestClient

NUMBER = "15876500565"
REQUESTS, SECONDS = "pathway_http_requests_total", "pathway_http_request_seconds"


async def answered(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("x")


async def failed(_request: Request) -> PlainTextResponse:
    raise ZeroDivisionError


async def streamed(_request: Request) -> StreamingResponse:
    return StreamingResponse(iter(["data: x\n\n"]), media_type="text/event-stream")


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def browser(tally: Tally) -> TestClient:
    """Somebody who asks the pages, and a face that is mounted below them."""
    routes = [
        Route("/metadata", answered), Route("/fails", failed), Route("/live", streamed), Route("/{path:path}", answered)
    ]  # fmt: skip
    settings = WebSettings(session_secret=SECRET, https_only=False)
    app = create_app(FakeService(), settings, lambda: NOW, None, None, {"/fhir": Starlette(routes=routes)})
    app.add_middleware(Measured, tally=tally)
    return TestClient(app, follow_redirects=False, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("method", "address", "counted"),
    [
        pytest.param("GET", "/health", ("GET", "/health", "200"), id="a-page"),
        pytest.param("GET", "/tasks/1", ("GET", "/tasks/{task_id}", "303"), id="a-task"),
        pytest.param("GET", "/api/v1/tasks/1", ("GET", "/api/v1/tasks/{task_id}", "401"), id="below-a-mount"),
        pytest.param("GET", "/fhir/metadata", ("GET", "/fhir/metadata", "200"), id="the-fhir-face"),
        pytest.param("GET", "/fhir/Patient/1", ("GET", "/fhir/{path}", "200"), id="a-patient-over-fhir"),
        pytest.param("GET", "/fhir/fails", ("GET", "/fhir/fails", "500"), id="a-fault"),
        pytest.param("GET", "/static/app.css", ("GET", "/static/", "200"), id="a-file"),
        pytest.param("GET", "/nowhere/1", ("GET", OTHER, "404"), id="no-route"),
        pytest.param("BREW", "/health", (OTHER, "/health", "405"), id="no-method"),
    ],
)
def test_a_request_is_counted_by_its_template(
    browser: TestClient, tally: Tally, method: str, address: str, counted: tuple[str, str, str]
) -> None:
    browser.request(method, address)
    assert tally.counts(REQUESTS) == {counted: 1}
    assert list(tally.durations(SECONDS)) == [counted[:2]]


def test_an_answer_that_goes_on_is_counted_and_not_timed(browser: TestClient, tally: Tally) -> None:
    browser.get("/fhir/live")
    assert tally.counts(REQUESTS) == {("GET", "/fhir/live", "200"): 1}
    assert tally.durations(SECONDS) == {}


def test_no_form_of_a_number_in_an_address_is_counted(browser: TestClient, tally: Tally) -> None:
    for form in forms(NUMBER).values():
        address = form.replace("\n", "%0A").replace("#", "%23")
        for place in ("/tasks/{0}", "/{0}", "/fhir/Patient/{0}", "/api/tasks/{0}", "/{0}/tasks", "/tasks/1?q={0}"):
            browser.get(place.format(address))
    told = repr((tally.counts(REQUESTS), tally.durations(SECONDS).keys()))
    assert held(told, NUMBER) == [] and sum(tally.counts(REQUESTS).values()) == 6 * len(forms(NUMBER))
