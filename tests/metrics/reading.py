"""A page of metrics as plain values, read by prometheus-client's own parser."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

Series = tuple[str, tuple[tuple[str, str], ...]]


def read(page: str) -> dict[Series, float]:
    """Every sample by its name and its labels, the labels in alphabetical order."""
    families = text_string_to_metric_families(page)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def value(page: str, name: str, /, **labels: str) -> float:
    """One sample's value."""
    return read(page)[name, tuple(sorted(labels.items()))]
