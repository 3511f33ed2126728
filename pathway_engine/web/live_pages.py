"""The stream that tells an open list that it may have changed; it says nothing of anybody."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from pathway_engine.web.day_ports import Days
from pathway_engine.web.live import Watch
from pathway_engine.web.sessions import SignedIn

router = APIRouter()


@router.get("/live")
async def live(request: Request, who: SignedIn, service: Days) -> Response:
    """Stream server-sent events for a minute; the browser then asks anew, as long as its session lives."""
    watch: Watch = request.app.state.watch
    if watch.is_full:
        return Response(status_code=503, headers={"Retry-After": "60"})
    known = request.headers.get("last-event-id") or request.query_params.get("since", "")
    since = int(known) if known.isascii() and known.isdigit() and len(known) < 16 else None
    return StreamingResponse(watch.told(who, since, service.changes), media_type="text/event-stream")
