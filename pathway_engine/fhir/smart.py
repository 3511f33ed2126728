"""Where programs get their tokens, and where they learn of it: SMART Backend Services beside the resources."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from adapters.fhir.outcome import Json
from pathway_engine.domain.errors import StorageError
from pathway_engine.fhir import scopes
from pathway_engine.fhir.clients import ALGORITHMS
from pathway_engine.fhir.exchange import Served
from pathway_engine.fhir.granting import PATH, Form, Granting, NotGranted

CONFIGURATION = "/.well-known/smart-configuration"
FORM = "application/x-www-form-urlencoded"
LARGEST_FORM = 32 * 1024
MOST_FIELDS = 20
NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
SECURITY = (
    "SMART Backend Services: client credentials with private_key_jwt, see .well-known/smart-configuration; or a bearer "
    "key that the installation has given out. Identity numbers never stand in an address: POST [type]/_search."
)
SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"
OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
Address = Callable[[Request], str]


def routes(
    base: str, served: Iterable[Served], granting: Granting | None, clock: Callable[[], datetime], address: Address
) -> list[Route]:
    """Return the routes beside the resources that are *served*; without *granting* nobody gets a token."""

    async def told(_: Request) -> JSONResponse:
        return JSONResponse(configuration(base, served))

    async def token(request: Request) -> JSONResponse:
        return await _token(request, granting, address(request), clock())

    return [Route(CONFIGURATION, told, methods=["GET"]), Route(PATH, token, methods=["POST"])]


async def _token(request: Request, granting: Granting | None, address: str, now: datetime) -> JSONResponse:
    try:
        if granting is None:
            raise NotGranted("invalid_client", "No program is registered here.", 401)
        form = await _form(request)
        body, status = await run_in_threadpool(granting.grant, form, address, now), 200
    except NotGranted as error:
        body, status = {"error": error.error, "error_description": error.text}, error.status
    except StorageError:
        body, status = {"error": "temporarily_unavailable", "error_description": "Asking again soon is right."}, 503
    return JSONResponse(body, status, NOT_KEPT)


async def _form(request: Request) -> Form:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise NotGranted("invalid_request", f"Content-Type {FORM} would be right.")
    raw = b""
    async for part in request.stream():
        raw += part
        if len(raw) > LARGEST_FORM:
            raise NotGranted("invalid_request", f"At most {LARGEST_FORM} bytes would be right.")
    try:
        return parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise NotGranted("invalid_request", "A form in ASCII, escaped by percent signs, would be right.") from None


def configuration(base: str, served: Iterable[Served]) -> Json:
    """What a program must know to get a token for what is *served*."""
    return {
        "token_endpoint": base + PATH, "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "scopes_supported": [scopes.written(each.type, letters_of(each)) for each in served],
        "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
    }  # fmt: skip


def letters_of(served: Served) -> str:
    """Which letters a scope of the type may hold."""
    offered = {
        "c": served.create, "r": served.read, "u": served.update or served.patch, "d": served.delete,
        "s": served.find or served.every,
    }  # fmt: skip
    return "".join(letter for letter, handler in offered.items() if handler is not None)


def security(base: str = "") -> Json:
    """What the CapabilityStatement says of getting in; with *base* also where tokens are given."""
    uris = {"url": OAUTH_URIS, "extension": [{"url": "token", "valueUri": base + PATH}]}
    told: Json = {
        "cors": False, "service": [{"coding": [{"system": SERVICE, "code": "SMART-on-FHIR"}]}],
        "description": SECURITY,
    }  # fmt: skip
    return {"extension": [uris], **told} if base else told
