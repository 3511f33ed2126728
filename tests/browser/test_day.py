"""A nurse's day on a telephone: few presses, keys alone, no script, no network, and text that stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pathway_engine.domain.definition import Checklist
from pathway_engine.domain.events import Act
from pathway_engine.domain.tasks import TaskStatus
from pathway_engine.language.reader import read_pathway
from tests.browser.test_nurse import AXE, RULES, TELEPHONE, address, service, signed_in
from tests.service.community import shipped_files
from tests.web.fakes import FakeService, view

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page

__all__ = ["address", "service"]
pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 900}
NAUGHTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{ 7*7 }} \u202e \u0000?"


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A telephone of its own."""
    made = chromium.new_context(viewport=TELEPHONE, locale="nb-NO", timezone_id="Europe/Oslo")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, address: str) -> Iterator[Page]:
    """Kari's list on a telephone; a script that fails, or one of a stranger that runs, fails the test."""
    page, wrong = context.new_page(), list[str]()
    page.set_default_timeout(12_000)

    def refused(dialog: Dialog) -> None:
        wrong.append(dialog.message)
        dialog.dismiss()

    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", refused)
    yield signed_in(page, address)
    assert wrong == []


def real_checklist() -> Checklist:
    """The shipped checklist of the nurse's visit: 22 questions, 14 of them required."""
    pathway, _ = read_pathway(shipped_files())
    assert pathway is not None
    return pathway.checklists["hph2"]


# --- Presses --------------------------------------------------------------------------------------


def test_a_visit_takes_at_most_twelve_presses_and_what_is_typed(page: Page, service: FakeService) -> None:
    """List, visit, complete, on the shipped checklist; the keyboard's own Next leads into the fields that are typed."""
    detail = service.details["t-today"]
    service.details["t-today"] = replace(detail, checklist=real_checklist())
    presses = 0

    def press(target: object) -> None:
        nonlocal presses
        target.click()  # type: ignore[attr-defined]
        presses += 1

    press(page.get_by_role("link", name="Forberedelse hjemkomst"))
    page.get_by_role("heading", name="Sjekkliste").wait_for()
    for item in real_checklist().items:
        field = page.locator(f'[name="item.{item.id}"]')
        if not item.required:
            continue
        if item.type in ("yes_no", "choice"):
            good = "same" if item.type == "choice" else "no" if "yes" in item.deviation else "yes"
            press(page.locator(f'label:has([name="item.{item.id}"][value="{good}"])'))
        else:
            field.focus()
            page.keyboard.type("3" if item.type == "number" else "Å klare trappen")
    press(page.get_by_role("button", name="Fullfør"))
    page.get_by_text("Fullført.").wait_for()
    assert service.details["t-today"].task.status == TaskStatus.COMPLETED
    assert presses <= 12, presses


def test_all_that_is_due_with_a_patient_is_one_walk(page: Page, address: str, service: FakeService) -> None:
    for name in ("t-a", "t-b"):
        service.details[name] = replace(
            service.details["t-week"], task=view(name, patient_id="p9", patient_name="Tora V.")
        )
    page.goto(f"{address}/?view=unit&order=patient")
    page.get_by_role("link", name="Besøk Tora V.").click()
    page.get_by_role("link", name="Begynn").click()
    for _ in range(2):
        page.get_by_role("group", name="Er legemiddellisten").get_by_text("Ja", exact=True).click()
        page.get_by_text("Lagret kl.").wait_for()
        page.get_by_role("button", name="Fullfør").click()
        page.get_by_text("Fullført.").wait_for()
    page.get_by_role("heading", name="Min dag").wait_for()
    assert {service.details[name].task.status for name in ("t-a", "t-b")} == {"completed"}


def test_a_deviation_opens_a_note_and_becomes_a_task(page: Page, service: FakeService) -> None:
    page.get_by_role("link", name="Forberedelse hjemkomst").click()
    page.get_by_role("group", name="Spiser og drikker").get_by_text("Nei", exact=True).click()
    page.get_by_label("Notat").fill(NAUGHTY)
    page.get_by_role("button", name="Lag oppgave Ernæringskartlegging").click()
    page.get_by_text("Oppfølgingen står på listen.").wait_for()
    assert service.details["t-today-food"].task.title.nb == "Ernæringskartlegging"


# --- Keys, no script, naughty text --------------------------------------------------------------------


def test_everything_is_reached_by_keys_alone(page: Page, service: FakeService) -> None:
    page.locator(".card").first.wait_for()
    page.wait_for_load_state("load")  # the keys are the script's
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    first = page.locator(".card h3 a").first
    assert first.evaluate("it => it === document.activeElement")
    page.keyboard.press("/")
    page.keyboard.type("ola elgeseter")
    page.get_by_text("1 oppgaver funnet").wait_for()
    assert page.locator(".card:visible").count() == 1
    assert "ola" not in page.url
    page.locator("#search").press("Tab")
    page.locator("body").evaluate("() => document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Sjekkliste").wait_for()
    page.locator('[name="item.list"][value="yes"]').focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Fullfør").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Fullført.").wait_for()
    assert service.details["t-today"].task.status == "completed"


def test_taking_back_needs_one_press_and_goes_away_after_ten_seconds(page: Page, service: FakeService) -> None:
    page.clock.install()
    page.get_by_role("link", name="Forberedelse hjemkomst").click()
    page.get_by_role("group", name="Er legemiddellisten").get_by_text("Ja", exact=True).click()
    page.get_by_role("button", name="Fullfør").click()
    page.get_by_role("button", name="Angre").click()
    page.get_by_text("Angret. Alt står som før.").wait_for()
    assert service.details["t-today"].task.status != "completed"
    page.get_by_role("button", name="Fullfør").click()
    page.get_by_role("button", name="Angre").wait_for()
    page.wait_for_load_state()
    page.clock.run_for(11_000)
    assert page.get_by_role("button", name="Angre").count() == 0


def test_several_are_taken_without_any_script(chromium: Browser, address: str, service: FakeService) -> None:
    context = chromium.new_context(viewport=TELEPHONE, java_script_enabled=False, locale="nb-NO")
    page = signed_in(context.new_page(), address)
    page.goto(f"{address}/?view=unassigned&select=1")
    for card in page.locator(".card").all():
        card.click()
    page.get_by_role("button", name="Ta valgte").click()
    page.get_by_text("3 av 3 er dine.").wait_for()
    page.get_by_role("button", name="Angre").click()
    page.get_by_text("Angret.").wait_for()
    page.get_by_text("Søk, ordne og mer").click()
    page.get_by_label("Søk på navn eller adresse").fill("berit")
    page.get_by_role("button", name="Søk", exact=True).click()
    page.goto(f"{address}/tasks/t-week")
    page.get_by_role("group", name="Spiser og drikker").get_by_text("Nei", exact=True).click()
    page.get_by_role("button", name="Lagre", exact=True).click()
    page.get_by_role("button", name="Lag oppgave").click()
    page.get_by_text("Oppfølgingen står på listen.").wait_for()
    context.close()


def test_naughty_words_are_words(page: Page, address: str, service: FakeService) -> None:
    service.details["t-week"] = replace(
        service.details["t-week"],
        goal=NAUGHTY,
        said=(NAUGHTY,),
        task=view("t-week", patient_name=NAUGHTY, address=NAUGHTY),
    )
    service.colleague_does(Act.COMMENT, "t-week", comment=NAUGHTY)
    for path in ("/?view=unit", "/?view=unit&order=patient", "/?view=unit&select=1", "/tasks/t-week", "/visit/t-week"):
        page.goto(address + path)
        assert page.get_by_text("<script>alert(1)</script>").count() > 0, path
        assert page.locator("main img").count() == 0


# --- News ----------------------------------------------------------------------------------------------


def test_news_come_by_themselves_and_move_nothing(page: Page, address: str, service: FakeService) -> None:
    page.goto(f"{address}/?view=unit")
    places = [card.bounding_box() for card in page.locator(".card").all()]
    service.details["t-new"] = replace(service.details["t-free"], task=view("t-new", patient_name="Ny P."))
    service.colleague_does(Act.CLAIM, "t-free")
    page.get_by_role("button", name="1 nye – vis").wait_for(timeout=20_000)
    assert [card.bounding_box() for card in page.locator(".card").all()][:2] == places[:2]
    page.locator('[data-task="t-free"]').get_by_text("Endret nå").wait_for()
    page.get_by_role("button", name="1 nye – vis").click()
    page.get_by_text("Ny P.").wait_for()


def test_what_time_does_is_shown_where_the_card_stands(page: Page, address: str, service: FakeService) -> None:
    """No act, no new version: the deadline passed, and the worker noted it."""
    page.goto(f"{address}/?view=unit")
    card = page.locator('[data-task="t-week"]')
    place = card.bounding_box()
    detail = service.details["t-week"]
    service.details["t-week"] = replace(
        detail, task=replace(detail.task, overdue=True, due_at=detail.task.raised_at + timedelta(minutes=1))
    )
    service.seq += 1
    card.locator(".left-overdue").wait_for(timeout=20_000)
    assert card.bounding_box()["y"] == place["y"]  # type: ignore[index]


# --- Without a network ---------------------------------------------------------------------------------


def downloaded(page: Page, address: str) -> None:
    page.goto(f"{address}/?view=unit")
    page.evaluate("() => navigator.serviceWorker.ready")
    page.get_by_text("Søk, ordne og mer").click()
    page.get_by_role("button", name="Last ned dagen").click()
    page.get_by_text(re.compile("Dagen er lastet ned")).wait_for()
    page.goto(f"{address}/")  # now the service worker stands between
    page.wait_for_function("() => navigator.serviceWorker.controller")


def test_a_whole_day_without_a_network_and_back_with_a_conflict(
    page: Page, context: BrowserContext, address: str, service: FakeService
) -> None:
    downloaded(page, address)
    context.set_offline(True)
    page.goto(f"{address}/")
    page.get_by_text(re.compile(r"Frakoblet – sist synket \d\d\.\d\d")).wait_for()
    for task, weight in (("t-today", "71,5"), ("t-over", "64")):
        page.goto(f"{address}/tasks/{task}")
        page.get_by_role("group", name="Er legemiddellisten").get_by_text("Ja", exact=True).click()
        page.get_by_text("Lagret på telefonen kl.").wait_for()
        page.get_by_label("Vekt").fill(weight)
        page.get_by_role("button", name="Fullfør").click()
        page.get_by_role("heading", name="Min dag").wait_for()
        page.get_by_text("Det sendes når nettet er tilbake.").wait_for()
    page.get_by_text("2 venter på sending").wait_for()
    page.goto(f"{address}/tasks/t-over")
    assert page.get_by_label("Vekt").input_value() == "64"  # what was typed is there when the page is opened again
    page.goto(f"{address}/visit/t-week")
    page.get_by_role("heading", name="Besøk").wait_for()
    service.colleague_does(Act.COMPLETE, "t-over", answers={"list": "no"})
    context.set_offline(False)
    page.goto(f"{address}/")
    page.get_by_text("kunne ikke sendes").wait_for()
    done = service.details["t-today"]
    assert (done.task.status, done.answers) == ("completed", {"list": "yes", "weight": 71.5})
    page.get_by_role("link", name=re.compile("kunne ikke sendes")).click()
    page.get_by_text("Oppgaven var avsluttet da dette kom fram.").first.wait_for()
    page.get_by_text(re.compile("Ola Berg")).first.wait_for()
    page.get_by_text("Vekt: 64").first.wait_for()
    while page.get_by_role("button", name="Legg det inn som kommentar").count():
        page.get_by_role("button", name="Legg det inn som kommentar").first.click()
        page.wait_for_timeout(700)
    page.get_by_text("Alt er sendt.").wait_for()
    assert "Vekt: 64" in service.details["t-over"].comments[-1][2]
    assert service.details["t-over"].answers == {"list": "no"}


def kept(page: Page) -> list[str]:
    return list(
        page.evaluate(
            "async () => { if (!await caches.has('day-pages')) return [];"
            " return (await (await caches.open('day-pages')).keys()).map(kept => kept.url); }"
        )
    )


def test_what_is_kept_goes_at_log_out(page: Page, address: str) -> None:
    downloaded(page, address)
    assert len(kept(page)) > 10
    page.get_by_role("button", name="Logg ut").click()
    page.get_by_role("heading", name="Logg inn").wait_for()
    assert kept(page) == []


@pytest.mark.parametrize("over", ["contact", "ends"])
def test_what_is_kept_goes_after_twelve_hours_and_at_the_end_of_the_day(
    page: Page, context: BrowserContext, address: str, over: str
) -> None:
    downloaded(page, address)
    context.set_offline(True)
    page.wait_for_timeout(500)  # what was asked of the server before is answered: each answer is a contact
    page.evaluate(
        "over => dayDb.setMeta(over, over === 'ends' ? Date.now() - 1 : Date.now() - 12 * 3600_000 - 1)", over
    )
    page.goto(f"{address}/tasks/t-week")
    page.get_by_text("er slettet fra telefonen").wait_for()
    assert kept(page) == []


def test_logging_out_with_something_unsent_asks_first(page: Page, context: BrowserContext, address: str) -> None:
    downloaded(page, address)
    context.set_offline(True)
    page.goto(f"{address}/tasks/t-week")
    page.get_by_role("group", name="Er legemiddellisten").get_by_text("Ja", exact=True).click()
    page.get_by_text("Lagret på telefonen kl.").wait_for()
    page.get_by_role("button", name="Logg ut").click()
    page.get_by_role("button", name="Logg ut likevel og slett det").wait_for()


# --- For everybody -------------------------------------------------------------------------------------

PAGES = ["/?view=unit", "/?view=unit&order=patient", "/?view=unit&order=route&overdue=1", "/?view=unit&select=1",
         "/tasks/t-over", "/visit/t-week", "/calendar", "/outbox", "/offline"]  # fmt: skip


@pytest.fixture(params=[("light", TELEPHONE), ("dark", TELEPHONE), ("light", DESK)], ids=["light", "dark", "desk"])
def checked_page(chromium: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Kari's list where a checker may run its own script."""
    scheme, size = request.param
    context = chromium.new_context(viewport=size, bypass_csp=True, color_scheme=scheme, service_workers="block")
    yield signed_in(context.new_page(), address)
    context.close()


def test_a_checker_finds_no_barrier_and_nothing_scrolls_sideways(checked_page: Page, address: str) -> None:
    axe = Path(__file__).parent / AXE
    if not axe.is_file():
        pytest.skip("axe-core is not fetched: make setup")
    for path in PAGES:
        checked_page.goto(address + path)
        checked_page.evaluate("() => document.querySelectorAll('details').forEach(it => { it.open = true; })")
        checked_page.evaluate(axe.read_text(encoding="utf-8"))
        found = checked_page.evaluate("rules => axe.run({runOnly: rules})", RULES)
        assert [(finding["id"], finding["nodes"][0]["target"]) for finding in found["violations"]] == [], path
        size = checked_page.viewport_size
        assert size and checked_page.locator("html").evaluate("it => it.scrollWidth") <= size["width"], path


def test_what_is_pressed_is_big_enough_for_a_thumb(page: Page, address: str) -> None:
    for path in PAGES:
        page.goto(address + path)
        for summary in page.locator("details.tools:not([open]) > summary").all():
            summary.click()
        for target in page.locator(
            "button:visible, .chip:visible, .option:visible, summary:visible, .tool-row a:visible"
        ).all():
            box = target.bounding_box()
            assert box and box["height"] >= 44, (path, target.inner_text())


def test_the_printed_list_is_paper(page: Page, address: str) -> None:
    page.goto(f"{address}/?view=unit&order=route&route=7030")
    page.emulate_media(media="print")
    assert page.locator(".card").first.is_visible()
    for gone in (".top", ".chips", ".tools", ".keys"):
        assert not page.locator(gone).first.is_visible()
