"""The pages on real sockets, and many nurses who press a button at the same instant."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from threading import Thread

import httpx
import uvicorn

from pathway_engine.service.engine import Engine
from pathway_engine.web import WebSettings, create_app
from tests.concurrency.contests import PEOPLE, WAIT_SECONDS, acts_of, at_once
from tests.service.community import Community
from tests.web.visitor import SECRET, hidden_fields

DONE, CONFLICT = 303, 409


@contextmanager
def served(engine: Engine, community: Community) -> Iterator[str]:
    """Serve the pages of *engine* from a port of 127.0.0.1; give the address."""
    settings = WebSettings(session_secret=SECRET, https_only=False, demo_sign_in=False)
    app = create_app(engine, settings, lambda: community.now)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    listener = socket.create_server(("127.0.0.1", 0))
    serving = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    serving.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        serving.join(WAIT_SECONDS)
        listener.close()


@contextmanager
def nurses(community: Community, addresses: Sequence[str], number: int) -> Iterator[list[httpx.Client]]:
    """So many signed-in browsers, Kari's and Ola's in turn, spread over the servers."""
    for person in PEOPLE:
        community.engine.grant_access_key(person, f"the key of {person}", community.now)
    with ExitStack() as stack:
        browsers = []
        for each in range(number):
            address = addresses[each % len(addresses)]
            browser = stack.enter_context(httpx.Client(base_url=address, timeout=WAIT_SECONDS, trust_env=False))
            form = hidden_fields(browser.get("/sign-in").text)
            key = f"the key of {PEOPLE[each % len(PEOPLE)]}"
            assert browser.post("/sign-in", data=form | {"key": key}).status_code == DONE
            browsers.append(browser)
        yield browsers


def contest(community: Community, browsers: Sequence[httpx.Client], act: dict[str, str]) -> list[str]:
    """Let every browser open the nurse's visit, then send its form at once; return what was wrong."""
    task, before = community.list_of("kari")["HPH2"], acts_of(community)
    path = f"/tasks/{task.id}"
    forms = [hidden_fields(browser.get(path).text) | act for browser in browsers]
    works = [
        lambda browser=browser, form=form: browser.post(path, data=form)
        for browser, form in zip(browsers, forms, strict=True)
    ]
    answers = at_once(works)
    codes = Counter(answer.status_code for answer in answers)
    if codes[DONE] != 1:
        return [f"{codes[DONE]} of {len(browsers)} were told that it is done: {dict(codes)}"]
    winner = next(number for number, answer in enumerate(answers) if answer.status_code == DONE)
    name = community.who(PEOPLE[winner % len(PEOPLE)]).name
    lost = [answer for answer in answers if answer.status_code != DONE]
    wrong = {
        f"losers were answered otherwise than {CONFLICT}: {dict(codes)}": codes[CONFLICT] != len(lost),
        "a loser is not shown who won": any(name not in _notice(answer.text) for answer in lost),
        "a loser cannot go on from the version that won": any(
            hidden_fields(answer.text)["version"] != f"{task.version + 1}" for answer in lost
        ),
        "the log has not one act more": acts_of(community) != before + 1,
        "a retry of the winner was answered otherwise": (
            browsers[winner].post(path, data=forms[winner]).status_code != DONE or acts_of(community) != before + 1
        ),
    }
    return [what for what, is_so in wrong.items() if is_so]


def storm(community: Community, browser: httpx.Client, senders: int, act: dict[str, str]) -> list[str]:
    """Let one browser send one form *senders* times at once; return what was wrong."""
    task, before = community.list_of("kari")["HPH2"], acts_of(community)
    path = f"/tasks/{task.id}"
    form = hidden_fields(browser.get(path).text) | act
    codes = Counter(answer.status_code for answer in at_once([lambda: browser.post(path, data=form)] * senders))
    wrong = {
        f"retries were answered otherwise than {DONE}: {dict(codes)}": codes[DONE] != senders,
        "the log has not one act more": acts_of(community) != before + 1,
    }
    return [what for what, is_so in wrong.items() if is_so]


def _notice(page: str) -> str:
    start = page.index('role="alert"')
    return page[start : page.index("</div>", start)]
