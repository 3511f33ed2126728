"""The words of a board: how long, what hinders, what it costs, and how old each word is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pathway_engine.domain.overstay import Account
from pathway_engine.domain.waiting import Standing
from pathway_engine.service.board_views import Board, BoardRow, Hindrance, Places
from pathway_engine.web.language import Language

HOUR = 3600
DAY = 86400


@dataclass(frozen=True, slots=True)
class Money:
    """An account in words: the sum or why there is none, and every reason and remark."""

    short: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlaceSum:
    """The free places of all units that have told, of how many when all of those say it, and who has not told."""

    free: int
    total: int | None
    told: tuple[Places, ...]
    silent: tuple[Places, ...]


def board_words(say: Language, now: datetime) -> dict[str, Callable[..., object]]:
    """Return what the templates ask for, in one language and at one instant."""
    return {
        "long": lambda wait: long_text(wait, say),
        "days": lambda wait: days_text(wait, say),
        "ago": lambda at: ago_text(at, now, say),
        "hinders": lambda row: hindrance_text(row.hindrance, now, say),
        "money": lambda account: money_text(account, say),
        "darker": lambda row: darkness_text(row, say),
        "change": lambda figures: change_text(figures.days_this_week - figures.days_last_week, say),
    }


def long_text(wait: timedelta, say: Language) -> str:
    """Return hours up to two days, then whole days and hours: ``14 t``, ``3 døgn 2 t``, never broken over lines."""
    return _long(wait, say).replace(" ", "\N{NO-BREAK SPACE}")


def _long(wait: timedelta, say: Language) -> str:
    hours = int(wait.total_seconds() // HOUR)
    if hours < 1:
        return say("board.under_an_hour")
    if hours < 48:
        return say("board.hours", count=hours)
    days, rest = divmod(hours, 24)
    return say("board.days_hours", days=days, hours=rest) if rest else say("board.days", count=days)


def days_text(wait: timedelta | None, say: Language) -> str:
    """Return days with one decimal, or a dash."""
    if wait is None:
        return "–"
    return say("board.days", count=say.number(round(wait.total_seconds() / DAY, 1)))


def ago_text(at: datetime, now: datetime, say: Language) -> str:
    """Return how long ago, in words."""
    return say("board.ago", long=long_text(now - at, say))


def hindrance_text(found: Hindrance, now: datetime, say: Language) -> str:
    """Return the next step or what is in its way, with its age where it has one."""
    day = say.day(found.day) if found.day else say("board.no_day")
    text = say(f"board_hindrance.{found.code}", title=say.pick(found.title), day=day)
    if found.since is None:
        return text
    between = " " if found.code == "unanswered" else " · "
    return f"{text}{between}{long_text(now - found.since, say)}"


def darkness_text(row: BoardRow, say: Language) -> str:
    """Return what the darkness of a row means; empty where it is not dark."""
    return say(f"board_darkness.{row.darkness}") if row.darkness else ""


def change_text(change: int, say: Language) -> str:
    """Return the change against last week with its sign; a true minus, not a hyphen."""
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    return say("board.change", change=f"{sign}{abs(change)}")


def money_text(account: Account, say: Language) -> Money:
    """Return payable days and the sum; a day without a rate leaves the sum open, and says so."""
    reasons = tuple(say.pick(each.text) for each in (*account.reasons, *account.remarks))
    days = len(account.payable)
    if account.status == "not_payable":
        return Money(say("board.not_payable"), reasons)
    if account.amount_ore is None:
        return Money(say("board.not_priced", days=days), reasons)
    return Money(say("board.priced", days=days, kroner=_kroner(account.amount_ore, say)), reasons)


def _kroner(ore: int, say: Language) -> str:
    whole = f"{ore // 100:,}"
    return whole if say.code == "en" else whole.replace(",", "\N{NO-BREAK SPACE}")


def place_sum(board: Board) -> PlaceSum:
    """Add the units up that have told how many places are free."""
    told = tuple(each for each in board.places if each.at is not None)
    totals = [each.total for each in told]
    known = [total for total in totals if total is not None]
    return PlaceSum(
        sum(each.free for each in told), sum(known) if known and len(known) == len(totals) else None, told,
        tuple(each for each in board.places if each.at is None),
    )  # fmt: skip


def tone_of(row: BoardRow) -> str:
    """Return the tone of a row's status: by how long the patient has waited, else by how it stands."""
    if row.standing is Standing.READY:
        return f"dark-{row.darkness}"
    return row.standing.value
