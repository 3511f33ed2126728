"""A ward and an office before their boards; the office's answer reaches the hospital; no barrier is found."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from playwright.sync_api import expect

from pathway_engine.domain.identifiers import make_synthetic
from pathway_engine.service.engine import Engine
from pathway_engine.web import WebSettings, create_app
from tests.norwegian.sides import World
from tests.norwegian.test_both_sides import admitted, ready
from tests.service.board_town import BoardTown
from tests.web.visitor import SECRET

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

pytestmark = pytest.mark.browser

TELEPHONE: ViewportSize = {"width": 390, "height": 844}
WIDE: ViewportSize = {"width": 1280, "height": 900}
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
RENEW = """() => { htmx.ajax('GET', '/board',
  {source: '#board', target: '#board', select: '#board', swap: 'outerHTML'}).catch(() => 0); }"""
"""What the board does by itself every minute."""
NUMBER = make_synthetic(date(1938, 9, 14), 7)


@contextmanager
def served(engine: Engine, clock: Callable[[], datetime]) -> Iterator[str]:
    """The pages of an engine, served from this machine to itself."""
    settings = WebSettings(session_secret=SECRET, https_only=False, demo_sign_in=True)
    server = uvicorn.Server(uvicorn.Config(create_app(engine, settings, clock), log_level="error"))
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def town(sqlite_url: str) -> Iterator[BoardTown]:
    """Two patients of one ward: one has waited two days, the other has just been admitted; places were told."""
    made = BoardTown(sqlite_url)
    made.ready("1", "KIR", "5001")
    made.passes(hours=50)
    made.tell("admitted", "2", "KIR", "5001", receives_services=True)
    yield made
    made.close()


@pytest.fixture
def address(town: BoardTown) -> Iterator[str]:
    """Where the town's pages are."""
    with served(town.engine, lambda: town.now) as where:
        yield where


def signed_in(page: Page, address: str, name: str) -> Page:
    page.goto(f"{address}/sign-in")
    page.get_by_role("button", name=name).click()
    page.get_by_role("heading", name="Min dag").wait_for()
    return page


@pytest.fixture(params=[True, False], ids=["javascript-on", "javascript-off"])
def page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A telephone."""
    context = chromium.new_context(viewport=TELEPHONE, java_script_enabled=request.param, locale="nb-NO")
    yield context.new_page()
    context.close()


def test_the_offices_answer_reaches_the_hospital(page: Page, tmp_path: Path) -> None:
    """Two engines with drop folders between them: the form on one side is the dialogue message on the other."""
    world = World.at(tmp_path, (f"sqlite:///{tmp_path}/h.db", f"sqlite:///{tmp_path}/t.db"))
    admitted(world)
    ready(world)
    with (
        served(world.town.engine, lambda: world.clock[0]) as town,
        served(world.hospital.engine, lambda: world.clock[0]) as hospital,
    ):
        signed_in(page, hospital, "Sif Post").goto(f"{hospital}/board")
        expect(page.locator(".board-row")).to_contain_text("Svar fra kommunen mangler")
        page.locator("summary", has_text="Kom det fram?").click()
        expect(page.locator(".way")).to_contain_text(re.compile(r"Sendt.*kommet fram.*Mottatt", re.DOTALL))
        signed_in(page, town, "Tor Tildeling").goto(f"{town}/board")
        page.get_by_role("link", name="Svar sykehuset").click()
        page.get_by_text("Kan ta imot nå", exact=True).click()
        page.get_by_label("Hvem kan sykehuset ringe").fill("Tildelingskontoret, 73 00 00 02")
        page.get_by_role("button", name="Send svaret").click()
        page.get_by_text("Svaret er registrert").wait_for()
        expect(page.locator(".way")).to_contain_text("venter på å bli sendt")
        world.pumps()
        page.reload()
        expect(page.locator(".way")).to_contain_text("kommet fram; mottakeren har kvittert")
        assert world.town.states()[-1] == ("DIALOG_HELSEFAGLIG/7", "acknowledged")
        assert "dialogue_received" in world.hospital.names()
        signed_in(page, hospital, "Sif Post").goto(f"{hospital}/board")
        expect(page.locator(".board-row")).to_contain_text("Les kommunens svar")
    world.close()


def test_a_ward_registers_by_hand_and_the_office_sees_it(page: Page, address: str) -> None:
    signed_in(page, address, "Bo Avdeling").goto(f"{address}/board")
    page.get_by_role("link", name="Registrer for hånd").click()
    page.get_by_label("Fødselsnummer").fill(NUMBER)
    page.get_by_label("Status").select_option("Utskrivningsklar")
    page.get_by_label("Kommune som skal ta imot").select_option("Kommune 1")
    page.get_by_role("button", name="Registrer").click()
    page.get_by_role("heading", name="Kvittering").wait_for()
    assert NUMBER not in page.url and NUMBER not in page.content()
    signed_in(page, address, "Siri Søknad").goto(f"{address}/board")
    expect(page.locator(".board-row", has_text="Uten navn")).to_contain_text("Utskrivningsklar")


def test_places_are_told_and_seen(page: Page, address: str) -> None:
    signed_in(page, address, "Siri Søknad").goto(f"{address}/board")
    page.get_by_label("Ledige", exact=True).fill("4")
    page.get_by_label("Av i alt").fill("52")
    page.get_by_role("button", name="Lagre Sykehjemmet 1").click()
    page.get_by_text("Ledige plasser er lagret.").wait_for()
    expect(page.locator(".figures")).to_contain_text("4 / 52")


def test_the_board_renews_itself_but_not_under_somebodys_hand(chromium: Browser, town: BoardTown, address: str) -> None:
    """Mutant: an open row closes by itself."""
    context = chromium.new_context(viewport=WIDE)
    page = signed_in(context.new_page(), address, "Bo Avdeling")
    page.goto(f"{address}/board")
    first = page.locator(".board-row").first
    first.locator("summary").click()
    town.now += timedelta(minutes=7)
    page.evaluate(RENEW)
    page.wait_for_timeout(500)
    assert page.locator("details[open]").count() == 1
    first.locator("summary").click()
    page.evaluate("document.activeElement.blur()")
    page.evaluate(RENEW)
    local = town.now + timedelta(hours=1)
    page.get_by_text(f"Oppdatert {local:%H.%M}").wait_for()
    context.close()


def test_a_board_that_cannot_be_renewed_says_so(chromium: Browser, address: str) -> None:
    context = chromium.new_context(viewport=WIDE)
    page = signed_in(context.new_page(), address, "Bo Avdeling")
    page.goto(f"{address}/board")
    expect(page.locator(".lost")).to_be_hidden()
    context.set_offline(True)
    page.evaluate(RENEW)
    expect(page.locator(".lost")).to_be_visible()
    context.close()


def test_a_board_whose_session_has_ended_keeps_what_it_shows_and_says_that_it_is_old(
    chromium: Browser, address: str
) -> None:
    """Mutant: the sign-in page, which has no board, empties it."""
    context = chromium.new_context(viewport=WIDE)
    page = signed_in(context.new_page(), address, "Bo Avdeling")
    page.goto(f"{address}/board")
    context.clear_cookies()
    page.evaluate(RENEW)
    expect(page.locator(".lost")).to_be_visible()
    assert page.locator(".board-row").count() == 2
    context.close()


def test_the_keyboard_alone_answers_the_hospital(chromium: Browser, address: str) -> None:
    context = chromium.new_context(viewport=WIDE)
    page = signed_in(context.new_page(), address, "Siri Søknad")
    page.goto(f"{address}/board")
    press_until(page, "Svar sykehuset")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Svar sykehuset").wait_for()
    page.locator("input[type=radio]").first.focus()
    page.keyboard.press("Space")
    page.get_by_label("Hvem kan sykehuset ringe").focus()
    page.keyboard.type("73 00 00 02")
    press_until(page, "Send svaret")
    page.keyboard.press("Enter")
    page.get_by_text("Svaret er registrert").wait_for()
    context.close()


def press_until(page: Page, text: str) -> None:
    """Press Tab until what has the focus says *text*, and see that the focus can be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.innerText || ''")
        if focused.strip() == text:
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none"
            return
    raise AssertionError(text)


PAGES = [
    ("Siri Søknad", "/board"), ("Siri Søknad", "/board?wall=1"), ("Siri Søknad", "/patients/canary1x"),
    ("Siri Søknad", "/patients/canary1x/answer"), ("Bo Avdeling", "/board/register"), ("Bo Avdeling", "/board?lang=en"),
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [TELEPHONE, WIDE], ids=["telephone", "wide"])
def test_a_checker_finds_no_barrier(chromium: Browser, address: str, scheme: str, viewport: ViewportSize) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not fetched: make setup")
    context = chromium.new_context(viewport=viewport, bypass_csp=True, color_scheme=scheme)  # type: ignore[arg-type]
    page, signed = context.new_page(), ""
    for name, path in PAGES:
        if name != signed:
            signed_in(page, address, name)
            signed = name
        page.goto(address + path)
        for summary in page.locator("summary").all():
            summary.click()
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
        assert [(each["id"], each["nodes"][0]["target"]) for each in found["violations"]] == [], path
        width = page.locator("html").evaluate("e => e.scrollWidth")
        assert width <= viewport["width"], path
    context.close()


def test_what_is_pressed_is_big_enough_for_a_thumb(chromium: Browser, address: str) -> None:
    context = chromium.new_context(viewport=TELEPHONE)
    page = signed_in(context.new_page(), address, "Siri Søknad")
    for path in ("/board", "/patients/canary1x", "/patients/canary1x/answer"):
        page.goto(address + path)
        for target in page.locator("button:visible, .ds-button:visible, summary:visible, .updated a:visible").all():
            box = target.bounding_box()
            assert box and box["height"] >= 44, (path, target.inner_text())
    context.close()


def test_twice_as_large_needs_no_scrolling_sideways(chromium: Browser, address: str) -> None:
    """200 % zoom of a screen of 1280 pixels is a page of 640."""
    context = chromium.new_context(viewport={"width": 640, "height": 450})
    page = signed_in(context.new_page(), address, "Siri Søknad")
    for path in ("/board", "/board?wall=1", "/patients/canary1x"):
        page.goto(address + path)
        assert page.locator("html").evaluate("e => e.scrollWidth") <= 640, path
    context.close()
