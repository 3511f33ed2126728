"""Nobody sees another's patients or acts through another's browser; every answer carries its headers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi import FastAPI

from pathway_engine.domain import errors
from pathway_engine.web import WebSettings, create_app, rights
from pathway_engine.web.api import BELOW, document
from pathway_engine.web.errors import STATUS_OF
from pathway_engine.web.headers import ALWAYS
from pathway_engine.web.rights import RIGHTS
from pathway_engine.web.sessions import safe_next
from tests.web.fakes import NOW, FakeService
from tests.web.visitor import SECRET, TestClient, Visitor, hidden_fields

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")


def paths(visitor: Visitor) -> list[tuple[str, str]]:
    app = visitor.client.app
    assert isinstance(app, FastAPI)
    told = [path.replace("{task_id}", "t-week") for path in app.openapi()["paths"]]
    return [(method, path) for path in (*told, "/static/app.css", "/nowhere") for method in METHODS]


def test_the_routes_are_found(kari: Visitor) -> None:
    assert {path for _, path in paths(kari)} >= {"/", "/sign-in", "/tasks/t-week", "/api/worklist", "/health"}


def test_every_route_stands_in_the_table_of_rights_and_nothing_else_does(kari: Visitor) -> None:
    app = kari.client.app
    assert isinstance(app, FastAPI)
    declared = {(method.upper(), path) for path, told in app.openapi()["paths"].items() for method in told}
    below = {(method.upper(), BELOW + path) for path, told in document()["paths"].items() for method in told}
    assert declared | below == set(RIGHTS), "write each route with its roles into RIGHTS of web/rights.py"


def test_a_route_without_rights_is_nobodys(kari: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "RIGHTS", {key: roles for key, roles in RIGHTS.items() if key[1] != "/api/worklist"})
    assert kari.client.get("/api/worklist").status_code == 403


def test_a_role_that_the_table_does_not_name_gets_nothing(
    service: FakeService, kari: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights, "RIGHTS", {**RIGHTS, ("GET", "/api/worklist"): frozenset({"operator"})})
    assert kari.client.get("/api/worklist").status_code == 403
    assert kari.client.get("/").status_code == 200


def test_every_answer_on_every_route_carries_the_headers(kari: Visitor, stranger: Visitor) -> None:
    for visitor in (kari, stranger):
        for method, path in paths(visitor):
            answer = visitor.client.request(method, path)
            assert {n: answer.headers.get(n) for n in ALWAYS} == ALWAYS, (method, path)
            if not path.startswith("/static/"):
                assert answer.headers["cache-control"] == "no-store", (method, path)


def test_a_fault_of_the_program_tells_nothing_and_keeps_the_headers(
    service: FakeService, kari: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Anne B. Nardovegen")

    service.worklist = fail  # type: ignore[assignment, method-assign]
    answer = kari.client.get("/")
    assert answer.status_code == 500
    assert answer.headers["content-security-policy"] == ALWAYS["Content-Security-Policy"]
    assert "Nardovegen" not in answer.text + caplog.text
    assert "RuntimeError" in caplog.text


def test_pages_hold_no_inline_script_or_style(kari: Visitor) -> None:
    for page in ("/", "/tasks/t-week", "/tasks/t-over?lang=en"):
        html = kari.get(page)
        assert "<style" not in html and " style=" not in html and " onclick=" not in html
        assert html.count("<script") == html.count("<script src=")


def test_a_foreign_task_looks_exactly_like_a_missing_one(kari: Visitor) -> None:
    for foreign, missing in [("/tasks/t-far", "/tasks/t-none"), ("/api/tasks/t-far", "/api/tasks/t-none")]:
        one, other = kari.client.get(foreign), kari.client.get(missing)
        assert one.status_code == other.status_code == 404
        assert hidden_free(one.text) == hidden_free(other.text)


def hidden_free(html: str) -> str:
    return html.replace(hidden_fields(html).get("form_token", "-"), "")


def test_a_foreign_task_cannot_be_acted_on(service: FakeService, kari: Visitor) -> None:
    assert kari.send("/tasks/t-week", "/tasks/t-far", act="claim").status_code == 404
    assert service.acts == []


@pytest.mark.parametrize("path", ["/", "/tasks/t-week"])
def test_pages_ask_strangers_to_sign_in(stranger: Visitor, path: str) -> None:
    answer = stranger.client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


def test_json_tells_strangers_401(stranger: Visitor) -> None:
    assert stranger.client.get("/api/worklist").status_code == 401


def test_a_wrong_key_is_refused_in_words(stranger: Visitor) -> None:
    answer = stranger.send("/sign-in", "/sign-in", key="guess")
    assert answer.status_code == 403
    assert "Nøkkelen er ikke gyldig" in answer.text


def test_signing_in_leads_to_the_page_asked_for(stranger: Visitor) -> None:
    answer = stranger.send("/sign-in?next=/tasks/t-week", "/sign-in", key="kari-access-key")
    assert answer.headers["location"] == "/tasks/t-week"


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/tasks/../x", "/\\evil", "/tasks/a\n"])
def test_signing_in_leads_nowhere_else(path: str) -> None:
    assert safe_next(path) == "/"


def test_demo_persons_are_offered_only_in_a_demonstration(service: FakeService, stranger: Visitor) -> None:
    assert "Fredrik Far" in stranger.get("/sign-in")
    strict = WebSettings(session_secret=SECRET, https_only=False)
    real = Visitor(TestClient(create_app(service, strict, lambda: NOW), follow_redirects=False))
    assert "Fredrik Far" not in real.get("/sign-in")
    assert real.send("/sign-in", "/sign-in", demo="kari/home_care_nurse").status_code == 403


def test_demo_sign_in_takes_a_listed_person(stranger: Visitor) -> None:
    assert stranger.send("/sign-in", "/sign-in", demo="kari/home_care_nurse").status_code == 303
    assert "Kari N." in stranger.get("/")


def test_signing_out_ends_the_session(kari: Visitor) -> None:
    kari.send("/", "/sign-out")
    assert kari.client.get("/").status_code == 303


def test_a_person_who_has_left_is_signed_out_at_once(service: FakeService, kari: Visitor) -> None:
    service.gone.add("kari")
    assert kari.client.get("/").status_code == 303


@pytest.mark.parametrize(
    ("visits", "status"),
    [
        pytest.param([timedelta(minutes=29)], 200, id="within-half-an-hour"),
        pytest.param([timedelta(minutes=30)], 303, id="idle-for-half-an-hour"),
        pytest.param([timedelta(minutes=20 * n) for n in range(1, 30)], 200, id="busy-most-of-a-shift"),
        pytest.param([timedelta(minutes=20 * n) for n in range(1, 31)], 303, id="ten-hours-are-the-end"),
    ],
)
def test_a_session_ends_by_itself(
    service: FakeService, settings: WebSettings, visits: list[timedelta], status: int
) -> None:
    time = [NOW]
    app = create_app(service, settings, lambda: time[0])
    visitor = Visitor(TestClient(app, follow_redirects=False)).sign_in("kari-access-key")
    for passed in visits:
        time[0] = NOW + passed
        answer = visitor.client.get("/")
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        pytest.param({"form_token": ""}, {}, id="without-token"),
        pytest.param({"form_token": "æ" * 32}, {}, id="with-a-guessed-token"),
        pytest.param({}, {"sec-fetch-site": "cross-site"}, id="from-another-site"),
        pytest.param({}, {"sec-fetch-site": "same-site"}, id="from-a-neighbour-host"),
        pytest.param({}, {"origin": "https://evil.example"}, id="from-another-origin"),
    ],
)
def test_a_form_from_elsewhere_is_refused(
    service: FakeService, kari: Visitor, fields: dict[str, str], headers: dict[str, str]
) -> None:
    form = hidden_fields(kari.get("/tasks/t-free")) | {"act": "claim"} | fields
    for path in ("/tasks/t-free", "/tasks/t-free/answers", "/sign-out", "/sign-in"):
        assert kari.client.post(path, data=form, headers=headers).status_code == 403, path
    assert service.acts == []


def test_a_form_from_our_own_page_is_taken(kari: Visitor) -> None:
    form = hidden_fields(kari.get("/tasks/t-free")) | {"act": "claim"}
    own = {"sec-fetch-site": "same-origin", "origin": "null"}
    assert kari.client.post("/tasks/t-free", data=form, headers=own).status_code == 303


def test_a_token_of_another_session_is_refused(kari: Visitor, stranger: Visitor) -> None:
    theirs = hidden_fields(stranger.sign_in("ola-access-key").get("/"))["form_token"]
    assert kari.send("/", "/sign-out", form_token=theirs).status_code == 403


def test_too_much_and_the_wrong_kind_are_refused(kari: Visitor) -> None:
    assert kari.client.post("/tasks/t-free", data={"comment": "x" * 300_000}).status_code == 413
    assert kari.client.post("/tasks/t-free", json={"act": "claim"}).status_code == 415


def test_over_https_the_cookie_is_held_to_one_host(service: FakeService) -> None:
    app = create_app(service, WebSettings(session_secret=SECRET), lambda: NOW)
    answer = TestClient(app, base_url="https://testserver").get("/sign-in")
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("__host-pathway=")
    assert all(part in cookie for part in ("httponly", "samesite=lax", "secure", "path=/"))
    assert "domain" not in cookie
    assert "strict-transport-security" in answer.headers


def test_a_short_session_secret_is_refused_and_never_shown() -> None:
    with pytest.raises(ValueError, match="at least 32"):
        WebSettings(session_secret="short")
    assert SECRET not in repr(WebSettings(session_secret=SECRET))


def test_every_refusal_has_a_status() -> None:
    family = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.TaskError)]
    assert set(family) == set(STATUS_OF)


def test_health_answers_503_when_not_well(service: FakeService, stranger: Visitor) -> None:
    assert stranger.client.get("/health").json()["ok"] is True
    service.well = False
    assert stranger.client.get("/health").status_code == 503
