"""The calendar feed: a secret address a person, behind which a telephone's calendar finds windows without a name."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from icalendar import Calendar, Event
from starlette.responses import HTMLResponse, Response

from pathway_engine.service.feeds import Appointment
from pathway_engine.web.day_ports import Days
from pathway_engine.web.errors import PageError
from pathway_engine.web.language import Language, local_day
from pathway_engine.web.pages import language_of, page
from pathway_engine.web.sessions import Form, Now, SignedIn

router = APIRouter()

_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""What no calendar may hold."""
ASK_AGAIN = timedelta(hours=1)


@router.get("/calendar")
def calendar_page(request: Request, who: SignedIn, service: Days) -> HTMLResponse:
    """Show whether a calendar is open, and let one be made or ended."""
    return page(request, "day_calendar.html", has=service.has_feed(who), address="", ended=False)


@router.post("/calendar")
def change_calendar(request: Request, form: Form, who: SignedIn, service: Days, now: Now) -> HTMLResponse:
    """Make a new address, shown this once, or end the one that there is."""
    if form.get("act") == "end":
        service.end_feed(who, now)
        return page(request, "day_calendar.html", has=False, address="", ended=True)
    key = secrets.token_urlsafe(32)
    service.new_feed(who, key, now)
    scheme = "https" if request.app.state.settings.https_only else request.url.scheme
    address = f"{scheme}://{request.url.netloc}/calendar/{key}.ics"
    return page(request, "day_calendar.html", has=True, address=address, ended=False)


@router.get("/calendar/{key}.ics")
def calendar_feed(request: Request, key: str, service: Days, now: Now) -> Response:
    """Give the calendar behind *key*; one that opens nothing looks like any page that is not there."""
    found = service.feed(key, now) if _KEY.fullmatch(key) else None
    if found is None:
        raise PageError(404)
    return Response(calendar_of(found, now, language_of(request)), media_type="text/calendar; charset=utf-8")


def calendar_of(appointments: list[Appointment], now: datetime, say: Language) -> bytes:
    """Return the feed as iCalendar (RFC 5545): a whole-day event for each window, with the step's title alone."""
    calendar = Calendar()
    for name, value in {"prodid": "-//Pathway Engine//Min dag//NO", "version": "2.0", "method": "PUBLISH",
                        "x-wr-calname": say("calendar.name")}.items():  # fmt: skip
        calendar.add(name, value)
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"value": "DURATION"})
    for each in appointments:
        calendar.add_component(_event(each, now, say))
    return bytes(calendar.to_ical())


def _event(each: Appointment, now: datetime, say: Language) -> Event:
    event = Event()
    first, last = local_day(each.opens_at), local_day(each.due_at - timedelta(seconds=1))
    event.add("uid", f"{each.id}@pathway-engine")
    event.add("summary", _UNPRINTABLE.sub("\ufffd", say.pick(each.title).replace("\r\n", "\n").replace("\r", "\n")))
    event.add("description", say("calendar.open"))
    event.add("dtstart", min(first, last))
    event.add("dtend", last + timedelta(days=1))
    event.add("dtstamp", now)
    event.add("sequence", each.version)
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    return event
