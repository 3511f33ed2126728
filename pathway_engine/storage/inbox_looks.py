"""What people and health checks ask of the inbox: by index, however many messages there have been.

Nearly all messages end as applied. No index holds those for these questions: each message would be written to it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    String,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    text,
    union_all,
)

from pathway_engine.storage.rows import InboxRow
from pathway_engine.storage.statements import TENANT, by_number, columns_of, newest
from pathway_engine.storage.tables import ASIDE, table

ADDRESSED = ">"
"""Between a message's id and to whom it was sent, where a channel tells such messages apart."""
_BEHIND = "?"
"""The character that comes after `ADDRESSED`."""
_SET_ASIDE = ("dead", "rejected", "unplaced")

_INBOX = table("inbox")
_COLUMNS = columns_of(_INBOX, InboxRow)
WAITING = (_INBOX.c.tenant == TENANT) & _INBOX.c.disposition.is_(None)
_DISPOSITIONS: BindParameter[Any] = bindparam("dispositions_", expanding=True)
WAITING_COUNT = select(func.count()).select_from(_INBOX).where(WAITING)
ASIDE_COUNTS = (
    select(_INBOX.c.disposition, func.count())
    .where(_INBOX.c.tenant == TENANT, text(f"({ASIDE})"), _INBOX.c.disposition.in_(_DISPOSITIONS))
    .group_by(_INBOX.c.disposition)
)
COUNTS = (
    select(
        _INBOX.c.disposition,
        func.count(),
        func.sum(_INBOX.c.duplicates),
        func.count().filter(_INBOX.c.conflict),
    )
    .where(_INBOX.c.tenant == TENANT)
    .group_by(_INBOX.c.disposition)
)

# The senders, each found behind the one before: there are few of them, and no index begins with a message's id.
_SENDERS = select(literal("", String()).label("sender")).cte("senders", recursive=True)
_FOLLOWING = _INBOX.alias("following")
_NEXT_SENDER = (
    select(_FOLLOWING.c.sender)
    .where(_FOLLOWING.c.tenant == TENANT, _FOLLOWING.c.sender > _SENDERS.c.sender)
    .order_by(_FOLLOWING.c.sender)
    .limit(1)
    .correlate(_SENDERS)
    .scalar_subquery()
)
_EVERY_SENDER = _SENDERS.union_all(select(_NEXT_SENDER).where(_SENDERS.c.sender.is_not(None)))
_NAME = bindparam("name_", type_=String())
_THEIRS = select(_INBOX.c.id).join_from(
    _EVERY_SENDER, _INBOX, (_INBOX.c.tenant == TENANT) & (_INBOX.c.sender == _EVERY_SENDER.c.sender)
)
NUMBERS_NAMED = union_all(
    _THEIRS.where(_INBOX.c.message_id == _NAME),
    _THEIRS.where(_INBOX.c.message_id >= _NAME + ADDRESSED, _INBOX.c.message_id < _NAME + _BEHIND),
)
"""The numbers of the messages of an id, whoever sent them and to whomever."""


@cache
def newest_of(dispositions: frozenset[str]) -> Select[Any]:
    """The newest messages of these dispositions, one of which may be ``waiting``."""
    return newest(_INBOX, _COLUMNS, [_is(name) for name in sorted(dispositions)])


def _is(disposition: str) -> ColumnElement[bool]:
    if disposition == "waiting":
        return WAITING
    is_so = _INBOX.c.disposition == literal_column(f"'{disposition}'")
    return (_INBOX.c.tenant == TENANT) & is_so if disposition in _SET_ASIDE else by_number(_INBOX) & is_so
