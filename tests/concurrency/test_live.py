"""One program writes, another shows: what time alone changes, and what a notice says, reaches the open page."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from threading import Thread

import httpx

from tests.concurrency.pages import nurses, served
from tests.service.community import Community
from tests.web.visitor import hidden_fields

REPOSITORY = Path(__file__).parents[2]
SECONDS = 30


def wake(home: Community, *what: str) -> None:
    """Let another program write."""
    asked = [sys.executable, "-m", "tests.concurrency.waker", home.url, home.now.isoformat(), *what]
    subprocess.run(asked, cwd=REPOSITORY, check=True, timeout=SECONDS)


def mark_of(page: str) -> str:
    found: str = re.findall(r'data-mark="([\d.]+)"', page)[0]
    return found


def news(browser: httpx.Client, mark: str) -> str | None:
    """The mark of the first news that an open page hears of, or None when its stream ends without."""
    with browser.stream("GET", f"/live?since={mark}", timeout=SECONDS) as stream:
        lines = list[str]()
        for line in stream.iter_lines():
            lines.append(line)
            if line.startswith("data:"):
                return line.removeprefix("data: ") if "event: changed" in lines else None
    return None


def heard(browser: httpx.Client, mark: str, home: Community, *what: str) -> str | None:
    """What a page hears while another program writes."""
    found = list[str | None]()
    listening = Thread(target=lambda: found.append(news(browser, mark)))
    listening.start()
    wake(home, *what)
    listening.join(SECONDS)
    return found[0] if found else None


def test_an_open_page_is_told_of_what_another_program_lets_time_do(home: Community) -> None:
    due = home.list_of("kari")["HPH2"].due_at
    assert due is not None
    home.now = due - timedelta(minutes=1)
    home.engine.wake_due(home.now)
    home.now += timedelta(seconds=30)
    with served(home.engine, home) as address, nurses(home, [address], 1) as (browser,):
        before = browser.get("/?view=unit").text
        home.now = due + timedelta(minutes=1)
        told = heard(browser, mark_of(before), home)
        assert told is not None
        assert told.partition(".")[0] == mark_of(before).partition(".")[0]  # the log has not grown
        cards = browser.get("/day/cards?view=unit").text
        assert cards.count('data-section="overdue"') > before.count('data-section="overdue"')


def test_an_open_page_is_told_of_a_notice_that_another_program_raises(home: Community) -> None:
    person = "mia"
    home.now += timedelta(minutes=5)
    home.engine.grant_access_key(person, f"the key of {person}", home.now)
    with (
        served(home.engine, home) as address,
        httpx.Client(base_url=address, timeout=SECONDS, trust_env=False) as browser,
    ):
        form = hidden_fields(browser.get("/sign-in").text)
        browser.post("/sign-in", data=form | {"key": f"the key of {person}"})
        before = browser.get("/?view=unit").text
        home.now += timedelta(minutes=1)
        assert heard(browser, mark_of(before), home, "notice") is not None
        assert "Mottatt melding kunne ikke brukes" in browser.get("/day/cards?view=unit").text
