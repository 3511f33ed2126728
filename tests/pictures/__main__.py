"""Draw the pages of the program from the demonstration's data into docs/pictures.

python -m tests.pictures                 every picture; some minutes, for a year is lived through first
python -m tests.pictures --only inbox    some of them
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pathway_engine.service.engine import Engine
from pathway_engine.web.menu import MENU
from pathway_engine.web.rights import may
from tests.conftest import CHROMIUM_FLAGS
from tests.pictures import how_to
from tests.pictures.town import NOW, demonstration

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
LARGEST = 150_000
"""Bytes of one picture at most."""

ANYBODY = "anybody"
"""Whoever may open the page."""

TELEPHONE: ViewportSize = {"width": 390, "height": 844}
SCREEN: ViewportSize = {"width": 1280, "height": 800}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: of which page, seen by whom, on a telephone or a screen, after which presses."""

    path: str
    person: str = ""
    on_telephone: bool = False
    presses: Callable[[Page], None] | None = None


CHOSEN: Mapping[str, Picture] = {
    "worklist": Picture("/", "Kari Nordvik", on_telephone=True),
    "inbox": Picture("/inbox", "Bjørn Tangen"),
    "inbox-message": Picture("/inbox/in/{nameless}", "Bjørn Tangen", on_telephone=True),
    "management": Picture("/management", "Silje Rønning"),
    "help": Picture("/help", on_telephone=True),
    "visit": Picture("/?view=unit&order=patient", "Kari Nordvik", on_telephone=True, presses=how_to.visit),
    "deviation": Picture("/?view=unit", "Kari Nordvik", on_telephone=True, presses=how_to.deviation),
    "offline": Picture("/", "Kari Nordvik", on_telephone=True, presses=how_to.offline),
    "print": Picture("/?view=unit&order=patient", "Kari Nordvik", presses=how_to.on_paper),
    "answer": Picture("/board", "Silje Rønning", presses=how_to.answer),
    "manual": Picture("/board", "Jonas Eikeland", presses=how_to.by_hand),
}
"""The pictures by the names of their files, where a menu's own would not do."""


def pictures() -> dict[str, Picture]:
    """Every picture by its name: the chosen ones, and each other page of the menu on a screen."""
    drawn = {picture.path for picture in CHOSEN.values() if picture.presses is None}
    others = [entry for entry in MENU if entry.path not in drawn]
    return {**CHOSEN, **{entry.text.removeprefix("menu."): Picture(entry.path, ANYBODY) for entry in others}}


def _reader(engine: Engine, picture: Picture) -> str:
    """The name of who looks; of anybody, the one who may and has most to do."""
    if picture.person != ANYBODY:
        return picture.person
    people = [who for who in engine.principals_for_demo() if may(who, "GET", picture.path)]
    return max(people, key=lambda who: len(engine.worklist(who, NOW))).name


def main() -> int:
    """Draw what is asked for; return 1 when a picture is too large."""
    told = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    known = pictures()
    told.add_argument("--only", default="", help=f"some of {','.join(known)}")
    chosen = [name for name in known if name in (told.parse_args().only or ",".join(known)).split(",")]
    too_large = []
    with demonstration(history="management" in chosen) as (engine, address), _chromium() as browser:
        for name in chosen:
            file = PICTURES / f"{name}.png"
            _draw(browser, address, known[name], _reader(engine, known[name]), _path(engine, known[name]), file)
            size = file.stat().st_size
            print(f"{file.name}: {size / 1000:.0f} kB")
            too_large += [name] if size > LARGEST else []
    if too_large:
        print(f"larger than {LARGEST // 1000} kB: {', '.join(too_large)}")
    return 1 if too_large else 0


def _path(engine: Engine, picture: Picture) -> str:
    who = engine.principal("bjorn", "message_responsible")
    assert who is not None
    nameless = next((line.id for line in engine.inbox(who, NOW) if line.code == "UnmatchedPatient"), "")
    return picture.path.replace("in/{nameless}", nameless)


@contextmanager
def _chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


def _draw(browser: Browser, address: str, picture: Picture, person: str, path: str, file: Path) -> None:
    size = TELEPHONE if picture.on_telephone else SCREEN
    page = browser.new_page(viewport=size, locale="nb-NO", color_scheme="light")
    if person:
        page.goto(f"{address}/sign-in")
        page.get_by_role("button", name=person).first.click()
        page.wait_for_load_state()
    page.goto(address + path)
    page.wait_for_load_state("networkidle")
    if picture.presses:
        picture.presses(page)
    page.screenshot(path=file)
    page.close()


if __name__ == "__main__":
    sys.exit(main())
