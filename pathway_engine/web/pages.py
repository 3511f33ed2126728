"""A page is a template, a language and what the reader may see; nothing else reaches the browser."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pathway_engine.language.findings import without_identity_numbers
from pathway_engine.language.starring import starred
from pathway_engine.web.language import LANGUAGES, Language, language
from pathway_engine.web.menu import menu_of
from pathway_engine.web.rights import home_of
from pathway_engine.web.sessions import form_token

HERE = Path(__file__).parent
STATIC = HERE / "static"
LANGUAGE_COOKIE = "language"
ONE_YEAR = int(timedelta(days=365).total_seconds())

TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters["without_numbers"] = without_identity_numbers


@dataclass(frozen=True, slots=True)
class Libraries:
    """The addresses of our own style sheet and of the libraries that were fetched at build."""

    styles: tuple[str, ...]
    scripts: tuple[str, ...]


@cache
def libraries() -> Libraries:
    """Return what lies in static/; the pages also stand without the fetched libraries."""
    vendor = STATIC / "vendor"
    styles = [*sorted(vendor.glob("*.css"), reverse=True), *sorted(STATIC.glob("*.css"))]
    scripts = sorted(vendor.glob("*.js"))
    return Libraries(tuple(map(_address, styles)), tuple(map(_address, scripts)))


@cache
def scripts_of(room: str) -> tuple[str, ...]:
    """Return the addresses of the scripts of one room of pages, named by it, in alphabetical order."""
    return tuple(_address(file) for file in sorted(STATIC.glob(f"{room}*.js")) if "worker" not in file.name)


@cache
def _addresses() -> frozenset[str]:
    return frozenset(_address(file) for file in STATIC.rglob("*") if file.is_file())


def is_address(path: str, query: str) -> bool:
    """Whether the address names the content that a static file has now."""
    return f"{path}?{query}" in _addresses()


def language_of(request: Request) -> Language:
    """Return the language asked for in the address, else the one chosen before, else bokmål."""
    asked = request.query_params.get("lang", "")
    return language(asked if asked in LANGUAGES else request.cookies.get(LANGUAGE_COOKIE, ""))


def page(request: Request, template: str, status: int = 200, /, **shown: object) -> HTMLResponse:
    """Return *template* filled with *shown*, and remember a language that was just chosen."""
    say = language_of(request)
    who = getattr(request.state, "who", None)
    text = TEMPLATES.get_template(template).render(
        say=say,
        who=who,
        menu=menu_of(who),
        here=request.url.path,
        libraries=libraries(),
        scripts_of=scripts_of,
        form_token=partial(form_token, request),
        other_language=_other_language(request, say),
        **shown,
    )
    response = HTMLResponse(text, status)
    if request.query_params.get("lang") in LANGUAGES:
        _remember(response, say, secure=request.app.state.settings.https_only)
    return response


def error_page(request: Request, status: int, text: str) -> HTMLResponse:
    """Return a page that says what went wrong, in the reader's words."""
    say = language_of(request)
    known = f"error.title.{status}" if f"error.title.{status}" in say.texts else "error.title.400"
    who = getattr(request.state, "who", None)
    home = home_of(who) if who else "/"
    return page(request, "error.html", status, title=say(known), text=say(text), home=home)


def unavailable_page(request: Request) -> HTMLResponse:
    """Return a page that asks for patience in every language: who reads it may not have chosen one."""
    mine = language_of(request)
    others = [language(code) for code in LANGUAGES if code != mine.code]
    return page(request, "unavailable.html", 503, languages=[mine, *others])


def _remember(response: HTMLResponse, say: Language, secure: bool) -> None:
    response.set_cookie(LANGUAGE_COOKIE, say.code, max_age=ONE_YEAR, secure=secure, httponly=True, samesite="lax")


def _other_language(request: Request, say: Language) -> dict[str, str]:
    code = next(code for code in LANGUAGES if code != say.code)
    kept = [
        (name, value)
        for name, value in request.query_params.multi_items()
        if name != "lang" and starred(value) == value
    ]
    return {"code": code, "address": "?" + urlencode([*kept, ("lang", code)])}


def _address(file: Path) -> str:
    fingerprint = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    return f"/static/{file.relative_to(STATIC).as_posix()}?v={fingerprint}"
