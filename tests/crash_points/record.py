"""What a database says when everything that may differ is left out, and what is wrong with it at any instant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select

from pathway_engine.domain.events import Act
from pathway_engine.service.concerns import DEAD_LETTER
from pathway_engine.service.engine import Engine
from pathway_engine.service.episode_codec import decode_episode
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.service.saving import IN_ERROR
from pathway_engine.storage.tables import METADATA

Row = dict[str, Any]
VOLATILE = {
    "inbox": {"duplicates", "attempts", "next_try_at"},  # sent again, tried again
    "inbox_history": {"attempts"},
    "episode": {"version", "changed_at"},  # how often it was saved, and when
    "task": {"changed_at"},
}
IN_ORDER = {"inbox", "inbox_history", "log", "outbox", "audit", "directory"}
"""Tables whose number says in which order rows came; the number itself may have gaps."""
DATED = {"raised_at", "due_at", "ended_at", "changed_at"}
ACTS = {f"task {act}" for act in Act}
AN_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.+]+")


def dump(engine: Engine) -> dict[str, list[Row]]:
    """Every table's rows, in an order of their own, without what a crash may change."""
    with engine.context.store.engine.connect() as connection:
        rows = {table.name: _rows(connection, table) for table in METADATA.sorted_tables}
    numbers = {row["id"]: place for place, row in enumerate(rows["inbox"])}
    rows["audit"] = [row for row in rows["audit"] if not row["action"].endswith(" read")]  # read again after a crash
    return {name: [_lasting(name, row, numbers) for row in found] for name, found in rows.items()}


def _rows(connection: Connection, table: Table) -> list[Row]:
    lasting = [column for column in table.c if column.name not in VOLATILE.get(table.name, set())]
    order = list(table.primary_key) if table.name in IN_ORDER else sorted(lasting, key=lambda column: column.name)
    found = connection.execute(select(table)).mappings().all()
    return sorted((dict(row) for row in found), key=lambda row: [_sortable(row[column.name]) for column in order])


def _sortable(value: object) -> tuple[bool, Any]:
    if value is None:
        return (True, "")
    return (False, value if isinstance(value, int | bytes) else str(value))


def _lasting(table: str, row: Row, numbers: Mapping[int, int]) -> Row:
    """The row without row numbers and without how often, but with the messages that it names."""
    left_out = VOLATILE.get(table, set()) | ({"id", "seq"} if table in IN_ORDER else set())
    kept = {name: value for name, value in row.items() if name not in left_out}
    if kept.get("inbox_id") is not None:
        kept["inbox_id"] = numbers[kept["inbox_id"]]
    if table == "audit" and (str(row["object_id"] or "")).isdigit():
        kept["object_id"] = numbers[int(row["object_id"])]
    if row.get("disposition") == "dead":  # tried once more, it is dead one beat earlier
        del kept["disposed_at"]
        kept["reason"] = AN_INSTANT.sub("", row["reason"])
    if table == "notice" and row["kind"] == DEAD_LETTER.id:
        kept = _of_dead_letter(kept, numbers)
    return kept


def _of_dead_letter(row: Row, numbers: Mapping[int, int]) -> Row:
    """Its name is made of its message's number, and it is raised one beat earlier when the message was tried more."""
    number = row["about"]
    body = AN_INSTANT.sub("", row["body"].decode()).replace(f"/{number}/", "/_/").replace(f' {number}"', ' _"')
    kept = {name: value for name, value in row.items() if name not in DATED and name != "id"}
    return kept | {"about": numbers[int(number)], "body": body}


def differences(expected: Mapping[str, list[Row]], found: Mapping[str, list[Row]]) -> list[str]:
    """What *found* has otherwise than *expected*, in a few words each."""
    return [word for table in expected for word in _table_differs(table, expected[table], found[table])]


def _table_differs(table: str, expected: Sequence[Row], found: Sequence[Row]) -> Iterator[str]:
    if len(expected) != len(found):
        yield f"{table} has {len(found)} rows instead of {len(expected)}"
        return
    for right, is_there in zip(expected, found, strict=True):
        names = [name for name in right if right[name] != is_there[name]]
        if names:
            yield f"{table} differs in " + ", ".join(f"{name}: {is_there[name]!r}"[:150] for name in names)


def half_done(engine: Engine, now: datetime, *, follows_from_log: bool = True) -> list[str]:
    """What of one transaction is there without the rest of it."""
    with engine.context.store.engine.connect() as connection:
        rows = {name: _rows(connection, METADATA.tables[name]) for name in ("inbox", "log", "episode", "outbox")}
        rows |= {name: _rows(connection, METADATA.tables[name]) for name in ("audit", "inbox_history")}
    found = [*_messages(rows), *_acts(rows), *_outgoing(rows)]
    if follows_from_log:
        differing = rebuild(engine.context, now, check=True).differing
        found += [f"episode {id} is not what the log says" for id in differing]
    return found


def _messages(rows: Mapping[str, list[Row]]) -> Iterator[str]:
    audited = Counter(row["object_id"] for row in rows["audit"] if row["action"].startswith("message "))
    logged = {row["inbox_id"] for row in rows["log"]}
    for row in rows["inbox"]:
        is_applied = row["disposition"] == "applied"
        if audited[str(row["id"])] != is_applied:
            yield f"message {row['message_id']} is {row['disposition']} and has {audited[str(row['id'])]} audit rows"
        if row["id"] in logged and not is_applied:
            yield f"message {row['message_id']} is {row['disposition']} and in the log"
    again = sum(row["action"] == "run-again" for row in rows["audit"])
    if again != len(rows["inbox_history"]):
        yield f"{len(rows['inbox_history'])} messages were run again and {again} audit rows say so"


def _acts(rows: Mapping[str, list[Row]]) -> Iterator[str]:
    logged = sum(row["entry_id"].startswith("act:") for row in rows["log"])
    audited = sum(row["action"] in ACTS for row in rows["audit"])
    if logged != audited:
        yield f"{logged} acts are in the log and {audited} in the audit"


def _outgoing(rows: Mapping[str, list[Row]]) -> Iterator[str]:
    put = {row["key"] for row in rows["outbox"]}
    decided = {
        f"{row['id']}/{message.key}"
        for row in rows["episode"]
        if row["status"] != IN_ERROR
        for message in decode_episode(row["state"]).outgoing
    }
    if not decided <= put:
        yield f"{len(decided - put)} messages were decided and are not in the outbox"
