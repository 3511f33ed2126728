"""Metrics, alerts and the operator's runbook say the same: nothing is named that is not there, nothing is left out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pathway_engine.metrics import reference
from pathway_engine.metrics.table import BY_NAME, METRICS
from pathway_engine.service.health import CHECKS

REPOSITORY = Path(__file__).parents[2]
RUNBOOK = "docs/how-to/runbook.md"
ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((REPOSITORY / "docs/reference/alerts.yaml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
NAMED = re.compile(r"\bpathway_[a-z_]+\b")
MATCHERS = re.compile(r'\b(pathway_[a-z_]+)\{([a-z_]+)=~?"([^"]*)"\}')
PARTS = ("_bucket", "_count", "_sum")
SPELLED_OUT = {
    "pathway_problem": REPOSITORY / "pathway_engine/service/health.py",
    "pathway_mllp_events_total": REPOSITORY / "pathway_engine/transports/mllp.py",
    "pathway_messages_settled_total": REPOSITORY / "pathway_engine/storage/inbox.py",
}
"""Where the values of a metric's labels are written down."""


def metric_of(name: str) -> str:
    """The metric whose sample that is."""
    for part in PARTS:
        bare = name.removesuffix(part)
        if bare in BY_NAME and BY_NAME[bare].kind == "histogram":
            return bare
    return name


def anchors(page: str) -> set[str]:
    """The ids of a page's headings that are ids of problems."""
    return set(re.findall(r"^### ([a-z0-9-]+)$", page, re.MULTILINE))


def test_the_page_of_metrics_is_that_of_the_program() -> None:
    page = (REPOSITORY / "docs/reference/metrics.md").read_text("utf-8")
    assert page == reference.page(), "run: python -m pathway_engine.metrics.reference > docs/reference/metrics.md"


def test_every_metric_is_documented() -> None:
    page = (REPOSITORY / "docs/reference/metrics.md").read_text("utf-8")
    assert sorted(re.findall(r"^\| `(pathway_\w+)` \|", page, re.MULTILINE)) == sorted(BY_NAME)
    assert all(metric.meaning for metric in METRICS)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_is_whole_and_names_what_there_is(alert: dict[str, Any]) -> None:
    assert set(alert) == {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"Pathway[A-Z]\w+", alert["alert"]) and re.fullmatch(r"\d+[mh]", alert["for"])
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert set(alert["annotations"]) == {"summary_nb", "summary_en", "runbook"}
    names = {metric_of(name) for name in NAMED.findall(alert["expr"])}
    assert names or alert["expr"].startswith("up{")
    assert names <= set(BY_NAME)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_what_an_alert_asks_for_can_come(alert: dict[str, Any]) -> None:
    for name, label, values in MATCHERS.findall(alert["expr"]):
        assert label in BY_NAME[metric_of(name)].labels
        source = SPELLED_OUT.get(name)
        text = source.read_text("utf-8") if source else ""
        values_there = [each for each in values.split("|") if f'"{each}"' in text]
        assert source is None or values_there == values.split("|")


def test_figures_of_the_database_are_not_added_up() -> None:
    """Every process gives the same: a sum would grow with the number of processes."""
    for alert in ALERTS:
        summed = re.findall(r"sum by \([^)]*\) \((?:\w+\()?(pathway_\w+)", alert["expr"])
        assert [name for name in summed if BY_NAME[metric_of(name)].of_database] == []


def test_every_check_of_the_doctor_has_an_alert_and_every_alert_a_paragraph() -> None:
    known = {check.id for check in CHECKS}
    assert {alert["labels"]["check"] for alert in ALERTS if "check" in alert["labels"]} == known
    assert all(f'check="{alert["labels"]["check"]}"' in alert["expr"] for alert in ALERTS if "check" in alert["labels"])
    led = {alert["annotations"]["runbook"] for alert in ALERTS}
    assert {each.partition("#")[0] for each in led} == {RUNBOOK}
    assert {each.partition("#")[2] for each in led} == anchors((REPOSITORY / RUNBOOK).read_text("utf-8"))


def test_what_stops_the_house_wakes_somebody() -> None:
    severity = {alert["labels"].get("check"): alert["labels"]["severity"] for alert in ALERTS}
    assert [check.id for check in CHECKS if check.stops and severity[check.id] != "critical"] == []
