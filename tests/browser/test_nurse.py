"""A nurse with a telephone opens the list, answers and completes; a checker finds no barrier."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn

from pathway_engine.domain.events import Act
from pathway_engine.web import WebSettings, create_app
from tests.web.fakes import NOW, FakeService
from tests.web.visitor import SECRET

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

pytestmark = pytest.mark.browser

TELEPHONE: ViewportSize = {"width": 390, "height": 844}
AXE = Path("vendor/axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


@pytest.fixture
def service() -> FakeService:
    """The service behind the pages."""
    return FakeService()


@pytest.fixture
def address(service: FakeService) -> Iterator[str]:
    """The address of the pages, served from this machine to itself."""
    settings = WebSettings(session_secret=SECRET, https_only=False, demo_sign_in=True)
    server = uvicorn.Server(uvicorn.Config(create_app(service, settings, lambda: NOW), log_level="error"))
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(params=[True, False], ids=["javascript-on", "javascript-off"])
def page(chromium: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Kari's list on a telephone."""
    context = chromium.new_context(viewport=TELEPHONE, java_script_enabled=request.param, locale="nb-NO")
    yield signed_in(context.new_page(), address)
    context.close()


@pytest.fixture
def checked_page(chromium: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Kari's list where a checker may run its own script, in the colour scheme that the test names."""
    context = chromium.new_context(viewport=TELEPHONE, bypass_csp=True, color_scheme=request.param)
    yield signed_in(context.new_page(), address)
    context.close()


def signed_in(page: Page, address: str) -> Page:
    page.goto(f"{address}/sign-in")
    page.get_by_role("button", name="Kari Moe").click()
    page.get_by_role("heading", name="Min dag").wait_for()
    return page


def test_a_nurse_answers_and_completes(page: Page, service: FakeService) -> None:
    page.get_by_role("link", name="Forberedelse hjemkomst").click()
    page.get_by_role("group", name="Er legemiddellisten gjennomgått?").get_by_text("Ja", exact=True).click()
    page.get_by_label("Vekt").fill("71,5")
    page.get_by_role("button", name="Fullfør").click()
    page.get_by_text("Fullført.").wait_for()
    assert page.get_by_role("link", name="Forberedelse hjemkomst").count() == 0
    done = service.details["t-today"]
    assert (done.task.status, done.answers) == ("completed", {"list": "yes", "weight": 71.5})


@pytest.mark.parametrize("page", [True], ids=["javascript-on"], indirect=True)
def test_a_long_press_counts_although_an_answer_is_saved_meanwhile(page: Page, service: FakeService) -> None:
    page.get_by_role("link", name="Forberedelse hjemkomst").click()
    page.get_by_role("group", name="Er legemiddellisten gjennomgått?").get_by_text("Ja", exact=True).click()
    page.locator("#save-state:not(:empty)").wait_for()
    page.get_by_label("Vekt").fill("71,5")
    page.locator("#complete-count").scroll_into_view_if_needed()
    count = page.locator("#complete-count").bounding_box()
    assert count is not None
    page.mouse.move(count["x"] + count["width"] / 2, count["y"] + count["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(500)
    page.mouse.up()
    page.get_by_text("Fullført.").wait_for()
    assert service.details["t-today"].answers == {"list": "yes", "weight": 71.5}


@pytest.mark.parametrize("page", [True], ids=["javascript-on"], indirect=True)
def test_an_answer_is_saved_when_the_press_ends_beside_the_button(page: Page, service: FakeService) -> None:
    page.get_by_role("link", name="Forberedelse hjemkomst").click()
    page.get_by_label("Vekt").fill("71,5")
    page.get_by_role("heading", name="Sjekkliste").click()
    page.locator("#save-state:not(:empty)").wait_for()
    assert service.details["t-today"].answers == {"weight": 71.5}


def test_what_is_missing_is_said_and_led_to(page: Page) -> None:
    page.get_by_role("link", name="Forberedelse hjemkomst").click()
    page.get_by_role("button", name="Fullfør").click()
    page.get_by_role("link", name="Svar på dette: Er legemiddellisten gjennomgått?").click()
    assert page.url.endswith("#item.list")


def test_the_whole_card_is_one_target(page: Page) -> None:
    card = page.locator(".card").first.bounding_box()
    assert card is not None
    page.mouse.click(card["x"] + card["width"] - 8, card["y"] + card["height"] - 8)
    page.get_by_role("heading", name="Sjekkliste").wait_for()


def test_three_cards_stand_on_the_first_screen(page: Page) -> None:
    boxes = [card.bounding_box() for card in page.locator(".card").all()[:3]]
    assert all(box and box["y"] + box["height"] <= TELEPHONE["height"] for box in boxes)


def test_nothing_scrolls_sideways(page: Page, address: str) -> None:
    for path in ("/", "/?view=unit", "/tasks/t-over", "/tasks/none"):
        page.goto(address + path)
        width = page.locator("html").evaluate("e => e.scrollWidth")
        assert width <= TELEPHONE["width"], path


@pytest.mark.parametrize("checked_page", ["light"], indirect=True)
def test_answers_are_saved_as_they_are_given(checked_page: Page, service: FakeService) -> None:
    checked_page.get_by_role("link", name="Forberedelse hjemkomst").click()
    checked_page.get_by_role("group", name="Spiser og drikker").get_by_text("Nei", exact=True).click()
    checked_page.get_by_text("Lagret kl. 08.02").wait_for()
    checked_page.get_by_role("group", name="Er legemiddellisten").get_by_text("Ja", exact=True).click()
    checked_page.get_by_role("button", name="Fullfør (2/7)").click()
    checked_page.get_by_text("Fullført.").wait_for()
    assert [act["act"] for act in service.acts] == [Act.ANSWER, Act.ANSWER, Act.COMPLETE]


@pytest.mark.parametrize("checked_page", ["light"], indirect=True)
def test_completing_at_once_after_an_answer_is_no_conflict(checked_page: Page, service: FakeService) -> None:
    checked_page.get_by_role("link", name="Forberedelse hjemkomst").click()
    checked_page.get_by_role("group", name="Er legemiddellisten").get_by_text("Ja", exact=True).click()
    checked_page.get_by_label("Vekt").fill("80")
    checked_page.get_by_role("button", name="Fullfør").click()
    checked_page.get_by_text("Fullført.").wait_for()
    assert service.details["t-today"].answers == {"list": "yes", "weight": 80}


@pytest.mark.parametrize("checked_page", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("path", ["/sign-in", "/?view=unit", "/tasks/t-over", "/tasks/none", "/?view=unit&lang=en"])
def test_a_checker_finds_no_barrier(checked_page: Page, address: str, path: str) -> None:
    axe = Path(__file__).parent / AXE
    if not axe.is_file():
        pytest.skip("axe-core is not fetched: make setup")
    checked_page.goto(address + path)
    for summary in checked_page.locator("summary").all():
        summary.click()
    checked_page.evaluate(axe.read_text(encoding="utf-8"))
    found = checked_page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    assert [(finding["id"], finding["nodes"][0]["target"]) for finding in found["violations"]] == []


@pytest.mark.parametrize("checked_page", ["light"], indirect=True)
def test_what_is_pressed_is_big_enough_for_a_thumb(checked_page: Page, address: str) -> None:
    for path in ("/?view=unit", "/tasks/t-over"):
        checked_page.goto(address + path)
        for target in checked_page.locator("button:visible, .chip, .option, summary, .order a, .top a").all():
            box = target.bounding_box()
            assert box and box["height"] >= 44, target.inner_text()
