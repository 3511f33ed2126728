"""The pages of access: a first password, a lock that a PIN opens, an emergency; what they say and where they lead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pathway_engine.service.access import accounts
from pathway_engine.web import WebSettings, create_app
from pathway_engine.web.sessions import safe_next
from tests.access.test_accounts import GOOD, OTHER, set_up
from tests.service.community import Community
from tests.web.visitor import SECRET, TestClient, Visitor

PIN = "4072"


def browser(small: Community, **settings: bool) -> Visitor:
    chosen = {"https_only": False, **settings}
    app = create_app(small.engine, WebSettings(session_secret=SECRET, **chosen), lambda: small.now)  # type: ignore[arg-type]
    return Visitor(TestClient(app, follow_redirects=False))


@pytest.fixture
def kari(small: Community) -> Visitor:
    set_up(small)
    accounts.set_pin(small.engine.context, "kari", GOOD, PIN, small.now)
    visitor = browser(small)
    assert visitor.send("/sign-in", "/sign-in", person="kari", password=GOOD).status_code == 303
    return visitor


def test_a_one_time_secret_leads_to_a_password_and_in(small: Community) -> None:
    secret = accounts.invite(small.engine.context, "kari", small.now)
    visitor = browser(small)
    typed = {"person": "kari", "one_time": secret, "password": GOOD, "again": GOOD}
    assert visitor.send("/first-password", "/first-password", **{**typed, "again": OTHER}).status_code == 422
    assert (
        visitor.send("/first-password", "/first-password", **{**typed, "password": "kort", "again": "kort"}).status_code
        == 422
    )
    assert visitor.send("/first-password", "/first-password", **typed).headers["location"] == "/"
    assert "Kari Sykepleier" in visitor.get("/account")


@pytest.mark.parametrize(("person", "password"), [("kari", "wrong" * 4), ("nobody", GOOD), ("", "")])
def test_whatever_is_wrong_is_said_in_the_same_words(small: Community, person: str, password: str) -> None:
    set_up(small)
    answer = browser(small).send("/sign-in", "/sign-in", person=person, password=password)
    assert answer.status_code == 403
    assert "Brukernavn og passord hører ikke sammen" in answer.text
    assert password == "" or password not in answer.text


def test_after_a_rest_the_pin_leads_back_to_where_one_was(small: Community, kari: Visitor) -> None:
    small.now += timedelta(minutes=31)
    answer = kari.client.get("/emergency")
    assert answer.headers["location"] == "/locked?next=/emergency"
    assert kari.client.get("/api/worklist").status_code == 401
    before = kari.client.cookies["pathway"]
    assert kari.send(answer.headers["location"], "/locked", pin=PIN).headers["location"] == "/emergency"
    assert kari.client.get("/emergency").status_code == 200
    kari.client.cookies.set("pathway", before)
    assert kari.client.get("/emergency").status_code == 303, "the session from before the lock is no more"


def test_three_wrong_pins_lead_to_the_password(small: Community, kari: Visitor) -> None:
    kari.send("/account", "/lock")
    tries = [kari.send("/locked", "/locked", pin="9999").status_code for _ in range(2)]
    last = kari.send("/locked", "/locked", pin="9999")
    assert (tries, last.status_code) == ([403, 403], 303)
    assert last.headers["location"].startswith("/sign-in?ended=1")


def test_a_new_password_signs_other_devices_out(small: Community, kari: Visitor) -> None:
    other = browser(small)
    other.send("/sign-in", "/sign-in", person="kari", password=GOOD)
    typed = {"old": GOOD, "password": OTHER, "again": OTHER}
    assert kari.send("/account", "/account/password", **typed).status_code == 303
    assert (kari.client.get("/account").status_code, other.client.get("/account").status_code) == (200, 303)


def test_signing_out_ends_the_session_also_for_who_kept_the_cookie(small: Community, kari: Visitor) -> None:
    """Mutant: signing out clears the browser and leaves the session."""
    kept = kari.client.cookies["pathway"]
    kari.send("/account", "/sign-out")
    kari.client.cookies.set("pathway", kept)
    assert kari.client.get("/account").status_code == 303


def test_signing_in_gives_a_new_id(small: Community, kari: Visitor) -> None:
    before = kari.client.cookies["pathway"]
    kari.send("/sign-in", "/sign-in", person="kari", password=GOOD)
    assert kari.client.get("/account").status_code == 200
    kari.client.cookies.set("pathway", before)
    assert kari.client.get("/account").status_code == 303


def test_an_access_key_is_for_programs(small: Community) -> None:
    small.engine.grant_access_key("kari", "key-of-kari", small.now)
    visitor = browser(small)
    headers = {"authorization": "Bearer key-of-kari"}
    assert visitor.client.get("/api/worklist", headers=headers).status_code == 200
    assert visitor.client.get("/", headers=headers).status_code == 303
    assert visitor.client.get("/api/worklist", headers={"authorization": "Bearer guess"}).status_code == 401


def test_behind_a_proxy_the_address_is_the_one_that_it_wrote(small: Community) -> None:
    """Mutant: the first address of the header is taken, which anybody may write."""
    set_up(small)
    client = TestClient(browser(small, https_only=True).client.app, base_url="https://x", follow_redirects=False)
    visitor = Visitor(client)
    for number in range(31):
        client.headers["x-forwarded-for"] = f"1.2.3.{number}, 10.9.9.9"
        visitor.send("/sign-in", "/sign-in", person=f"nobody{number}", password="wrong" * 4)
    assert visitor.send("/sign-in", "/sign-in", person="kari", password=GOOD).status_code == 403
    client.headers["x-forwarded-for"] = "10.9.9.8"
    assert visitor.send("/sign-in", "/sign-in", person="kari", password=GOOD).status_code == 303


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/emergency", "/emergency"), ("/tasks/x-1", "/tasks/x-1"), ("/tasks/..", "/"), ("/api/worklist", "/"),
        ("/sign-in", "/"), ("/emergency/../x", "/"), ("//emergency", "/"), ("/emergency?x", "/"),
    ],
)  # fmt: skip
def test_one_is_led_to_pages_that_need_signing_in_and_nowhere_else(path: str, leads: str) -> None:
    assert safe_next(path) == leads


def test_the_number_typed_in_an_emergency_stands_in_no_answer(small: Community, kari: Visitor) -> None:
    typed = {"number": "02834112345", "reason": "acute", "words": "Falt utenfor butikken nå"}
    answer = kari.send("/emergency", "/emergency", **typed)
    assert answer.status_code == 422
    assert "02834112345" not in answer.text + str(answer.headers)
