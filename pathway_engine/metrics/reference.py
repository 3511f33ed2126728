"""Writes docs/reference/metrics.md: `python -m pathway_engine.metrics.reference > docs/reference/metrics.md`."""

from __future__ import annotations

from pathway_engine.metrics.table import METRICS, OF_THE_RUNTIME, Metric
from pathway_engine.metrics.tally import BOUNDS, MOST_SERIES

OPENING = """# Metrics

Written by `python -m pathway_engine.metrics.reference`; a test says when it is stale. How to switch them on and what to
look at: [watch](../how-to/watch.md). When to be woken: [alerts.yaml](alerts.yaml), for Prometheus.

No label holds anything about anybody: labels are names of the program and of pathway files, and whatever looks
otherwise is called `other`. Routes are templates (`/tasks/{task_id}`), never addresses.
"""
OF_DATABASE = """## Of the database

Every process of a tenant gives the same figures, asked of the database at the scrape and kept for five seconds: take
the `max`, never the `sum`. While the database is away they are missing, and `pathway_database_up` is 0.
"""
OF_PROCESS = f"""## Of one process

Each process counts for itself, from its start: take the `sum`. Durations are in seconds, in buckets up to
{", ".join(f"{bound:g}" for bound in BOUNDS)}. A metric has at most {MOST_SERIES} combinations of labels.
"""
OF_RUNTIME = f"""## Of the runtime

`prometheus-client` adds {", ".join(f"`{name}`" for name in OF_THE_RUNTIME)} and some more of that kind.
"""


def page() -> str:
    """Return the whole page."""
    of_database = _table([metric for metric in METRICS if metric.of_database])
    of_process = _table([metric for metric in METRICS if not metric.of_database])
    return "\n".join([OPENING, OF_DATABASE, of_database, OF_PROCESS, of_process, OF_RUNTIME])


def _table(metrics: list[Metric]) -> str:
    rows = [
        f"| `{metric.name}` | {metric.kind} | {', '.join(f'`{label}`' for label in metric.labels)} | {metric.meaning} |"
        for metric in metrics
    ]
    return "\n".join(["| Metric | Kind | Labels | What it means |", "|---|---|---|---|", *rows, ""])


if __name__ == "__main__":
    print(page(), end="")
