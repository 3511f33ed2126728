"""The place where the story happens: an engine of its own, its pages and doors, its partners, and a clock in hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib.resources import as_file
from importlib.resources import files as resources
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from joserfc.jwk import ECKey

from pathway_engine.app import drop_folder, import_directory, opened, upgrade_schema
from pathway_engine.service.engine import Engine
from pathway_engine.serving.pages import application
from pathway_engine.settings import Settings, database_url, read_settings
from pathway_engine.storage.store import Store
from pathway_engine.story.browsing import ADDRESS, Browser, Line
from pathway_engine.story.partners import LOST, Partners
from pathway_engine.story.times import BEGINS, Clock
from pathway_engine.transports.drop_folder import DropFolder
from pathway_engine.workers.drop_reader import DropReader

BEFORE = timedelta(days=60)
SHIFT = timedelta(hours=9)
"""So long a session lasts."""
DOOR_KEY = "the-key-of-fjordby-sykehus-at-the-door-for-messages"
PROGRAM, READS_FOR = "innsyn", "kari"
SCOPES = ("system/Task.rs", "system/Encounter.rs", "system/CarePlan.rs", "system/Patient.rs")
SECRET = "a secret of the story alone, thirty-two characters or more"  # noqa: S105


@dataclass
class World:
    """Everything that the story needs; `sessions` are the browsers of those who work, by person."""

    engine: Engine
    clock: Clock
    line: Line
    drop: DropFolder
    partners: Partners
    reader: DropReader
    program_key: ECKey
    sessions: dict[str, tuple[Browser, datetime]] = field(default_factory=dict)

    def show(self, at: datetime) -> None:
        """Let time pass to *at*, as the heartbeat and the post do it."""
        self.clock.show(at)
        self.engine.wake_due(self.clock())
        self.post()

    def post(self) -> None:
        """Send what is due, let partners answer, and take what lies in the folder, until nothing moves any more."""
        for _ in range(20):
            sent = self.engine.send_due(self.clock)
            if not (sent + self.partners.collect(self.clock()) + self.reader.take_all()):
                return
        raise AssertionError("messages move for ever")

    def browser(self, person: str) -> Browser:
        """The browser of *person*, signed in; a session that has been left alone for a while is begun anew."""
        browser, seen = self.sessions.get(person, (None, BEGINS))
        if browser is None or self.clock() - seen > SHIFT:
            browser = Browser(self.line)
            browser.sign_in(key_of(person))
            self.sessions[person] = browser, self.clock()
        return browser


def key_of(person: str) -> str:
    """The access key of a made-up person."""
    return f"{person}-in-the-story-of-fjordby-and-dalen"


@contextmanager
def world() -> Iterator[World]:
    """Give the place, empty, two months after its directory was imported; it is gone afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="pathway-story-")))
        key = ECKey.generate_key("P-384", parameters={"kid": "story"})
        settings = _settings(folder, key.as_dict(private=False))
        engine, clock = stack.enter_context(_engine(settings)), Clock(BEGINS)
        line = stack.enter_context(Line(application(engine, settings, clock, f"{ADDRESS}/")))
        assert settings.drop_folder is not None
        drop = drop_folder(settings.drop_folder, settings)
        partners = Partners(drop, lambda kind, now: kind == LOST and (now.month, now.day) == (11, 16))
        reader = DropReader(engine.context, drop, clock, max_bytes=settings.message_max_bytes)
        yield World(engine, clock, line, drop, partners, reader, key)


def _settings(folder: Path, public: Any) -> Settings:
    """An installation of its own, whatever the environment says."""
    (folder / "post" / "out").mkdir(parents=True)
    clients, keys = folder / "clients.toml", folder / "keys.txt"
    keys.write_text(f"fjordsyk_epj {DOOR_KEY}\n", "ascii")
    (folder / "keys.json").write_text(json.dumps({"keys": [public]}), "ascii")
    scopes = ", ".join(f'"{scope}"' for scope in SCOPES)
    clients.write_text(
        f'[[client]]\nclient_id = "{PROGRAM}"\nname = "Innsyn"\nperson = "{READS_FOR}"\nscopes = [{scopes}]\n'
        'jwks_file = "keys.json"\n', "utf-8",
    )  # fmt: skip
    return read_settings(
        **{name: each.default for name, each in Settings.model_fields.items()} | {
            "database_url": f"sqlite:///{folder / 'story.sqlite'}", "secret_key": SECRET, "log_level": "warning",
            "drop_folder": folder / "post", "drop_settle_seconds": 0.0, "message_keys": keys, "fhir_clients": clients,
            "session_idle_minutes": 600.0,
        }
    )  # fmt: skip


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine]:
    upgrade_schema(settings)
    store = Store(database_url(settings), settings.tenant)
    with as_file(resources("pathway_engine.story") / "community.yaml") as file:
        import_directory(store, file, BEGINS - BEFORE)
    store.close()
    with opened(settings, BEGINS) as engine:
        numbers = count(1)
        known = Engine(replace(engine.context, new_id=lambda: f"patient{next(numbers):03}"))
        for person in known.context.directory.people:
            known.grant_access_key(person, key_of(person), BEGINS)
        yield known
