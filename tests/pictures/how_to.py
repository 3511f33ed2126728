"""The presses that the how-to pages tell of, pressed: what does not stand on the page as they say is found out here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page


def visit(page: Page) -> None:
    """Besøk, beside a patient's name when the list is in the order of patients."""
    page.get_by_role("link", name="Besøk").first.click()
    page.get_by_role("heading", name="Hva er viktig for deg").wait_for()


def deviation(page: Page) -> None:
    """An answer that deviates opens a note below it."""
    page.get_by_role("link", name="Strukturert oppfølging av sykepleier").first.click()
    page.get_by_role("heading", name="Sjekkliste").wait_for()
    take = page.get_by_role("button", name="Ta oppgaven")
    if take.count():
        take.click()
        page.wait_for_load_state("networkidle")
    note = page.get_by_role("button", name="Lag oppgave")
    for answer in page.get_by_label("Nei", exact=True).all():
        answer.check()
        page.wait_for_load_state("networkidle")
        if note.count():
            break
    note.first.scroll_into_view_if_needed()


def offline(page: Page) -> None:
    """The day, downloaded, then opened without a network."""
    page.get_by_text("Søk, ordne og mer").click()
    page.get_by_role("button", name="Last ned dagen").click()
    page.get_by_text("Dagen er lastet ned").wait_for(timeout=60_000)
    page.context.set_offline(True)
    page.goto(page.url)
    page.get_by_text("Frakoblet").first.wait_for()


def on_paper(page: Page) -> None:
    """The list as it is printed."""
    page.set_viewport_size({"width": 794, "height": 560})
    page.emulate_media(media="print")


def answer(page: Page) -> None:
    """Svar sykehuset, in the first row that offers it."""
    page.get_by_role("link", name="Svar sykehuset").first.click()
    page.get_by_role("button", name="Send svaret").wait_for()


def by_hand(page: Page) -> None:
    """Registrer for hånd, on the board of a ward that has it."""
    page.get_by_role("link", name="Registrer for hånd").click()
    page.get_by_role("button", name="Registrer").wait_for()
