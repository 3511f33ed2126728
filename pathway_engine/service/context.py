"""What every use case needs: the store, the directory, the pathways, the channels and a source of ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TypeVar
from uuid import NAMESPACE_URL, uuid5

from pathway_engine.domain.directory import Directories, Directory
from pathway_engine.domain.overstay_rules import UkpRules
from pathway_engine.language.ukp_rules import load_ukp_rules
from pathway_engine.service.calendars import calendars
from pathway_engine.service.catalogue import Catalogue, Files
from pathway_engine.service.channel import Channel
from pathway_engine.service.endpoints import NOWHERE, Endpoints
from pathway_engine.service.nearness import USUAL, Nearness
from pathway_engine.service.outward import NO_POST, Post
from pathway_engine.storage.errors import ConcurrentChange
from pathway_engine.storage.store import Store
from pathway_engine.storage.unit_of_work import UnitOfWork

TRIES = 8
ONE_DAY = timedelta(days=1)
RulesOfPayment = Callable[[], UkpRules]
shipped_rules = cache(load_ukp_rules)
"""The rules of payment that ship, read once."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """The service's surroundings; `new_id` gives opaque ids for patients.

    `target_wait` is what boards aim at, `nearness` how long somebody stays near a patient after the work is done.
    `endpoints` are where programs may be notified.
    """

    store: Store
    directories: Directories
    catalogue: Catalogue
    channels: Mapping[str, Channel]
    new_id: Callable[[], str]
    post: Post = NO_POST
    rules_of_payment: RulesOfPayment = shipped_rules
    target_wait: timedelta = ONE_DAY
    nearness: Nearness = USUAL
    endpoints: Endpoints = NOWHERE

    @property
    def directory(self) -> Directory:
        """The directory in force."""
        return self.directories.current

    def task_id(self, patient_id: str, key: str) -> str:
        """The id of a task: opaque, and the same each time the log is folded."""
        return str(uuid5(NAMESPACE_URL, f"{self.store.tenant}/{patient_id}/{key}"))

    def episode_id(self, patient_id: str, pathway: str, ordinal: int) -> str:
        """The id of a patient's n-th episode in a pathway."""
        return str(uuid5(NAMESPACE_URL, f"{self.store.tenant}/{patient_id}/{pathway}#{ordinal}"))

    def committed(self, work: Callable[[UnitOfWork], T]) -> T:
        """Do *work* in one transaction; again when somebody else was in the way."""
        for _ in range(TRIES - 1):
            try:
                return self._once(work)
            except ConcurrentChange:
                continue
        return self._once(work)

    def _once(self, work: Callable[[UnitOfWork], T]) -> T:
        with self.store.transaction() as records:
            return work(records)


def build_context(
    store: Store,
    directories: Directories,
    folders: Iterable[Files],
    channels: Iterable[Channel],
    new_id: Callable[[], str],
    now: datetime,
    post: Post = NO_POST,
    rules_of_payment: RulesOfPayment = shipped_rules,
    target_wait: timedelta = ONE_DAY,
    nearness: Nearness = USUAL,
    endpoints: Endpoints = NOWHERE,
) -> Context:
    """Join the parts and register the pathway versions in force."""
    catalogue = Catalogue(folders, calendars(directories.current))
    by_name = {channel.name: channel for channel in channels}
    context = Context(
        store, directories, catalogue, by_name, new_id, post, rules_of_payment, target_wait, nearness, endpoints
    )  # fmt: skip
    context.committed(lambda records: catalogue.register(records, now))
    return context
