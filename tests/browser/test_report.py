"""The report of a simulation is whole on a telephone, on a screen and on paper, and a checker finds no barrier."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulations import reports
from simulations.comparing import compare
from simulations.parameters import with_parameters
from simulations.stress import Machine
from tests.simulations.answers.cases import city

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
WIDTH = "document.documentElement.scrollWidth"
MACHINE = Machine("0.1.0", "numba", "3.11", 2)
ON_PAPER = 680
"""A4 less its margins, in CSS pixels."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report with a comparison, in a file."""
    scenario = city(collect=30.0, warm_up=10.0)
    found = compare([scenario, with_parameters(scenario, {"resources.short_term.places.A": "+6"})], replications=3)
    now = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(reports.report(found.base, MACHINE, now=now, comparison=found), "utf-8")
    return file.as_uri()


@pytest.mark.parametrize(("width", "media"), [(390, "screen"), (1280, "screen"), (ON_PAPER, "print")])
def test_nothing_of_the_report_is_cut(chromium: Browser, address: str, width: int, media: str) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.emulate_media(media="print" if media == "print" else "screen")
    page.goto(address)
    assert page.evaluate(WIDTH) <= width
    page.close()


def test_what_is_wider_than_a_telephone_is_scrolled_by_itself_and_by_keys(chromium: Browser, address: str) -> None:
    page = chromium.new_page(viewport={"width": 390, "height": 900})
    page.goto(address)
    wide = page.locator(".wide").first
    assert wide.evaluate("each => each.scrollWidth > each.clientWidth && each.tabIndex === 0")
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})")
    assert [each["id"] for each in found["violations"]] == []
    page.close()
