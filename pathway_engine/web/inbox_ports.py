"""What the inbox asks of the service."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Protocol

from fastapi import Depends, Request

from pathway_engine.service.inbox_acts import InboxAct
from pathway_engine.service.inbox_views import MessageInFull, MessageLine, Sought
from pathway_engine.service.views import Principal


class InboxService(Protocol):
    """Messages that wait for a person, already cut to what the asker may see."""

    def inbox(self, who: Principal, now: datetime) -> list[MessageLine]:
        """Return what waits, by why it does."""

    def message_in_full(self, who: Principal, name: str, now: datetime, sought: Sought | None = None) -> MessageInFull:
        """Return one message. Raises UnknownTask for a missing message and for another organisation's alike."""

    def act_on_message(self, who: Principal, name: str, asked: InboxAct, now: datetime) -> bool:
        """Do it once a key; return whether the message is now taken in, or on its way. Raises the TaskError family."""


def inbox_of(request: Request) -> InboxService:
    """Return the service behind the inbox."""
    service: InboxService = request.app.state.service
    return service


Inbox = Annotated[InboxService, Depends(inbox_of)]
