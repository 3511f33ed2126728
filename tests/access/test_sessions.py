"""Sessions lock, open by a PIN under a new id, and end everywhere when they must."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pathway_engine.service.access import accounts, passwords, sessions
from pathway_engine.service.access.errors import WrongPin
from pathway_engine.service.access.sessions import Lengths, State
from tests.access.test_accounts import GOOD, OTHER, set_up
from tests.service.community import Community

LENGTHS = Lengths()
PIN = "4072"


@pytest.fixture
def secret(community: Community) -> str:
    set_up(community)
    accounts.set_pin(community.engine.context, "kari", GOOD, PIN, community.now)
    return sessions.begin(community.engine.context, community.who("kari"), "password", community.now)


def state(community: Community, secret: str, **later: float) -> State:
    community.now += timedelta(**later)
    return sessions.find(community.engine.context, secret, LENGTHS, community.now)[0]


def test_a_guessed_session_is_none(community: Community) -> None:
    assert state(community, "") is State.ENDED
    assert state(community, "guess") is State.ENDED


def test_a_session_locks_after_rest_and_not_while_somebody_works(community: Community, secret: str) -> None:
    assert [state(community, secret, minutes=29) for _ in range(3)] == [State.OPEN] * 3
    assert state(community, secret, minutes=30) is State.LOCKED


def test_a_session_lasts_a_shift_and_no_longer_however_busy(community: Community, secret: str) -> None:
    assert {state(community, secret, minutes=20) for _ in range(29)} == {State.OPEN}
    assert state(community, secret, minutes=20) is State.ENDED


def test_the_pin_opens_a_locked_session_under_a_new_id(community: Community, secret: str) -> None:
    state(community, secret, minutes=40)
    renewed = sessions.unlock(community.engine.context, secret, PIN, LENGTHS, community.now)
    assert renewed != secret
    assert (state(community, secret), state(community, renewed)) == (State.ENDED, State.OPEN)


def test_the_third_wrong_pin_ends_the_session(community: Community, secret: str) -> None:
    context = community.engine.context
    sessions.lock(context, secret, community.now)
    for left in (State.LOCKED, State.LOCKED, State.ENDED):
        with pytest.raises(WrongPin):
            sessions.unlock(context, secret, "9999", LENGTHS, community.now)
        assert state(community, secret) is left
    with pytest.raises(WrongPin):
        sessions.unlock(context, secret, PIN, LENGTHS, community.now)


def test_the_pin_does_not_open_what_has_ended(community: Community, secret: str) -> None:
    state(community, secret, hours=10)
    with pytest.raises(WrongPin):
        sessions.unlock(community.engine.context, secret, PIN, LENGTHS, community.now)


def test_a_session_without_a_pin_opens_by_none(community: Community) -> None:
    secret = sessions.begin(community.engine.context, community.who("per"), "demo", community.now)
    state(community, secret, minutes=31)
    for pin in ("", "0000", PIN):
        with pytest.raises(WrongPin):
            sessions.unlock(community.engine.context, secret, pin, LENGTHS, community.now)


@pytest.mark.parametrize("how", ["password", "lock", "reset", "everywhere"])
def test_what_ends_a_person_s_sessions_ends_all_of_them(community: Community, secret: str, how: str) -> None:
    context, now = community.engine.context, community.now
    other = sessions.begin(context, community.who("kari"), "password", now)
    colleague = sessions.begin(context, community.who("per"), "password", now)
    match how:
        case "password":
            accounts.change_password(context, "kari", GOOD, OTHER, now)
        case "lock":
            accounts.set_locked(context, "kari", True, now)
        case "reset":
            accounts.invite(context, "kari", now)
        case _:
            accounts.end_all(context, "kari", now)
    assert [state(community, each) for each in (secret, other, colleague)] == [State.ENDED, State.ENDED, State.OPEN]


def test_signing_out_ends_this_session_alone(community: Community, secret: str) -> None:
    other = sessions.begin(community.engine.context, community.who("kari"), "password", community.now)
    sessions.end(community.engine.context, secret, community.now)
    assert (state(community, secret), state(community, other)) == (State.ENDED, State.OPEN)


def test_being_seen_does_not_open_what_was_ended_in_the_meantime(community: Community, secret: str) -> None:
    context = community.engine.context
    later = community.now + timedelta(minutes=5)
    sessions.end(context, secret, community.now)
    context.committed(lambda records: sessions._note(records, passwords.digest(secret), LENGTHS, later))
    assert state(community, secret) is State.ENDED


def test_old_sessions_are_forgotten(community: Community, secret: str) -> None:
    community.now += timedelta(days=31)
    sessions.begin(community.engine.context, community.who("per"), "demo", community.now)
    assert sessions.find(community.engine.context, secret, LENGTHS, community.now) == (State.ENDED, None)
