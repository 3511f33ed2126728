"""Meld fra: what no message tells of a patient, told on the patient's own page by those who know of it."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from pathway_engine.domain.errors import NotPermitted
from pathway_engine.service.told_by_hand import Telling, WrongTelling
from pathway_engine.web.board_pages import Boards
from pathway_engine.web.errors import PageError
from pathway_engine.web.language import read_moment
from pathway_engine.web.notices import leave_notice
from pathway_engine.web.patient_pages import shown_patient
from pathway_engine.web.sessions import Form, Now, SignedIn

router = APIRouter()
_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


@router.post("/patients/{patient_id}/told")
def tell(request: Request, patient_id: str, who: SignedIn, form: Form, service: Boards, now: Now) -> Response:
    """Put it on the patient's log and show the patient again, or show what must be put right."""
    service.patient(who, patient_id, now)  # a foreign one looks like a missing one, whatever the form says
    if not _KEY.fullmatch(form.get("key", "")):
        raise PageError(400)
    try:
        given = Telling(
            patient_id=patient_id, event=form.get("event", ""), at=read_moment(form.get("at", "")), key=form["key"]
        )
        service.tell(who, given, now)
    except ValueError:
        return shown_patient(request, patient_id, who, service, now, form, ("at",))
    except WrongTelling as wrong:
        return shown_patient(request, patient_id, who, service, now, form, wrong.fields)
    except NotPermitted:
        raise PageError(403) from None
    leave_notice(request, "board_done.told")
    return RedirectResponse(f"/patients/{patient_id}", 303)
