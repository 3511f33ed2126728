"""The menu: the pages that the reader may open, in the order of a day's work."""

from __future__ import annotations

from dataclasses import dataclass

from pathway_engine.service.views import Principal
from pathway_engine.web.rights import may


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu: its path, and the key of its name."""

    path: str
    text: str


MENU = (
    Entry("/", "menu.day"),
    Entry("/board", "menu.board"),
    Entry("/inbox", "menu.inbox"),
    Entry("/management", "menu.management"),
    Entry("/emergency", "menu.emergency"),
)


def menu_of(who: Principal | None) -> list[Entry]:
    """Return the entries for *who*; none for somebody who has not signed in."""
    return [entry for entry in MENU if may(who, "GET", entry.path)] if who else []
