"""Every page of the table of rights, in the demonstration: no barrier, controls by keyboard, no sideways scroll.

A new page joins by standing in the table; one with a part of its address that is not known here must tell an example.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from pathway_engine.service.engine import Engine
from pathway_engine.service.views import Principal
from pathway_engine.web.rights import ANYONE, RIGHTS
from tests.browser.test_nurse import RULES
from tests.pictures.town import NOW, demonstration

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
FRAGMENTS = {"/day/cards", "/offline/queued"}
"""Parts of pages, which a script puts in."""
ELSEWHERE = {
    "/locked",
    "/sign-on",
    "/sign-on/back",
    "/emergency/{patient_id}",
    "/board/register/{number}",
    "/calendar/{key}.ics",
}
"""Pages that something must be done for first: `test_rare_pages.py` opens them. A calendar is no page."""
ROUTES = sorted(path for method, path in RIGHTS if method == "GET" and path not in FRAGMENTS | ELSEWHERE)
WIDTHS = (390, 1280)
NARROW = (320, 640)
"""A screen of 1280 px at 400 and at 200 % zoom."""

CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"


@dataclass(frozen=True)
class Town:
    """The demonstration, and where its pages are."""

    engine: Engine
    address: str

    def reader(self, route: str) -> Principal | None:
        """Somebody who may open *route*; None where nobody need sign in."""
        roles = RIGHTS["GET", route]
        if roles >= ANYONE:
            return None
        people = self.engine.principals_for_demo()
        fitting = [who for who in people if roles & set(who.roles)]
        return max(fitting, key=lambda who: len(self.engine.worklist(who, NOW)))

    def path(self, route: str) -> str:
        """The route with real things in its address."""
        return re.sub(r"{(\w+)}", lambda found: self.example(route, found[1]), route)

    def example(self, route: str, part: str) -> str:
        who = self.reader(route)
        tasks = self.engine.worklist(who, NOW) if who else []
        lines = self.engine.inbox(who, NOW) if who and route.startswith("/inbox") else []
        known = {
            "task_id": next((task.id for task in tasks if task.questions), tasks[0].id if tasks else ""),
            "patient_id": next((task.patient_id for task in tasks if task.patient_id), ""),
            "way": "in", "number": lines[0].id.partition("/")[2] if lines else "", "name": "wait.svg",
        }  # fmt: skip
        assert known.get(part), f"{route}: an example of {part} would be right, in tests/browser/test_every_page.py"
        return known[part]


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with demonstration() as (engine, address):
        yield Town(engine, address)


@pytest.fixture(params=ROUTES)
def opened(request: pytest.FixtureRequest, town: Town, chromium: Browser) -> Iterator[Page]:
    """The page of a route, by somebody who may open it; what is no page is passed over."""
    route = request.param
    context = chromium.new_context(bypass_csp=True, viewport={"width": 1280, "height": 844}, locale="nb-NO")
    try:
        page = context.new_page()
        who = town.reader(route)
        if who is not None:
            page.goto(f"{town.address}/sign-in")
            page.get_by_role("button", name=who.name).first.click()
            page.wait_for_load_state()
        path = town.path(route)
        if not _is_page(town.address + path, context):
            pytest.skip(f"{route} is no page")
        page.goto(town.address + path)
        yield page
    finally:
        context.close()


def _is_page(address: str, context: BrowserContext) -> bool:
    """Whether the answer is HTML; its body is not waited for, as it may be a stream of events."""
    cookies = {str(each.get("name")): str(each.get("value")) for each in context.cookies()}
    with httpx.stream("GET", address, cookies=cookies, timeout=60) as answer:
        assert answer.status_code == 200 or address.endswith("/health"), (address, answer.status_code)
        return answer.headers["content-type"].startswith("text/html")


def test_a_checker_finds_no_barrier_and_nothing_scrolls_sideways(opened: Page) -> None:
    require_no_barrier(opened)


def require_no_barrier(opened: Page) -> None:
    """Fail with what axe finds on the page, narrow and wide, light and dark; and when it scrolls sideways."""
    if not AXE.is_file():
        pytest.skip("axe-core is not fetched: make setup")
    for summary in opened.locator("summary").all():
        summary.click()
    opened.evaluate(AXE.read_text(encoding="utf-8"))
    for width in WIDTHS:
        opened.set_viewport_size({"width": width, "height": 844})
        for scheme in ("light", "dark"):
            opened.emulate_media(color_scheme=scheme)
            found = opened.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
            assert _told(found["violations"]) == [], (opened.url, width, scheme)
    for width in (*NARROW, *WIDTHS):
        opened.set_viewport_size({"width": width, "height": 844})
        assert opened.evaluate("document.documentElement.scrollWidth") <= width, (opened.url, width)


def _told(violations: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["id"], node["html"][:120]) for each in violations for node in each["nodes"]]


def test_every_control_is_reached_by_keyboard(opened: Page) -> None:
    opened.set_viewport_size({"width": 390, "height": 844})
    wanted = opened.evaluate(NUMBERED, CONTROLS)
    opened.evaluate("document.body.focus()")
    reached = set()
    for _ in range(len(wanted) * 2 + 5):
        opened.keyboard.press("Tab")
        reached.add(opened.evaluate("document.activeElement.dataset.group || ''"))
        if set(wanted) <= reached:
            break
    assert set(wanted) - reached == set(), opened.url


NUMBERED = """selector => {
  const found = [];
  document.querySelectorAll(selector).forEach((element, place) => {
    const box = element.getBoundingClientRect();
    if (element.disabled || !element.checkVisibility() || box.width === 0) return;
    const name = element.type === "radio" ? `${element.form?.action} ${element.name}` : `${place}`;
    const group = `${name} ${element.type === "radio" ? "" : element.outerHTML.slice(0, 80)}`;
    element.dataset.group = group;
    found.push(group);
  });
  return found;
}"""
"""Names every control that is seen; the buttons of a radio group are one stop."""
