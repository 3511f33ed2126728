"""A program's keys may be fetched from its own address: seldom, within bounds, and kept when it is away."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey

from pathway_engine.fhir.clients import FetchedKeys, UnfitKeys
from tests.service.community import START

ADDRESS = "https://keys.example/jwks"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Place:
    """The program's address: what it answers, and how often it was asked."""

    def __init__(self, *kids: str) -> None:
        self.asked: list[str] = []
        self.status = 200
        self.publish(*kids)
        self.keys = FetchedKeys(ADDRESS, httpx.Client(transport=httpx.MockTransport(self._answer)))

    def publish(self, *kids: str) -> None:
        keys = [ECKey.generate_key("P-256", parameters={"kid": kid}).as_dict(private=False) for kid in kids]
        self.body: Any = {"keys": keys}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        headers = {"location": "https://other.example/jwks"} if self.status == 302 else {}
        return httpx.Response(self.status, content=json.dumps(self.body), headers=headers)


def test_keys_are_kept_for_an_hour() -> None:
    place = Place("a")
    assert place.keys.named("a", START) is not None
    assert place.keys.named("a", START + HOUR - MINUTE) is not None
    assert place.asked == [ADDRESS]
    place.keys.named("a", START + HOUR)
    assert len(place.asked) == 2


def test_a_new_key_is_asked_for_and_at_most_once_a_minute() -> None:
    """Whoever invents names makes nobody ask more often."""
    place = Place("a")
    place.keys.named("a", START)
    place.publish("a", "b")
    assert [place.keys.named(name, START + MINUTE / 2) for name in ("b", "c", "d")] == [None] * 3
    assert len(place.asked) == 1
    assert place.keys.named("b", START + MINUTE) is not None
    assert [place.keys.named(name, START + MINUTE) for name in ("c", "d")] == [None] * 2
    assert len(place.asked) == 2


def test_a_withdrawn_key_is_gone_within_the_hour() -> None:
    place = Place("a")
    place.keys.named("a", START)
    place.publish("b")
    assert place.keys.named("a", START + HOUR) is None


@pytest.mark.parametrize("wrong", [{"keys": []}, [], "x" * 300_000, {"keys": [{"kty": "oct", "kid": "a", "k": "AA"}]}])
def test_what_is_no_set_of_public_keys_is_not_taken(wrong: object) -> None:
    place = Place()
    place.body = wrong
    with pytest.raises(UnfitKeys):
        place.keys.named("a", START)


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_address_that_is_away_leaves_what_was_known_until_it_is_old(status: int) -> None:
    """Nobody is followed to another address."""
    place = Place("a")
    place.keys.named("a", START)
    place.status = status
    assert place.keys.named("a", START + HOUR / 2) is not None
    assert place.keys.named("b", START + HOUR / 2) is None
    with pytest.raises(UnfitKeys):
        place.keys.named("a", START + HOUR)
    assert set(place.asked) == {ADDRESS}
