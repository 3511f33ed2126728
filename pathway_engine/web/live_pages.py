"""The stream that tells an open list that it may have changed; it says nothing of anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from pathway_engine.service.news import Changes, Mark, Seen, read_mark
from pathway_engine.web.day_ports import Days
from pathway_engine.web.live import Watch
from pathway_engine.web.sessions import SignedIn

if TYPE_CHECKING:
    from pathway_engine.clock import Clock

router = APIRouter()


@router.get("/live")
async def live(request: Request, who: SignedIn, service: Days) -> Response:
    """Stream server-sent events for a minute; the browser then asks anew, as long as its session lives."""
    watch: Watch = request.app.state.watch
    if watch.is_full:
        return Response(status_code=503, headers={"Retry-After": "60"})
    since = read_mark(request.headers.get("last-event-id") or request.query_params.get("since", ""))
    clock: Clock = request.app.state.clock

    def look(since: Mark | None, seen: Seen | None) -> Changes:
        return service.changes(since, clock(), seen)

    return StreamingResponse(watch.told(who, since, look), media_type="text/event-stream")
