"""Emergency access (blålys): a number, a reason, and a warning that others are told at once."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pathway_engine.domain.errors import InvalidIdentityNumber, UnknownPatient
from pathway_engine.domain.identifiers import NationalIdentityNumber
from pathway_engine.service.access.emergency import REASONS
from pathway_engine.service.access.errors import AccessRefused
from pathway_engine.web.pages import page
from pathway_engine.web.rights import roles_of
from pathway_engine.web.sessions import Form, Now, Service, SignedIn

router = APIRouter()
PATIENT_PAGE = "/patients/{patient_id}"


@router.get("/emergency")
def emergency_page(request: Request, _who: SignedIn) -> HTMLResponse:
    """Show what is asked, and who will be told."""
    return _asked(request, {}, "")


@router.post("/emergency")
def begin_emergency(request: Request, who: SignedIn, form: Form, service: Service, now: Now) -> Response:
    """Give access for a while and lead to the patient, or say what would be right."""
    try:
        number = NationalIdentityNumber("".join(form.get("number", "").split()))
        found = service.access.begin_emergency(who, number, form.get("reason", ""), form.get("words", ""), now)
    except InvalidIdentityNumber:
        return _asked(request, form, "emergency.number")
    except UnknownPatient:
        return _asked(request, form, "emergency.unknown")
    except AccessRefused as refused:
        return _asked(request, form, refused.text)
    return RedirectResponse(f"/emergency/{found.patient_id}", 303)


@router.get("/emergency/{patient_id}")
def opened_page(request: Request, patient_id: str, who: SignedIn, service: Service, now: Now) -> HTMLResponse:
    """Show whose patient it is, and until when the access holds."""
    found = service.access.emergency(who, patient_id, now)
    leads_on = bool(roles_of("GET", PATIENT_PAGE) & set(who.roles))
    return page(request, "access_emergency_open.html", found=found, leads_on=leads_on)


def _asked(request: Request, form: dict[str, str], wrong: str) -> HTMLResponse:
    kept = {name: form.get(name, "") for name in ("reason", "words")}
    return page(request, "access_emergency.html", 422 if wrong else 200, kept=kept, wrong=wrong, reasons=REASONS)
