"""What a scrape gets: the figures of the database and of this process, in Prometheus' text format."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from pathway_engine.metrics.figures import samples
from pathway_engine.metrics.look import Seen
from pathway_engine.metrics.table import BY_NAME, METRICS, Metric
from pathway_engine.metrics.tally import OTHER, Labels, Tally
from pathway_engine.metrics.watched import Watched

LABEL = re.compile(r"[A-Za-z0-9 _./{}:+-]{0,120}")
MANY_DIGITS = re.compile(r"(?:[0-9][^0-9A-Za-z]{0,3}){9}")
"""Nothing that a metric is told apart by has nine digits on end; numbers of people do."""
Family = GaugeMetricFamily | CounterMetricFamily | HistogramMetricFamily
Counts = Mapping[Labels, float]


def exposed(seen: Seen, process: Watched, accept: str = "") -> tuple[bytes, str]:
    """Return the page and its content type, by what *accept* prefers."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once(list(families(seen, process))))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class _Once(Collector):
    """Families that are made already."""

    def __init__(self, made: list[Family]) -> None:
        self._made = made

    def collect(self) -> Iterator[Family]:
        """Yield them."""
        yield from self._made


def families(seen: Seen, process: Watched) -> Iterator[Family]:
    """Yield every metric that has a value, in the order of the table."""
    found = _gathered(seen, process)
    for metric in METRICS:
        if metric.kind == "histogram":
            yield _histogram(metric, process.tally)
        else:
            yield _simple(metric, found.get(metric.name, {}))


def allowed(label: str) -> str:
    """Return *label* when it can be a name of the program's or of a pathway file's, else a word for anything else."""
    return label if LABEL.fullmatch(label) and not MANY_DIGITS.search(label) else OTHER


def _gathered(seen: Seen, process: Watched) -> Mapping[str, Counts]:
    found: dict[str, dict[Labels, float]] = {}
    for name, labels, value in _of_process(seen, process):
        found.setdefault(name, {})[labels] = value
    for name, labels, value in samples(seen.state) if seen.state else ():
        assert BY_NAME[name].of_database
        found.setdefault(name, {})[labels] = value
    return found


def _of_process(seen: Seen, process: Watched) -> Iterator[tuple[str, Labels, float]]:
    alive = float(seen.state is not None)
    yield from (("pathway_up", (), alive), ("pathway_database_up", (), alive))
    yield "pathway_look_seconds", (), seen.seconds
    yield "pathway_info", process.info, 1
    for name, gauge in process.gauges.items():
        yield name, (), gauge()
    for metric in METRICS:
        if metric.kind == "counter":
            for labels, count in process.counts_of(metric.name).items():
                yield metric.name, labels, count


def _simple(metric: Metric, values: Counts) -> Family:
    kind = GaugeMetricFamily if metric.kind == "gauge" else CounterMetricFamily
    family: GaugeMetricFamily | CounterMetricFamily = kind(metric.name, metric.meaning, labels=metric.labels)
    for labels, value in values.items():
        family.add_metric([allowed(label) for label in labels], value)
    return family


def _histogram(metric: Metric, tally: Tally) -> Family:
    family = HistogramMetricFamily(metric.name, metric.meaning, labels=metric.labels)
    for labels, (buckets, total) in tally.durations(metric.name).items():
        family.add_metric([allowed(label) for label in labels], buckets, total)
    return family
