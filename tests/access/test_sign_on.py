"""Signing in at an issuer of our own: only its answer, for this client and this browser, opens a session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from joserfc.jwk import ECKey

from pathway_engine.service.access import sessions
from pathway_engine.sign_on.client import Client
from pathway_engine.sign_on.hints import opened, sealed
from pathway_engine.sign_on.issuer import IssuerSettings, SignOnFailed
from pathway_engine.storage.access_rows import SignOnRow
from pathway_engine.web import WebSettings, create_app
from pathway_engine.web.sessions import HINT_KEY, SESSION, keep
from tests.access.issuer import (
    AFTER,
    REDIRECT,
    Issuer,
    served,
    signed_by_another,
    signed_with_a_shared_secret,
    unsigned,
)
from tests.service.community import START, Community
from tests.web.visitor import SECRET, TestClient, Visitor, hidden_fields

KEY = ECKey.generate_key("P-256", parameters={"kid": "client", "alg": "ES256"})


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with served(Issuer(START, KEY)) as made:
        yield made


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


@pytest.fixture
def client(issuer: Issuer, http: httpx.Client) -> Client:
    return Client(agreed(issuer), http)


def agreed(issuer: Issuer) -> IssuerSettings:
    return IssuerSettings(
        issuer=issuer.address, client_id="client-1", key=KEY, redirect_url=REDIRECT, person_claim="login",
        after_logout_url=AFTER,
    )  # fmt: skip


def signed_on(client: Client, issuer: Issuer, **brought: str) -> tuple[str, str | None]:
    started = client.start(START)
    back = {**issuer.authorize(started.address), **brought}
    kept = SignOnRow(state="", nonce=started.nonce, verifier=started.verifier, onwards="/", begun_at=START)
    done = client.finish(back["code"], back["iss"], kept, issuer.now)
    return done.subject, done.person


@pytest.mark.parametrize("par", [True, False])
@pytest.mark.parametrize(("dpop", "wants_nonce"), [(False, False), (True, False), (True, True)])
def test_who_signs_in_there_is_told_here(
    client: Client, issuer: Issuer, par: bool, dpop: bool, wants_nonce: bool
) -> None:
    issuer.par, issuer.dpop, issuer.wants_nonce = par, dpop, wants_nonce
    assert signed_on(client, issuer) == ("subject-1", "kari")


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"iss": "https://elsewhere"}, id="another-issuer"),
        pytest.param({"aud": "client-2"}, id="another-client"),
        pytest.param({"aud": ["client-1", "client-2"]}, id="several-without-azp"),
        pytest.param({"azp": "client-2"}, id="authorized-for-another"),
        pytest.param({"exp": int(START.timestamp()) - 31}, id="over"),
        pytest.param({"exp": None}, id="without-end"),
        pytest.param({"exp": "tomorrow"}, id="an-end-in-words"),
        pytest.param({"iat": int(START.timestamp()) + 120}, id="of-the-future"),
        pytest.param({"iat": int(START.timestamp()) - 3600}, id="old"),
        pytest.param({"nbf": int(START.timestamp()) + 120}, id="not-yet"),
        pytest.param({"nonce": "another"}, id="of-another-sign-on"),
        pytest.param({"nonce": None}, id="of-no-sign-on"),
        pytest.param({"sub": None}, id="of-nobody"),
        pytest.param({"sub": ""}, id="of-an-empty-name"),
    ],
)
def test_a_token_that_is_not_the_answer_is_refused(client: Client, issuer: Issuer, claims: dict[str, Any]) -> None:
    issuer.change_claims = claims
    with pytest.raises(SignOnFailed):
        signed_on(client, issuer)


@pytest.mark.parametrize("sign", [signed_by_another, signed_with_a_shared_secret, unsigned, lambda *_: "no token"])
def test_a_token_that_the_issuer_has_not_signed_is_refused(client: Client, issuer: Issuer, sign: Any) -> None:
    issuer.sign = sign
    with pytest.raises(SignOnFailed):
        signed_on(client, issuer)


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param({"issuer": "https://elsewhere"}, id="of-another-issuer"),
        pytest.param({"authorization_endpoint": "https://elsewhere/authorize"}, id="leads-elsewhere"),
        pytest.param({"token_endpoint": "https://elsewhere/token"}, id="tokens-from-elsewhere"),
        pytest.param({"jwks_uri": "http://127.0.0.1:1/jwks"}, id="keys-from-another-port"),
        pytest.param({"pushed_authorization_request_endpoint": "https://elsewhere/par"}, id="pushed-elsewhere"),
        pytest.param({"end_session_endpoint": "https://elsewhere/end"}, id="ends-elsewhere"),
        pytest.param({"token_endpoint": None}, id="without-tokens"),
        pytest.param({"dpop_signing_alg_values_supported": ["RS256"]}, id="another-proof"),
        pytest.param(
            {"pushed_authorization_request_endpoint": None, "require_pushed_authorization_requests": True},
            id="pushed-nowhere",
        ),
    ],
)
def test_an_issuer_that_says_what_cannot_be_is_not_followed(
    client: Client, issuer: Issuer, metadata: dict[str, Any]
) -> None:
    issuer.change_metadata = metadata
    with pytest.raises(SignOnFailed):
        signed_on(client, issuer)


def test_an_answer_of_another_issuer_is_refused(client: Client, issuer: Issuer) -> None:
    with pytest.raises(SignOnFailed):
        signed_on(client, issuer, iss="https://elsewhere")


def test_a_level_that_is_asked_for_is_demanded(issuer: Issuer, http: httpx.Client) -> None:
    strict = Client(replace(agreed(issuer), acr="Level4"), http)
    for acr in (None, "Level3"):
        issuer.change_claims = {"acr": acr}
        with pytest.raises(SignOnFailed):
            signed_on(strict, issuer)
    issuer.change_claims = {"acr": "Level4"}
    assert signed_on(strict, issuer)[0] == "subject-1"


def test_the_issuer_is_asked_about_itself_once_a_day(client: Client, issuer: Issuer) -> None:
    for _ in range(3):
        signed_on(client, issuer)
    discovery = "GET /.well-known/openid-configuration"
    assert issuer.asked.count(discovery) == issuer.asked.count("GET /jwks") == 1
    issuer.now = START + timedelta(hours=24)
    client.start(issuer.now)
    assert issuer.asked.count(discovery) == 2


def test_a_new_key_is_asked_for_and_not_more_often_than_once_a_minute(client: Client, issuer: Issuer) -> None:
    signed_on(client, issuer)
    issuer.key = ECKey.generate_key("P-256", parameters={"kid": "k2", "alg": "ES256"})
    with pytest.raises(SignOnFailed):
        signed_on(client, issuer)
    issuer.now = START + timedelta(minutes=2)
    started = client.start(issuer.now)
    kept = SignOnRow(state="", nonce=started.nonce, verifier=started.verifier, onwards="/", begun_at=issuer.now)
    back = issuer.authorize(started.address)
    assert client.finish(back["code"], back["iss"], kept, issuer.now).subject == "subject-1"


def test_nobody_takes_longer_than_ten_minutes(client: Client, issuer: Issuer) -> None:
    issuer.now = START + timedelta(minutes=11)
    with pytest.raises(SignOnFailed):
        signed_on(client, issuer)


def test_an_issuer_that_is_away_is_said_to_be(http: httpx.Client) -> None:
    away = IssuerSettings(issuer="http://127.0.0.1:1", client_id="c", key=KEY, redirect_url=REDIRECT)
    with pytest.raises(SignOnFailed, match="does not answer"):
        Client(away, http).start(START)


# -- through the pages


@pytest.fixture
def visitor(small: Community, client: Client) -> Visitor:
    settings = WebSettings(session_secret=SECRET, https_only=False, sign_on_name="HelseID")
    app = create_app(small.engine, settings, lambda: small.now, None, client)
    return Visitor(TestClient(app, follow_redirects=False))


def through(visitor: Visitor, issuer: Issuer, **brought: str) -> httpx.Response:
    away = visitor.client.get("/sign-on?next=/account")
    assert away.status_code == 303 and away.headers["location"].startswith(issuer.address)
    back = {**issuer.authorize(away.headers["location"]), **brought}
    answer: httpx.Response = visitor.client.get(f"/sign-on/back?{urlencode(back)}")
    return answer


def test_the_pages_lead_there_and_back(visitor: Visitor, issuer: Issuer) -> None:
    assert "Logg inn med HelseID" in visitor.get("/sign-in")
    assert through(visitor, issuer).headers["location"] == "/account"
    assert "Kari Sykepleier" in visitor.get("/account")


@pytest.mark.parametrize("brought", [{"state": "guessed"}, {"code": ""}, {"code": "guessed"}, {"iss": "https://else"}])
def test_what_comes_back_wrong_opens_nothing(visitor: Visitor, issuer: Issuer, brought: dict[str, str]) -> None:
    assert through(visitor, issuer, **brought).status_code in (403, 502)
    assert visitor.client.get("/account").status_code == 303


def test_a_code_of_another_browser_opens_nothing(visitor: Visitor, issuer: Issuer) -> None:
    """Mutant: the state is not held to the browser that began."""
    away = visitor.client.get("/sign-on")
    back = issuer.authorize(away.headers["location"])
    stranger = TestClient(visitor.client.app, follow_redirects=False)
    assert stranger.get(f"/sign-on/back?{urlencode(back)}").status_code == 403
    assert stranger.get("/account").status_code == 303


def test_what_came_back_is_used_once(visitor: Visitor, issuer: Issuer) -> None:
    away = visitor.client.get("/sign-on")
    back = issuer.authorize(away.headers["location"])
    cookie = dict(visitor.client.cookies)
    assert visitor.client.get(f"/sign-on/back?{urlencode(back)}").status_code == 303
    again = TestClient(visitor.client.app, follow_redirects=False, cookies=cookie)
    assert again.get(f"/sign-on/back?{urlencode(back)}").status_code == 403


def test_another_person_at_the_issuer_is_not_the_same_here(visitor: Visitor, issuer: Issuer) -> None:
    assert through(visitor, issuer).status_code == 303
    issuer.subject = "subject-2"
    assert through(visitor, issuer).status_code == 403
    issuer.login = "nobody"
    assert through(visitor, issuer).status_code == 403


def test_without_an_issuer_there_is_no_way_there(small: Community) -> None:
    app = create_app(small.engine, WebSettings(session_secret=SECRET, https_only=False), lambda: small.now)
    assert TestClient(app, follow_redirects=False).get("/sign-on").status_code == 404


# -- signing out


def signed_out(visitor: Visitor) -> httpx.Response:
    return visitor.send("/account", "/sign-out")


def test_who_signs_out_signs_out_at_the_issuer_too(visitor: Visitor, issuer: Issuer, small: Community) -> None:
    through(visitor, issuer)
    with small.engine.context.store.reading() as records:
        (row,) = records.open_sessions("kari")
    answer = signed_out(visitor)
    assert answer.status_code == 303 and issuer.end(answer.headers["location"]) == AFTER
    assert issuer.ended == ["subject-1"]
    assert f"form-action 'self' {issuer.address}" in answer.headers["content-security-policy"]  # browsers hold to it
    assert visitor.client.get("/account").headers["location"].startswith("/sign-in")
    with small.engine.context.store.reading() as records:
        ended = records.session(row.id)
        assert records.open_sessions("kari") == [] and row.hint and ended and ended.hint is None


def test_a_session_that_was_locked_and_opened_signs_out_there_too(
    visitor: Visitor, issuer: Issuer, small: Community
) -> None:
    through(visitor, issuer)
    with small.engine.context.store.transaction() as records:
        (row,) = records.open_sessions("kari")
        sessions._renewed(records, row.id, "0" * 64, small.now)
    with small.engine.context.store.reading() as records:
        former, renewed = records.session(row.id), records.session("0" * 64)
    assert row.hint and row.hint.count(".") == 4 and row.hint not in repr(row)
    assert former and renewed and (former.hint, renewed.hint) == (None, row.hint)
    browser = SimpleNamespace(session={SESSION: "old", HINT_KEY: "k", "other": "x"})
    keep(browser, "new")  # type: ignore[arg-type]
    assert browser.session == {SESSION: "new", HINT_KEY: "k"}


def test_signing_out_here_works_while_the_issuer_is_away(visitor: Visitor, issuer: Issuer, small: Community) -> None:
    through(visitor, issuer)
    small.now += timedelta(hours=25)  # what it said of itself is asked for anew
    page = visitor.get("/sign-in")
    issuer.change_metadata = {"token_endpoint": None}
    answer = visitor.client.post("/sign-out", data={"form_token": hidden_fields(page)["form_token"]})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


@pytest.mark.parametrize("ends", ["no address there", "none to come back to", "a password"])
def test_without_a_place_to_sign_out_at_it_is_done_here(
    small: Community, issuer: Issuer, http: httpx.Client, ends: str
) -> None:
    issuer.ends = ends != "no address there"
    settings = WebSettings(session_secret=SECRET, https_only=False, sign_on_name="HelseID")
    known = agreed(issuer) if ends != "none to come back to" else replace(agreed(issuer), after_logout_url="")
    app = create_app(small.engine, settings, lambda: small.now, None, Client(known, http))
    visitor = Visitor(TestClient(app, follow_redirects=False))
    if ends == "a password":
        small.engine.grant_access_key("kari", "kari-access-key", small.now)
        visitor.sign_in("kari-access-key")
    else:
        through(visitor, issuer)
    assert signed_out(visitor).headers["location"] == "/sign-in"
    assert visitor.client.get("/account").headers["location"].startswith("/sign-in")


def test_a_hint_opens_by_its_own_key_alone() -> None:
    key, hint = sealed("header.claims.signature")
    other, _ = sealed("x")
    assert opened(hint, key) == "header.claims.signature"
    assert [opened(hint, other), opened(hint, ""), opened("", key), opened("x.y", key)] == [""] * 4
    assert sealed("x" * 10_000) == ("", "")
