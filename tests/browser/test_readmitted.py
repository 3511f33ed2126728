"""The day is on the telephone, and the patient is readmitted meanwhile: it is said in words, and nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.test_nurse import TELEPHONE
from tests.concurrency.pages import served
from tests.service.community import Community

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
TYPED = "Hagen, og å klare trappen"
ANSWER = '[name="item.what_matters"]'


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Community]:
    """The engine itself, with a patient at home; a minute passes between what is asked."""
    made = Community(f"sqlite:///{tmp_path}/pathway.sqlite")
    made.brought_home()
    made.engine.grant_access_key("kari", "the key of kari", made.now)
    yield made
    made.close()


def test_what_was_written_of_a_patient_who_was_readmitted_meanwhile_is_kept(chromium: Browser, home: Community) -> None:
    task = home.list_of("kari")["HPH2"].id
    with served(home.engine, home) as address:
        context = chromium.new_context(viewport=TELEPHONE, locale="nb-NO", timezone_id="Europe/Oslo")
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(f"{address}/sign-in")
        if not page.get_by_label("Tilgangsnøkkel").is_visible():
            page.locator("summary").first.click()
        page.get_by_label("Tilgangsnøkkel").fill("the key of kari")
        page.get_by_label("Tilgangsnøkkel").press("Enter")
        page.get_by_role("heading", name="Min dag").wait_for()
        page.goto(f"{address}/?view=unit")
        page.evaluate("() => navigator.serviceWorker.ready")
        page.get_by_text("Søk, ordne og mer").click()
        page.get_by_role("button", name="Last ned dagen").click()
        page.get_by_text(re.compile("Dagen er lastet ned")).wait_for()
        page.goto(f"{address}/")
        page.wait_for_function("() => navigator.serviceWorker.controller")

        context.set_offline(True)
        home.now += timedelta(minutes=5)
        home.tell("admitted", stay="VN2")
        home.now += timedelta(minutes=5)
        page.goto(f"{address}/tasks/{task}")
        page.locator(ANSWER).fill(TYPED)
        page.get_by_role("button", name="Fullfør").click()
        page.get_by_text("Det sendes når nettet er tilbake.").wait_for()

        context.set_offline(False)
        page.goto(f"{address}/")
        page.get_by_role("link", name=re.compile("kunne ikke sendes")).click()
        page.get_by_text("Oppgaven var avsluttet da dette kom fram.").first.wait_for()
        page.get_by_text("avlyst – pasienten er innlagt på sykehus").first.wait_for()
        page.get_by_text(TYPED).first.wait_for()
        while page.get_by_role("button", name="Legg det inn som kommentar").count():
            page.get_by_role("button", name="Legg det inn som kommentar").first.click()
            page.wait_for_timeout(900)
        page.get_by_text("Alt er sendt.").wait_for()
        detail = home.engine.task(home.who("kari"), task, home.now)
        assert TYPED in detail.comments[-1][2]
        assert (detail.task.status, dict(detail.answers)) == ("cancelled", {})
        context.close()
