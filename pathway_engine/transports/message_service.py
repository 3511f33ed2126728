"""A client of the health net's message service (REST, "EDI 2.0", version 2): post, list, fetch, mark as read.

Each call is one connection that gives up by itself. The service knows messages by ids of its own; inside each
is the business document with its own id, which stays the same however often it is posted.
"""

from __future__ import annotations

import base64
import json
import re
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from pathway_engine.domain.errors import PathwayEngineError
from pathway_engine.service.outward import Letter, Refused, Sent

VERSION = "2"
SOURCE = "pathway-engine"
MOST_UNREAD = 100
MAX_ANSWER_BYTES = 50 * 1024 * 1024
"""The most that is read of an answer: 35 MB of message, in base64."""
ID = re.compile(r"[0-9A-Fa-f-]{36}")
XML = "xml"
CHUNK_BYTES = 64 * 1024


class MessageServiceError(PathwayEngineError):
    """The message service did not do what was asked; the next try may be luckier."""


class MessageServiceRefusal(MessageServiceError):
    """The message service says that this is wrong and will stay so. `code` is its own code for why."""

    def __init__(self, code: str) -> None:
        super().__init__(f"The message service refused: {code}.")
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageService:
    """Where the service is and who asks. *token* gives a bearer token that is valid now, each time anew.

    Nothing may be silent for `timeout_seconds`, and an answer may take `whole_seconds`.
    """

    url: str
    token: Callable[[], str]
    source: str = SOURCE
    timeout_seconds: float = 30.0
    whole_seconds: float = 60.0
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A message that waits at the service for the HER-id *receiver*; `is_receipt` when it says so of itself."""

    id: str
    receiver: int
    document_id: str = ""
    is_receipt: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """How far a message has come with one receiver: transport, and the receipt's word as far as it has come."""

    receiver: int
    transport: str
    receipt: str | None


def unread(service: MessageService, receivers: Sequence[int], most: int = MOST_UNREAD) -> list[Unread]:
    """Return the oldest messages that *receivers* have not read. Raises MessageServiceError."""
    asked: list[tuple[str, object]] = [("ReceiverHerIds", her_id) for her_id in receivers]
    asked += [("IncludeMetadata", "true"), ("MessagesToFetch", most), ("OrderBy", "Ascending")]
    told = _asked(service, "GET", f"/Messages?{urlencode(asked)}")
    return [_unread(each) for each in _list(told)]


def document(service: MessageService, message_id: str) -> bytes:
    """Return the business document of a message. Raises MessageServiceError."""
    told = _table(_asked(service, "GET", f"/Messages/{_id(message_id)}/business-document"))
    if str(told.get("contentTransferEncoding")).lower() != "base64":
        raise MessageServiceError("The message service sent a document that is not base64.")
    try:
        return base64.b64decode(str(told.get("businessDocument")), validate=True)
    except ValueError:
        raise MessageServiceError("The message service sent a document that is not base64.") from None


def post(service: MessageService, raw: bytes) -> str:
    """Post a business document, XML in UTF-8, and return the service's id of it. Raises MessageServiceError."""
    body = {
        "businessDocument": base64.b64encode(raw).decode("ascii"), "contentType": "application/xml",
        "contentTransferEncoding": "base64",
    }  # fmt: skip
    return str(_asked(service, "POST", "/Messages", body))


def mark_read(service: MessageService, message_id: str, receiver: int) -> None:
    """Say that *receiver* has the message. Raises MessageServiceError."""
    _asked(service, "PUT", f"/Messages/{_id(message_id)}/read/{receiver}")


def statuses(service: MessageService, message_id: str) -> list[Status]:
    """Return how far a message has come, for each receiver. Raises MessageServiceError."""
    told = _list(_asked(service, "GET", f"/Messages/{_id(message_id)}/status"))
    return [
        Status(_number(each, "receiverHerId"), str(each["transportDeliveryState"]), _receipt(each)) for each in told
    ]


def receipts(service: MessageService, message_id: str) -> dict[int, str | None]:
    """Return by receiver what its receipt for the message says: Ok, Rejected, or None for none yet."""
    told = _list(_asked(service, "GET", f"/Messages/{_id(message_id)}/apprec"))
    return {_number(each, "receiverHerId"): _receipt(each) for each in told}


class MessageServiceTransport:
    """The service as the way out. What it refuses for good is refused; anything else is tried again.

    A post whose answer is lost is posted again with the same document id: its receiver takes it once.
    """

    def __init__(self, service: MessageService) -> None:
        self._service = service

    def send(self, letter: Letter) -> Sent | Refused:
        """Post the letter. Raises MessageServiceError or OSError when that failed, or nobody knows."""
        if letter.suffix != XML:
            return Refused("NotXml")
        try:
            post(self._service, letter.raw)
        except MessageServiceRefusal as refusal:
            return Refused(refusal.code)
        return Sent(awaits_receipt=True)


# -- asking


def _asked(service: MessageService, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
    headers = {
        "Authorization": f"Bearer {service.token()}", "api-version": VERSION, "nhn-source-system": service.source,
        "Accept": "application/json",
    }  # fmt: skip
    raw = None if body is None else json.dumps(body).encode()
    if raw is not None:
        headers["Content-Type"] = "application/json"
    connection = _connection(service)
    try:
        connection.request(method, urlsplit(service.url).path.rstrip("/") + path, raw, headers)
        answer = connection.getresponse()
        return _understood(answer.status, _read(answer, service.whole_seconds))
    except (OSError, HTTPException) as lost:
        raise MessageServiceError(f"The message service does not answer ({type(lost).__name__}).") from None
    finally:
        connection.close()


def _read(answer: HTTPResponse, seconds: float) -> bytes:
    """The answer's body, as far as it is taken; one that only trickles is given up."""
    parts, size, until = [], 0, time.monotonic() + seconds
    while size <= MAX_ANSWER_BYTES and (part := answer.read1(CHUNK_BYTES)):
        parts.append(part)
        size += len(part)
        if time.monotonic() > until:
            raise TimeoutError
    return b"".join(parts)


def _connection(service: MessageService) -> HTTPConnection:
    parts = urlsplit(service.url)
    host, timeout = parts.hostname or "", service.timeout_seconds
    if parts.scheme == "https":
        return HTTPSConnection(host, parts.port, timeout=timeout, context=service.tls or ssl.create_default_context())
    return HTTPConnection(host, parts.port, timeout=timeout)


def _understood(status: int, raw: bytes) -> Any:
    """The answer's content; an error's own text is not repeated, since it may quote the message."""
    if len(raw) > MAX_ANSWER_BYTES:
        raise MessageServiceError("The message service's answer is larger than is taken.")
    told = _json(raw)
    if status in (200, 201, 204):
        return told
    code = told.get("errorCode") if isinstance(told, dict) else None
    word = f"HTTP{status}" + (f":{code}" if isinstance(code, int) else "")
    if status in (400, 404, 413):
        raise MessageServiceRefusal(word)
    raise MessageServiceError(f"The message service answered {word}.")


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw.strip() else None
    except ValueError:
        return None


def _list(told: Any) -> list[dict[str, Any]]:
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        raise MessageServiceError("The message service answered something else than a list.")
    return told


def _table(told: Any) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise MessageServiceError("The message service answered something else than was asked for.")
    return told


def _unread(told: Mapping[str, Any]) -> Unread:
    return Unread(
        _id(str(told.get("id"))), _number(told, "receiverHerId"), str(told.get("businessDocumentId") or ""),
        bool(told.get("isAppRec")),
    )  # fmt: skip


def _number(told: Mapping[str, Any], key: str) -> int:
    value = told.get(key)
    if not isinstance(value, int):
        raise MessageServiceError(f"The message service's answer has no {key}.")
    return value


def _receipt(told: Mapping[str, Any]) -> str | None:
    value = told.get("appRecStatus")
    return None if value is None else str(value)


def _id(text: str) -> str:
    """An id becomes part of an address only when it is nothing but an id."""
    if not ID.fullmatch(text):
        raise MessageServiceError("The message service's answer has an id that is no UUID.")
    return quote(text)
