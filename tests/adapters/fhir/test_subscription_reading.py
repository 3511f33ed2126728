"""What a Subscription asks for is read, or refused with what would be right."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.fhir.outcome import FhirRefusal
from adapters.fhir.subscriptions import BACKPORT, read_subscription
from pathway_engine.domain.subscriptions import FILTERS, Topic

TOPIC = "https://pathway-engine.example/fhir/SubscriptionTopic/task-changed"


def told(**more: Any) -> dict[str, Any]:
    channel = {"type": "rest-hook", "endpoint": "https://ehr.example/hook", **more.pop("channel", {})}
    wish = {"resourceType": "Subscription", "status": "requested", "reason": "r", "criteria": TOPIC}
    return {**wish, "channel": channel, **more}


def filtered(*texts: Any) -> dict[str, Any]:
    url = f"{BACKPORT}/backport-filter-criteria"
    return told(_criteria={"extension": [{"url": url, "valueString": text} for text in texts]})


def test_what_is_not_said_is_the_least() -> None:
    asked = read_subscription(told())
    assert (asked.topic, asked.content, asked.filters, asked.headers) == (Topic.TASK_CHANGED, "id-only", (), ())
    assert (asked.heartbeat_seconds, asked.timeout_seconds, asked.most_events, asked.ends_at) == (None,) * 4


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("Task?owner=Organization/east,west", (("owner", ("Organization/east", "Organization/west")),)),
        ("status=ready&code=a|b", (("status", ("ready",)), ("code", ("b",)))),
        ("Task?patient=Patient/p-1", (("patient", ("p-1",)),)),
    ],
)
def test_filters_are_read(text: str, filters: Any) -> None:
    assert read_subscription(filtered(text)).filters == filters


@pytest.mark.parametrize(
    "text",
    [
        "Task?name=x", "Task?", "", 7, None, "Task?status=", "Task?status=done", "Task?patient=Organization/x",
        "Task?patient=01814012345", "Task?owner=Patient/x", "Task?code=|", "Task?patient=a/b/c", "Task?owner=x y",
    ],
)  # fmt: skip
def test_filters_that_nobody_understands_are_refused(text: Any) -> None:
    """Mutant: an unknown filter is passed over, and too much is told."""
    with pytest.raises(FhirRefusal) as refused:
        read_subscription(filtered(text))
    assert refused.value.status == 422 and "01814012345" not in str(refused.value)


def test_every_topic_is_read_with_its_own_filters() -> None:
    for topic, offered in FILTERS.items():
        asked = filtered("status=ready") | {"criteria": TOPIC.replace("task-changed", topic)}
        if "status" in offered:
            assert read_subscription(asked).topic == topic
        else:
            with pytest.raises(FhirRefusal, match="patient"):
                read_subscription(asked)


@pytest.mark.parametrize(
    "line",
    ["Host: x", "content-LENGTH: 1", "Transfer-Encoding: chunked", "X", "X: a\r\nY: b", "X: ", " X: y", "Ø: x", 7],
)
def test_headers_that_would_be_ours_are_refused(line: Any) -> None:
    with pytest.raises(FhirRefusal) as refused:
        read_subscription(told(channel={"header": [line]}))
    assert "chunked" not in str(refused.value)


@pytest.mark.parametrize(
    "more",
    [
        {"criteria": "Task?status=ready"}, {"channel": {"type": "websocket"}}, {"status": "entered"},
        {"reason": "for 01814012345"}, {"end": "2026-12-31"}, {"end": "2026-12-31T10:00:00"}, {"end": 7},
        {"channel": {"payload": "application/fhir+xml"}}, {"channel": {"header": ["X: y"] * 11}},
        {"channel": {"extension": [{"url": f"{BACKPORT}/backport-timeout", "valueUnsignedInt": 31}]}},
        {"channel": {"extension": [{"url": f"{BACKPORT}/backport-max-count", "valuePositiveInt": True}]}},
    ],
)  # fmt: skip
def test_what_is_not_offered_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(FhirRefusal) as refused:
        read_subscription(told(**more))
    assert refused.value.status == 422 and "01814012345" not in str(refused.value)
