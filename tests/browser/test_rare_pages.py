"""Pages that one comes to seldom: the lock, an emergency, a registration's receipt, a sign-on that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pathway_engine.demonstration.stories import PATIENTS
from pathway_engine.domain.identifiers import make_synthetic
from pathway_engine.service.access.accounts import invite
from tests.browser.test_every_page import Town, require_no_barrier
from tests.pictures.town import NOW, demonstration

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PASSWORD, PIN = "fjorden ligger blank i dag", "2749"


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with demonstration() as (engine, address):
        yield Town(engine, address)


@pytest.fixture
def browsing(chromium: Browser) -> Iterator[Callable[[], Page]]:
    context = chromium.new_context(bypass_csp=True, viewport={"width": 1280, "height": 844}, locale="nb-NO")
    yield context.new_page
    context.close()


def signed_in(page: Page, town: Town, name: str) -> Page:
    page.goto(f"{town.address}/sign-in")
    page.get_by_role("button", name=name).first.click()
    page.wait_for_load_state()
    return page


def test_the_lock_has_no_barrier_and_its_pin_opens_it(town: Town, browsing: Callable[[], Page]) -> None:
    engine = town.engine
    one_time = invite(engine.context, "kari", NOW)
    engine.access.set_first_password("kari", one_time, PASSWORD, "127.0.0.1", NOW)
    engine.access.set_pin("kari", PASSWORD, PIN, NOW)
    page = signed_in(browsing(), town, "Kari")
    page.goto(f"{town.address}/account")
    page.get_by_role("button", name="Lås nå").click()
    page.get_by_role("heading", name="Låst").wait_for()
    require_no_barrier(page)
    page.get_by_label("PIN-kode").fill(PIN)
    page.get_by_role("button", name="Lås opp").click()
    page.wait_for_load_state()
    page.goto(f"{town.address}/account")
    page.get_by_role("heading", name="Min konto").wait_for()


def test_an_emergency_has_no_barrier(town: Town, browsing: Callable[[], Page]) -> None:
    page = signed_in(browsing(), town, "Ola")
    page.goto(f"{town.address}/emergency")
    page.locator("#number").fill(PATIENTS[0].national_number)
    page.locator("#reason").select_option(index=1)
    page.locator("#words").fill("Fant personen på gulvet, trenger medisinlisten nå.")
    page.locator("form[action='/emergency'] button").click()
    page.wait_for_url("**/emergency/*")
    require_no_barrier(page)


def test_a_registration_s_receipt_has_no_barrier(town: Town, browsing: Callable[[], Page]) -> None:
    page = signed_in(browsing(), town, "Jonas")
    page.goto(f"{town.address}/board/register")
    page.locator("#identity").fill(make_synthetic((NOW - timedelta(days=29_000)).date(), 77))
    for name in ("status", "municipality"):
        page.locator(f"#{name}").select_option(index=1)
    page.locator("form[action='/board/register'] button").click()
    page.wait_for_url("**/board/register/*")
    require_no_barrier(page)


def test_a_sign_on_that_nobody_began_has_no_barrier(town: Town, browsing: Callable[[], Page]) -> None:
    page = browsing()
    for path in ("/sign-on", "/sign-on/back?state=unknown&code=none"):
        page.goto(town.address + path)
        require_no_barrier(page)
