"""An issuer of our own on this machine, as strict as the profile that the client is built for."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

REDIRECT = "https://pages.example/sign-on/back"
AFTER = "https://pages.example/sign-in"


@dataclass
class Issuer:
    """What it says, and what it was asked; `change_claims` and the like make it an issuer that errs."""

    now: datetime
    client_key: ECKey
    par: bool = True
    dpop: bool = True
    ends: bool = True
    wants_nonce: bool = False
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", parameters={"kid": "k1", "alg": "ES256"}))
    address: str = ""
    asked: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    pushed: dict[str, dict[str, str]] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    jtis: set[str] = field(default_factory=set)
    change_metadata: dict[str, Any] = field(default_factory=dict)
    change_claims: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[Issuer, dict[str, Any]], str] | None = None
    subject: str = "subject-1"
    login: str = "kari"

    # -- what it answers

    def metadata(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "issuer": self.address, "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token", "jwks_uri": f"{self.address}/jwks",
            "authorization_response_iss_parameter_supported": True,
        }  # fmt: skip
        if self.ends:
            told["end_session_endpoint"] = f"{self.address}/end"
        if self.par:
            told["pushed_authorization_request_endpoint"] = f"{self.address}/par"
        if self.dpop:
            told["dpop_signing_alg_values_supported"] = ["ES256"]
        told.update(self.change_metadata)
        return {name: value for name, value in told.items() if value is not None}

    def answer(self, method: str, path: str, form: dict[str, str], proof: str) -> tuple[int, Any, dict[str, str]]:
        self.asked.append(f"{method} {path}")
        match path:
            case "/.well-known/openid-configuration":
                return 200, self.metadata(), {}
            case "/jwks":
                return 200, {"keys": [self.key.as_dict(private=False)]}, {}
            case "/par":
                return self._pushed(form)
            case "/token":
                return self._token(form, proof)
            case _:
                return 404, {}, {}

    def _pushed(self, form: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        if not self._is_client(form):
            return 401, {"error": "invalid_client"}, {}
        name = f"urn:{secrets.token_urlsafe(8)}"
        self.pushed[name] = form
        return 201, {"request_uri": name, "expires_in": 60}, {}

    def authorize(self, address: str) -> dict[str, str]:
        """Do what a browser and its person do at the issuer; return what is brought back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        if self.par:
            assert set(asked) == {"client_id", "request_uri"}, "only the name of the pushed request is in the address"
            asked = self.pushed.pop(asked["request_uri"])
        assert asked["code_challenge_method"] == "S256" and asked["response_type"] == "code"
        assert asked["redirect_uri"] == REDIRECT
        code = secrets.token_urlsafe(12)
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.address}

    def end(self, address: str) -> str:
        """Do what a browser does that is sent to sign out; return where it is sent on to."""
        parts = urlsplit(address)
        assert parts.path == "/end" and address.startswith(self.address)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert asked["client_id"] == "client-1" and asked["post_logout_redirect_uri"] == AFTER
        if "id_token_hint" in asked:
            claims = jwt.decode(asked["id_token_hint"], self.key).claims
            assert claims["aud"] == "client-1"
            self.ended.append(claims["sub"])
        return asked["post_logout_redirect_uri"]

    def _token(self, form: dict[str, str], proof: str) -> tuple[int, Any, dict[str, str]]:
        if not self._is_client(form):
            return 401, {"error": "invalid_client"}, {}
        if self.dpop:
            refused = self._refused_proof(proof)
            if refused:
                return 400, {"error": refused}, {"DPoP-Nonce": "n-1"} if refused == "use_dpop_nonce" else {}
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge or form["redirect_uri"] != REDIRECT:
            return 400, {"error": "invalid_grant"}, {}
        at = int(self.now.timestamp())
        claims = {
            "iss": self.address, "aud": "client-1", "sub": self.subject, "iat": at, "exp": at + 300,
            "nonce": asked["nonce"], "login": self.login, **self.change_claims,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        token = self.sign(self, claims) if self.sign else self.signed(claims)
        return 200, {"id_token": token, "access_token": "a", "token_type": "DPoP" if self.dpop else "Bearer"}, {}

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key)

    def _is_client(self, form: dict[str, str]) -> bool:
        """private_key_jwt: signed by the client's key, for this issuer, once."""
        told = jwt.decode(form.get("client_assertion", ""), self.client_key, algorithms=["ES256"])
        claims, at = told.claims, self.now.timestamp()
        is_fresh = claims["jti"] not in self.jtis and at < claims["exp"] <= at + 60
        self.jtis.add(claims["jti"])
        names = claims["iss"] == claims["sub"] == form["client_id"] == "client-1"
        return is_fresh and names and claims["aud"] == self.address

    def _refused_proof(self, proof: str) -> str:
        if not proof:
            return "invalid_dpop_proof"
        from joserfc.jws import extract_compact

        header = extract_compact(proof.encode()).headers()
        told = jwt.decode(proof, ECKey.import_key(header["jwk"]), algorithms=["ES256"])
        claims = told.claims
        fits = (header["typ"], claims["htm"], claims["htu"]) == ("dpop+jwt", "POST", f"{self.address}/token")
        if not fits or "d" in header["jwk"] or claims["jti"] in self.jtis:
            return "invalid_dpop_proof"
        self.jtis.add(claims["jti"])
        return "use_dpop_nonce" if self.wants_nonce and claims.get("nonce") != "n-1" else ""


@contextmanager
def served(issuer: Issuer) -> Iterator[Issuer]:
    """Let it listen on this machine alone."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"])).decode()
            self._answer({name: values[0] for name, values in parse_qs(raw).items()})

        def _answer(self, form: dict[str, str]) -> None:
            status, told, headers = issuer.answer(
                self.command, urlsplit(self.path).path, form, self.headers.get("dpop", "")
            )
            body = json.dumps(told).encode()
            self.send_response(status)
            for name, value in {
                "content-type": "application/json",
                "content-length": f"{len(body)}",
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    issuer.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def signed_with_a_shared_secret(issuer: Issuer, claims: dict[str, Any]) -> str:
    """The issuer's public key as a shared secret: the old confusion of algorithms."""
    secret = OctKey.import_key(issuer.key.as_pem(private=False))
    return jwt.encode({"alg": "HS256", "kid": "k1"}, claims, secret, algorithms=["HS256"])


def unsigned(issuer: Issuer, claims: dict[str, Any]) -> str:
    """A token of the algorithm none."""
    parts = ({"alg": "none", "kid": "k1"}, claims)
    return ".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."


def signed_by_another(issuer: Issuer, claims: dict[str, Any]) -> str:
    """A key of the same name that is not the issuer's."""
    other = ECKey.generate_key("P-256", parameters={"kid": "k1"})
    return jwt.encode({"alg": "ES256", "kid": "k1"}, claims, other)


__all__ = ["Issuer", "served", "signed_by_another", "signed_with_a_shared_secret", "unsigned"]
