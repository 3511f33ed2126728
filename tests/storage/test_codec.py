"""Log entries and plain values survive being written and read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathway_engine.domain.errors import StorageError
from pathway_engine.domain.events import Act, Acted, Entry, Happened, Voided
from pathway_engine.storage.codec import (
    decode_entry,
    decode_facts,
    decode_json,
    encode_entry,
    encode_facts,
    encode_json,
)
from pathway_engine.storage.errors import IncompatibleLog
from tests.storage.example_rows import NOON, happened

instants = st.datetimes(timezones=st.just(UTC))
texts = st.text(max_size=20)
facts = st.dictionaries(
    texts,
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates()
    | texts,
    max_size=4,
)
stays = st.none() | texts
entries: st.SearchStrategy[Entry] = st.one_of(
    st.builds(
        Happened, id=texts, name=texts, cause=texts, occurred_at=instants, recorded_at=instants,
        stay=stays, facts=facts, source=texts,
    ),
    st.builds(Voided, id=texts, cause=texts, recorded_at=instants, stay=stays, source=texts),
    st.builds(
        Acted, id=texts, task=texts, act=st.sampled_from(Act), occurred_at=instants, recorded_at=instants,
        performer=texts, assignee=stays, unit=stays, answers=facts, until=st.none() | instants,
        reason=texts, comment=texts, source=texts,
    ),
)  # fmt: skip


def typed(values: Any) -> list[tuple[str, type, Any]]:
    return [(name, type(values[name]), values[name]) for name in sorted(values)]


@given(entries)
def test_every_entry_comes_back_as_it_was(entry: Entry) -> None:
    found = decode_entry(encode_entry(entry))
    assert found == entry
    assert type(found) is type(entry)


@given(facts)
def test_every_fact_comes_back_with_its_type(values: dict[str, Any]) -> None:
    assert typed(decode_facts(encode_facts(values))) == typed(values)


def test_a_date_is_marked_and_a_text_that_looks_like_one_is_not() -> None:
    assert encode_facts({"b": date(2026, 11, 17), "a": "2026-11-17"}) == (
        b'{"a":"2026-11-17","b":{"$date":"2026-11-17"}}'
    )


def test_the_same_entry_gives_the_same_bytes_whatever_the_order_of_its_facts() -> None:
    one, other = happened("a", facts={"x": 1, "y": 2}), happened("a", facts={"y": 2, "x": 1})
    assert encode_entry(one) == encode_entry(other)


def test_an_instant_of_another_time_zone_is_written_in_utc() -> None:
    oslo = timezone(timedelta(hours=1))
    told = happened("a", occurred_at=datetime(2026, 11, 20, 13, tzinfo=oslo))
    assert encode_entry(told) == encode_entry(happened("a"))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"occurred_at": NOON.replace(tzinfo=None)}, id="naive-instant"),
        pytest.param({"facts": {"x": float("nan")}}, id="not-a-number"),
        pytest.param({"facts": {"x": float("inf")}}, id="infinite"),
        pytest.param({"facts": {"x": NOON}}, id="instant-as-fact"),
    ],
)
def test_what_would_not_come_back_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(StorageError):
        encode_entry(happened("a", **changes))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b'{"kind":"imagined","id":"a"}', id="unknown-kind"),
        pytest.param(b'{"kind":"voided","id":"a","cause":"c"}', id="missing-instant"),
        pytest.param(b'{"kind":"voided","id":"a","cause":"c","recorded_at":"2026-11-20T12:00:00"}', id="naive-instant"),
    ],
)
def test_what_this_program_did_not_write_is_refused(text: bytes) -> None:
    with pytest.raises(IncompatibleLog, match=r"cannot be read: found .*newer one"):
        decode_entry(text)


def test_what_cannot_be_read_is_told_without_what_somebody_wrote() -> None:
    """Codes of programs may be shown; anything else may be about a patient."""
    with pytest.raises(IncompatibleLog) as refused:
        decode_entry(b'{"kind":"01814012345","id":"a"}')
    with pytest.raises(IncompatibleLog) as also_refused:
        decode_entry(b'{"kind":"voided","id":"a","cause":"c","recorded_at":7,"Astrid Li":1}')
    assert "0181" not in str(refused.value)
    assert "Astrid" not in str(also_refused.value)


def test_plain_values_come_back_with_dates_and_instants() -> None:
    value = {"b": [date(2026, 11, 17), {"at": NOON}], "a": None, "n": 1.0, "t": "2026-11-17"}
    text = encode_json(value)
    assert decode_json(text) == value
    assert text.startswith(b'{"a":null,"b":')


def test_records_become_plain_values() -> None:
    assert decode_json(encode_json(happened("a")))["occurred_at"] == NOON
