"""A registered program gets a token by an assertion that it signed itself; nothing else gets one."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from starlette.applications import Starlette

from pathway_engine.fhir.app import create_fhir_app
from pathway_engine.fhir.callers import callers
from pathway_engine.fhir.clients import Client, FixedKeys, read_keys
from pathway_engine.fhir.granting import Granting
from pathway_engine.fhir.tokens import Tokens
from tests.fhir.conftest import BASE
from tests.fhir.programs import Program, send
from tests.service.community import Community
from tests.web.visitor import SECRET, TestClient

ADDRESS = f"{BASE}/auth/token"


@dataclass
class House:
    """A face that knows one program, which sees with Kari's eyes."""

    community: Community
    program: Program = field(default_factory=lambda: Program("epj"))
    scopes: frozenset[str] = frozenset({"system/Task.rs", "system/Patient.r"})

    def __post_init__(self) -> None:
        client = Client(
            client_id="epj", name="EPJ", person="kari", scopes=self.scopes,
            keys=FixedKeys(read_keys(self.program.jwks)),
        )  # fmt: skip
        self.clients = {"epj": client}
        self.face = TestClient(self.app())

    def app(self, secret: str = SECRET, tenant: str = "default", base: str = BASE) -> Starlette:
        """The face as another process would have it."""
        engine, tokens = self.community.engine, Tokens(secret, tenant, base)
        granting = Granting(engine.context, self.clients, tokens, base)
        return create_fhir_app(
            engine.context, callers(engine, self.clients, tokens), lambda: self.community.now, base, secret, granting
        )

    def read(self, token: str, path: str = "/Task/none") -> int:
        answer = self.face.get(path, headers={"Authorization": f"Bearer {token}"})
        return int(answer.status_code)

    def refused(self, answer: Any) -> tuple[int, str]:
        assert answer.headers["Cache-Control"] == "no-store"
        told = answer.json()
        assert set(told) == {"error", "error_description"}
        return answer.status_code, told["error"]


@pytest.fixture
def house(community: Community) -> House:
    return House(community)


def test_a_proven_program_gets_a_token_and_reads_with_it(house: House) -> None:
    house.community.brought_home()
    task = house.community.list_of("kari")["HPH2"]
    answer = house.program.ask(house.face, house.community.now, "system/*.rs")
    told = answer.json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("bearer", 300, "system/Patient.r system/Task.rs")
    assert answer.headers["Cache-Control"] == "no-store"
    assert house.read(told["access_token"], f"/Task/{task.id}") == 200


@pytest.mark.parametrize(
    ("alg", "key"),
    [
        ("RS384", RSAKey.generate_key(2048, parameters={"kid": "r"})),
        ("RS256", RSAKey.generate_key(2048, parameters={"kid": "r"})),
        ("PS256", RSAKey.generate_key(2048, parameters={"kid": "r"})),
        ("ES256", ECKey.generate_key("P-256", parameters={"kid": "e"})),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_other_algorithms_with_public_keys_are_taken(community: Community, alg: str, key: ECKey | RSAKey) -> None:
    house = House(community, Program("epj", key, alg))
    assert house.program.ask(house.face, community.now).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": BASE}, {"aud": ADDRESS + "/"}, {"aud": [ADDRESS, "https://other.example"]}, {"aud": None},
        {"iss": "other"}, {"sub": "other"}, {"sub": None},
        {"exp": None}, {"exp": "soon"}, {"exp": True}, {"exp": 0},
        {"jti": None}, {"jti": ""}, {"jti": 7}, {"jti": "x" * 256},
        {"nbf": 4_102_444_800}, {"iat": 4_102_444_800}, {"iat": "now"},
    ],
    ids=str,
)  # fmt: skip
def test_claims_that_are_not_for_this_house_and_these_minutes_are_refused(
    house: House, changes: dict[str, Any]
) -> None:
    answer = house.program.ask(house.face, house.community.now, **changes)
    assert house.refused(answer) == (401, "invalid_client")


@pytest.mark.parametrize(("seconds", "status"), [(0, 401), (1, 200), (300, 200), (301, 401)])
def test_an_assertion_is_good_for_five_minutes_at_most(house: House, seconds: int, status: int) -> None:
    at = int(house.community.now.timestamp()) + seconds
    assert house.program.ask(house.face, house.community.now, exp=at).status_code == status


def test_an_assertion_is_taken_once_also_by_another_process(house: House) -> None:
    """Mutant: what was used is kept in the process."""
    assertion = house.program.signed(house.program.claims(house.community.now, ADDRESS))
    assert send(house.face, assertion).status_code == 200
    other = TestClient(house.app())
    assert [house.refused(send(each, assertion)) for each in (house.face, other)] == [(401, "invalid_client")] * 2


def test_used_assertions_are_kept_as_long_as_they_could_be_used(house: House) -> None:
    """Others that are used in the meantime do not let them be forgotten."""
    now = house.community.now
    claims = house.program.claims(now, ADDRESS, exp=int(now.timestamp()) + 300)
    used = house.program.signed(claims)
    assert send(house.face, used).status_code == 200
    house.community.now += timedelta(minutes=4)
    assert house.program.ask(house.face, house.community.now).status_code == 200
    assert send(house.face, used).status_code == 401
    house.community.now += timedelta(minutes=15)
    assert house.program.ask(house.face, house.community.now).status_code == 200
    with house.community.engine.context.store.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT count(*) FROM result").scalar()
    assert kept == 1, "what is out of date is not kept"


def unsigned(*parts: dict[str, Any]) -> str:
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)


def signed_with_a_shared_secret(secret: bytes, claims: dict[str, Any]) -> str:
    """The program's public key as a shared secret: the old confusion of algorithms."""
    said = unsigned({"alg": "HS256", "kid": "k1"}, claims)
    signature = base64.urlsafe_b64encode(hmac.digest(secret, said.encode(), "sha256")).rstrip(b"=")
    return f"{said}.{signature.decode()}"


def forged(house: House) -> Iterator[str]:
    """Assertions that the program did not sign, each with all the right claims."""
    program, now = house.program, house.community.now

    def claims() -> dict[str, Any]:
        return program.claims(now, ADDRESS)

    yield Program("epj").signed(claims())  # another's key of the same name
    yield unsigned({"alg": "none", "kid": "k1"}, claims()) + "."
    yield signed_with_a_shared_secret(program.key.as_pem(private=False), claims())
    own = ECKey.generate_key("P-384", parameters={"kid": "k2"})
    yield Program("epj", own).signed(claims(), jwk=own.as_dict(private=False))  # brings its key along
    yield Program("epj", own).signed(claims(), kid="k1")
    yield program.signed(claims(), kid=None)
    yield program.signed(claims(), kid="k9")
    yield program.signed(claims(), typ="at+jwt")
    yield program.signed(claims())[:-8] + "AAAAAAAA"
    yield "a.b.c"
    yield "[]"
    yield ""


def test_what_the_program_did_not_sign_is_refused(house: House) -> None:
    answers = [house.refused(send(house.face, each)) for each in forged(house)]
    assert answers == [(401, "invalid_client")] * len(answers)


def test_an_unknown_program_is_refused(house: House) -> None:
    answer = Program("stranger", house.program.key).ask(house.face, house.community.now)
    assert house.refused(answer) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "authorization_code"}, (400, "unsupported_grant_type")),
        ({"grant_type": ""}, (400, "unsupported_grant_type")),
        ({"client_assertion_type": "jwt"}, (401, "invalid_client")),
        ({"client_id": "other"}, (401, "invalid_client")),
        ({"scope": ""}, (400, "invalid_scope")),
        ({"scope": "system/Encounter.c"}, (400, "invalid_scope")),
        ({"scope": "patient/Task.rs user/*.rs openid"}, (400, "invalid_scope")),
    ],
)
def test_what_else_is_wrong_is_told_in_the_words_of_oauth(
    house: House, form: dict[str, str], error: tuple[int, str]
) -> None:
    assertion = house.program.signed(house.program.claims(house.community.now, ADDRESS))
    assert house.refused(send(house.face, assertion, **form)) == error


def test_a_body_that_is_no_form_is_refused(house: House) -> None:
    assert house.refused(house.face.post("/auth/token", json={})) == (400, "invalid_request")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    twice = b"grant_type=client_credentials&grant_type=client_credentials"
    assert house.refused(house.face.post("/auth/token", content=twice, headers=form)) == (400, "invalid_request")
    large = b"scope=" + b"x" * 40_000
    assert house.refused(house.face.post("/auth/token", content=large, headers=form)) == (400, "invalid_request")


# -- the token itself


def test_a_token_is_good_for_five_minutes(house: House) -> None:
    token = house.program.token(house.face, house.community.now)
    house.community.now += timedelta(minutes=5) - timedelta(seconds=1)
    assert house.read(token) == 404
    house.community.now += timedelta(seconds=1)
    assert house.read(token) == 401


def test_a_token_holds_in_every_process_of_the_house_and_in_no_other(house: House) -> None:
    now = house.community.now
    token = house.program.token(house.face, now)
    same = {"Authorization": f"Bearer {token}"}
    others = [
        house.app(),
        house.app(secret="another secret of at least thirty-two characters"),
        house.app(tenant="south"),
        house.app(base="http://other.example"),
    ]
    statuses = [TestClient(each).get("/Task/none", headers=same).status_code for each in others]
    assert statuses == [404, 401, 401, 401]


def test_what_is_taken_away_from_a_program_is_gone_at_once(house: House) -> None:
    token = house.program.token(house.face, house.community.now)
    house.clients["epj"] = replace(house.clients["epj"], scopes=frozenset({"system/Patient.r"}))
    assert house.read(token) == 403
    del house.clients["epj"]
    assert house.read(token) == 401


def test_an_assertion_is_no_token(house: House) -> None:
    assertion = house.program.signed(house.program.claims(house.community.now, BASE, client_id="epj", scope="x"))
    assert house.read(assertion) == 401
    session = jwt.encode({"alg": "HS256"}, {"client_id": "epj"}, OctKey.import_key(SECRET), algorithms=["HS256"])
    assert house.read(session) == 401


def test_who_has_no_token_is_told_how_to_get_one(house: House) -> None:
    answer = house.face.get("/Task/none")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="fhir"')
    told = house.face.get("/.well-known/smart-configuration").json()
    assert told["token_endpoint"] == ADDRESS
    assert "RS384" in told["token_endpoint_auth_signing_alg_values_supported"]
    assert "HS256" not in told["token_endpoint_auth_signing_alg_values_supported"]


def test_guessing_takes_longer_and_longer(house: House) -> None:
    """Thirty keys that are nobody's are free; then one waits, also with a right one."""
    community = house.community
    community.engine.grant_access_key("kari", "k" * 40, community.now)
    statuses = [house.read(f"guess-{number}") for number in range(32)]
    assert statuses == [401] * 30 + [429] * 2
    assert house.read("k" * 40) == 429
    assert house.refused(house.program.ask(house.face, community.now)) == (429, "invalid_client")
    community.now += timedelta(minutes=2)
    assert house.read("k" * 40) == 404
    assert house.program.ask(house.face, community.now).status_code == 200


def test_tokens_given_and_refused_are_on_record(house: House) -> None:
    house.program.token(house.face, house.community.now)
    Program("stranger").ask(house.face, house.community.now)
    with house.community.engine.context.store.reading() as records:
        rows = records.audit(limit=2)
    assert [(row.actor, row.action, row.outcome) for row in rows] == [
        ("unknown", "token refused", "refused"), ("epj", "token given", "ok"),
    ]  # fmt: skip


def test_no_secret_is_shown_by_what_holds_it(house: House) -> None:
    tokens = Tokens(SECRET, "default", BASE)
    granting = Granting(house.community.engine.context, house.clients, tokens, BASE)
    shown = repr(granting) + repr(tokens) + repr(house.clients["epj"]) + repr(callers(house.community.engine))
    assert SECRET not in shown and str(house.program.jwks["keys"][0]["x"]) not in shown and "OctKey" not in shown
