"""What a scrape holds: every metric of the table, true figures, and in no label anything about anybody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from pathway_engine.metrics.exposition import allowed, exposed
from pathway_engine.metrics.look import Seen
from pathway_engine.metrics.table import BY_NAME, METRICS, OF_THE_RUNTIME
from pathway_engine.metrics.tally import MOST_SERIES, OTHER, Tally
from pathway_engine.metrics.watched import Watched
from pathway_engine.service.health import WORK
from tests.identity_forms import forms, held
from tests.metrics.reading import read, value
from tests.naughty import NAUGHTY
from tests.service.community import START, Community

ENDS = {"histogram": ("_bucket", "_count", "_sum")}


def scraped(watched: Watched, community: Community) -> str:
    body, kind = exposed(Seen(community.engine.state(community.now), 0.01), watched)
    assert kind.startswith("text/plain; version=0.0.4")
    return body.decode()


def test_every_metric_of_the_table_is_given_and_no_other(watched: Watched, community: Community) -> None:
    community.tell("discharge_ready")
    for metric in METRICS:
        if metric.kind == "histogram":
            watched.tally.time(metric.name, 0.1, tuple("x" for _ in metric.labels))
        elif metric.kind == "counter":
            watched.tally.count(metric.name, tuple("x" for _ in metric.labels))
    watched.gauges["pathway_mllp_connections"] = lambda: 3
    community.engine.beat(WORK, community.now)
    given = {name for name, _ in read(scraped(watched, community))}
    ours = {name for name in given if name.startswith("pathway_")}
    known = {f"{metric.name}{end}" for metric in METRICS for end in ENDS.get(metric.kind, ("",))}
    assert ours == known
    assert set(OF_THE_RUNTIME) <= given


def test_figures_are_those_of_the_house(watched: Watched, community: Community) -> None:
    community.engine.beat(WORK, START - timedelta(seconds=7))
    community.tell("admitted", receives_services=True)
    community.tell("discharge_ready")
    community.send(bad=True)
    page = scraped(watched, community)
    assert value(page, "pathway_up") == value(page, "pathway_database_up") == 1
    assert value(page, "pathway_heartbeat_age_seconds", loop=WORK) == 7
    assert value(page, "pathway_patients_ready") == 1
    assert value(page, "pathway_episodes_active", pathway="hph", phase="discharge_ready") == 1
    assert value(page, "pathway_messages_received_total", family="plain", outcome="new") == 3
    assert value(page, "pathway_messages_settled_total", family="plain", disposition="applied") == 2
    assert value(page, "pathway_messages_settled_total", family="plain", disposition="rejected") == 1
    assert value(page, "pathway_pathway_info", pathway="hph", version="1.1.0") == 1


def test_a_message_that_is_sent_again_is_counted_apart(watched: Watched, community: Community) -> None:
    for _ in range(2):
        community.send(id="SAME")
    community.send(id="SAME", patient="other")
    page = scraped(watched, community)
    counted = [
        value(page, "pathway_messages_received_total", family="plain", outcome=outcome)
        for outcome in ("new", "duplicate", "conflict")
    ]
    assert counted == [1, 1, 1]


def test_what_was_rolled_back_is_not_counted(watched: Watched, community: Community) -> None:
    with pytest.raises(ZeroDivisionError), community.engine.context.store.transaction() as records:
        stored_within(records)
        raise ZeroDivisionError
    assert community.engine.context.store.traffic == {}


def stored_within(records: object) -> None:
    from pathway_engine.storage.inbox import NewMessage
    from pathway_engine.storage.unit_of_work import UnitOfWork

    assert isinstance(records, UnitOfWork)
    message = NewMessage(
        sender="S", message_id="1", raw=b"x", channel="plain", peer="t", message_type="T", received_at=START
    )
    assert records.store_messages([message])[0].outcome == "new"


def test_the_oldest_that_waits_tells_its_age(watched: Watched, community: Community) -> None:
    community.tell("admitted")
    with community.engine.context.store.engine.begin() as connection:
        connection.execute(text("UPDATE inbox SET disposition = NULL"))
    community.now += timedelta(minutes=6)
    page = scraped(watched, community)
    assert value(page, "pathway_messages_waiting") == 1
    assert value(page, "pathway_messages_oldest_waiting_seconds") == 360
    assert value(page, "pathway_problem", check="messages-not-applied") == 1


def test_without_a_database_the_page_says_so_and_keeps_what_the_process_knows(watched: Watched) -> None:
    watched.tally.count("pathway_heartbeat_restarts_total")
    page = exposed(Seen(None, 3.0), watched)[0].decode()
    assert value(page, "pathway_up") == value(page, "pathway_database_up") == 0
    assert value(page, "pathway_heartbeat_restarts_total") == 1
    given = {name for name, _ in read(page)}
    assert not given & {metric.name for metric in METRICS if metric.of_database}


def test_what_another_format_asks_for_is_given(watched: Watched) -> None:
    body, kind = exposed(Seen(), watched, "application/openmetrics-text; version=1.0.0")
    assert kind.startswith("application/openmetrics-text") and body.endswith(b"# EOF\n")


# -- labels


@pytest.mark.parametrize("form", forms("15876500565"))
def test_no_form_of_an_identity_number_stands_in_a_label(watched: Watched, form: str) -> None:
    number = "15876500565"
    written = forms(number)[form]
    watched.tally.count("pathway_mllp_events_total", (written,))
    watched.tally.time("pathway_http_request_seconds", 0.1, ("GET", f"/tasks/{written}"))
    page = exposed(Seen(), watched)[0].decode()
    assert held(page, number) == []
    assert form == "base64" or value(page, "pathway_mllp_events_total", event=OTHER) == 1


def test_no_naughty_text_breaks_the_page_or_stands_in_it(watched: Watched) -> None:
    for each in NAUGHTY:
        watched.tally.count("pathway_mllp_events_total", (each,))
    page = exposed(Seen(), watched)[0].decode()
    labels = [dict(pairs)["event"] for name, pairs in read(page) if name == "pathway_mllp_events_total"]
    assert OTHER in labels and all(allowed(label) == label for label in labels)


def test_labels_of_the_program_pass() -> None:
    for label in ("/tasks/{task_id}", "/fhir/{path}", "no answer in time", "hph", "1.1.0", "", "mllp web worker"):
        assert allowed(label) == label


def test_series_do_not_grow_without_end() -> None:
    tally = Tally()
    for number in range(MOST_SERIES + 50):
        tally.count("pathway_mllp_events_total", (f"e{number}",))
        tally.time("pathway_http_request_seconds", 0.1, ("GET", f"/{number}"))
    counts, durations = tally.counts("pathway_mllp_events_total"), tally.durations("pathway_http_request_seconds")
    assert len(counts) == len(durations) == MOST_SERIES + 1
    assert counts[(OTHER,)] == durations[OTHER, OTHER][0][-1][1] == 50


def test_durations_are_put_into_their_buckets() -> None:
    tally = Tally()
    for seconds in (0.005, 0.006, 3.0, 99.0):
        tally.time("pathway_sweep_seconds", seconds)
    ((buckets, total),) = tally.durations("pathway_sweep_seconds").values()
    found = dict(buckets)
    assert (found["0.005"], found["0.01"], found["5.0"], found["30.0"], found["+Inf"]) == (1, 2, 3, 3, 4)
    assert total == pytest.approx(102.011)


def test_the_table_names_each_metric_once() -> None:
    assert len(BY_NAME) == len(METRICS)
