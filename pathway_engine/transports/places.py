"""Who may stay connected: a quota for each address, and when all places are taken the least busy makes way."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol


class Guest(Protocol):
    """A connection as its host sees it."""

    @property
    def host(self) -> str:
        """The address that it comes from."""

    @property
    def is_proven(self) -> bool:
        """Whether it has sent a whole message before."""

    @property
    def since(self) -> float:
        """When it last sent a whole message, or else when it came; for one that has begun another, when it began."""

    @property
    def can_go(self) -> bool:
        """Whether closing it now loses nothing: nothing is being answered, and no proven sender is cut off."""

    def make_way(self) -> None:
        """Close, for another's sake."""


@dataclass(slots=True)
class Places:
    """At most `most` guests, `most_per_host` of them from one address.

    When there is no place, a newcomer gets that of a guest who has sent nothing whole for
    `settle_seconds`: of its own address where that one's quota is used up, of any otherwise. First go
    those that never sent a whole message, then those of the address with most guests, then whoever has
    kept silent longest. So silence cannot shut a sender out, and a sender at work is never disturbed.
    """

    most: int
    most_per_host: int
    settle_seconds: float
    taken: set[Guest] = field(default_factory=set)

    def take(self, guest: Guest, now: float) -> bool:
        """Give *guest* a place; False when there is none."""
        alike = [each for each in self.taken if each.host == guest.host]
        if len(alike) >= self.most_per_host:
            is_free = self._freed(alike, now)
        else:
            is_free = len(self.taken) < self.most or self._freed(self.taken, now)
        if is_free:
            self.taken.add(guest)
        return is_free

    def leave(self, guest: Guest) -> None:
        """Free the place of *guest*, if it still has one."""
        self.taken.discard(guest)

    def _freed(self, rivals: Collection[Guest], now: float) -> bool:
        idle = [each for each in rivals if each.can_go and now - each.since >= self.settle_seconds]
        if not idle:
            return False
        guests: dict[str, int] = {}
        for each in self.taken:
            guests[each.host] = guests.get(each.host, 0) + 1
        last = min(idle, key=lambda each: (each.is_proven, -guests[each.host], each.since))
        self.taken.discard(last)
        last.make_way()
        return True
