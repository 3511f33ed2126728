"""Messages over HTTP: who sends one with a key of its own gets its acknowledgement as the answer, after the commit."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from pathway_engine.service.receiving import Incoming, Received

router = APIRouter()
PATH = "/messages"
BOUNDARY = "pathway-engine-receipts"
ANYBODY = "*"
"""A key of this name may bring messages of every sender, as an integration engine does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDoor:
    """How messages come in over HTTP.

    `keys` maps the SHA-256 of each key, in hex, to the id of the sender whose it is, or to ``*``. Without any
    nobody is let in. `families` maps content types to channels. `sender_of` tells from a channel's name and
    a message's bytes the id of the sender that it names, empty for one that is not known, or None when it
    names nobody. `receive` stores and applies; it raises StorageError.
    `answers_in` parts an answer that is several; they go out as the parts of one multipart body.
    """

    receive: Callable[[Incoming, datetime], Received]
    sender_of: Callable[[str, bytes], str | None]
    families: Mapping[str, str]
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    max_bytes: int = 25 * 1024 * 1024
    answers_in: Callable[[str, bytes], list[bytes]] = lambda family, answer: [answer]

    def holder(self, authorization: str) -> str | None:
        """Whose key the request came with; None when it is nobody's. Every key is looked at, found or not."""
        scheme, _, key = authorization.partition(" ")
        digest = hashlib.sha256(key.strip().encode("utf-8", "replace")).hexdigest()
        found = [name for known, name in self.keys.items() if hmac.compare_digest(known, digest)]
        return found[0] if found and scheme.lower() == "bearer" else None


@router.post(PATH)
async def post_message(request: Request) -> Response:
    """Take one message: its bytes are the body, its family the content type.

    Answers 200 with the acknowledgement or receipts, 204 when the message wants none, and 202 when it is stored
    and will be applied later. 401, 403, 413 and 415 say what would be right; with 503 nothing was stored.
    """
    door: MessageDoor | None = request.app.state.door
    holder = door.holder(request.headers.get("authorization", "")) if door else None
    if door is None or holder is None:
        return _refused(401, "a bearer key of a sender would be right", {"WWW-Authenticate": "Bearer"})
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    family = door.families.get(content_type)
    if family is None:
        return _refused(415, f"would be right: {', '.join(door.families)}")
    raw = await _body(request, door.max_bytes)
    if raw is None:
        return _refused(413, f"at most {door.max_bytes} bytes would be right", {"Connection": "close"})
    if not raw.strip():
        return _refused(400, "a message in the body would be right")
    if holder != ANYBODY and door.sender_of(family, raw) not in (holder, None):
        return _refused(403, "the message names another sender than the key's; its own key would be right")
    now: datetime = request.app.state.clock()
    peer = request.client.host if request.client else ""
    received = await run_in_threadpool(door.receive, Incoming(raw, family, f"http:{peer}"), now)
    return _answered(received, content_type, door.answers_in)


async def _body(request: Request, most: int) -> bytes | None:
    """The body; None as soon as it is known to be too large, so that no more of it is kept."""
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told[:15]) > most:
        return None
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            return None
        parts.append(part)
    return b"".join(parts)


def _answered(received: Received, content_type: str, answers_in: Callable[[str, bytes], list[bytes]]) -> Response:
    if received.disposition is None:
        return Response(status_code=202)
    answers = [] if received.answer is None else answers_in(received.channel, received.answer)
    if not answers:
        return Response(status_code=204)
    if len(answers) == 1:
        return Response(answers[0], 200, media_type=content_type)
    head = f"--{BOUNDARY}\r\nContent-Type: {content_type}\r\n\r\n".encode()
    parts = b"".join(head + each + b"\r\n" for each in answers)
    return Response(
        parts + f"--{BOUNDARY}--\r\n".encode(), 200, {"Content-Type": f"multipart/mixed; boundary={BOUNDARY}"}
    )


def _refused(status: int, right: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": f"{status}", "right": right}, status, headers)
