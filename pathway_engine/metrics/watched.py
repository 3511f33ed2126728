"""What a process counts of itself while it runs: its parts put their counts here, a scrape reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version

from pathway_engine.metrics.tally import Labels, Tally
from pathway_engine.service.engine import Engine

RECEIVED, SETTLED = "pathway_messages_received_total", "pathway_messages_settled_total"
KINDS = {RECEIVED: "received", SETTLED: "settled"}


@dataclass(frozen=True, slots=True)
class Watched:
    """One process of one tenant; what is in `counted` and `gauges`, by name of metric, is asked at each scrape."""

    engine: Engine
    parts: tuple[str, ...]
    tally: Tally = field(default_factory=Tally)
    counted: dict[str, Callable[[], Mapping[Labels, int]]] = field(default_factory=dict)
    gauges: dict[str, Callable[[], float]] = field(default_factory=dict)

    @property
    def info(self) -> Labels:
        """The program's version, the tenant and the parts that run here."""
        return version("pathway-engine"), self.engine.context.store.tenant, " ".join(sorted(self.parts))

    def counts_of(self, name: str) -> Mapping[Labels, int]:
        """What has been counted under the name of a metric."""
        if name in KINDS:
            return self._messages(KINDS[name])
        return self.counted[name]() if name in self.counted else self.tally.counts(name)

    def _messages(self, kind: str) -> Mapping[Labels, int]:
        traffic = self.engine.context.store.traffic.items()
        return {(family, outcome): count for (what, family, outcome), count in traffic if what == kind}
