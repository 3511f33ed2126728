"""Passwords, one-time secrets and waiting: who gets in, and who has to wait."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import pytest

from pathway_engine.service.access import accounts, passwords, tries
from pathway_engine.service.access.errors import Busy, NotLinked, UnfitPassword, WrongSecret
from tests.service.community import Community

GOOD = "fire blå båter på vei hjem"
OTHER = "åtte grønne epler i en kurv"


def set_up(community: Community, person: str = "kari", password: str = GOOD) -> None:
    secret = accounts.invite(community.engine.context, person, community.now)
    accounts.set_first_password(community.engine.context, person, secret, password, "10.0.0.1", community.now)


def tried(community: Community, password: str, person: str = "kari", address: str = "10.0.0.1") -> bool:
    try:
        found = accounts.person_of_password(community.engine.context, person, password, address, community.now)
    except WrongSecret:
        return False
    return found == person


def test_a_one_time_secret_sets_one_password_and_no_other(community: Community) -> None:
    context = community.engine.context
    secret = accounts.invite(context, "kari", community.now)
    assert accounts.set_first_password(context, "kari", secret, GOOD, "a", community.now) == "kari"
    with pytest.raises(WrongSecret):
        accounts.set_first_password(context, "kari", secret, OTHER, "a", community.now)
    assert (tried(community, GOOD), tried(community, OTHER)) == (True, False)


@pytest.mark.parametrize(("days", "works"), [(6.9, True), (7.1, False)])
def test_a_one_time_secret_holds_for_seven_days(small: Community, days: float, works: bool) -> None:
    secret = accounts.invite(small.engine.context, "kari", small.now)
    small.now += timedelta(days=days)
    try:
        accounts.set_first_password(small.engine.context, "kari", secret, GOOD, "a", small.now)
    except WrongSecret:
        assert not works
    else:
        assert works


def test_nobody_has_a_password_to_begin_with(small: Community) -> None:
    accounts.invite(small.engine.context, "kari", small.now)
    assert not any(tried(small, word) for word in ("", "kari", "admin", "password"))


def test_a_new_invitation_takes_the_old_password_away(small: Community) -> None:
    set_up(small)
    accounts.invite(small.engine.context, "kari", small.now)
    assert not tried(small, GOOD)


def test_a_locked_account_is_as_wrong_as_a_wrong_password(small: Community) -> None:
    set_up(small)
    accounts.set_locked(small.engine.context, "kari", True, small.now)
    assert not tried(small, GOOD)
    accounts.set_locked(small.engine.context, "kari", False, small.now)
    assert tried(small, GOOD)


def test_after_five_wrong_ones_the_right_one_must_wait(community: Community) -> None:
    set_up(community)
    assert not any(tried(community, "wrong" * 4) for _ in range(5))
    assert not tried(community, GOOD)
    community.now += timedelta(seconds=29)
    assert not tried(community, GOOD)
    community.now += timedelta(seconds=2)
    assert tried(community, GOOD)


def test_waiting_grows_and_ends_somewhere() -> None:
    waits = [tries.wait_after("person", count).total_seconds() for count in range(4, 14)]
    assert waits == [0, 30, 60, 120, 240, 480, 900, 900, 900, 900]


def test_who_guesses_at_many_names_from_one_address_must_wait(small: Community) -> None:
    set_up(small)
    for number in range(30):
        assert not tried(small, "wrong" * 4, f"nobody{number}")
    assert not tried(small, GOOD)
    assert tried(small, GOOD, address="10.0.0.2")


def test_a_ward_behind_one_address_signs_in_all_day(small: Community) -> None:
    """Mutant: tries that succeed are counted against the address."""
    set_up(small)
    assert all(tried(small, GOOD) for _ in range(40))


def test_of_many_tries_at_once_no_more_are_made_than_one_after_another(community: Community) -> None:
    """Mutant: a try is counted after it was made."""
    set_up(community)
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda _: tried(community, "wrong" * 4), range(12)))
    with community.engine.context.store.transaction() as records:
        counted = records.failed_tries(tries.key_of("person", "kari"))
    assert counted is not None and counted[0] == tries.FREE["person"]


def test_what_was_typed_as_a_name_is_not_kept(small: Community) -> None:
    assert not tried(small, "x", person="min hemmelige setning")
    database = small.engine.context.store.engine.url.database
    assert database is not None
    kept = [Path(database).read_bytes(), Path(f"{database}-wal").read_bytes()]
    assert not any(b"hemmelige setning" in each for each in kept)


def test_unknown_and_wrong_take_about_as_long(small: Community) -> None:
    set_up(small)

    def seconds(person: str) -> float:
        began = perf_counter()
        tried(small, "wrong" * 4, person)
        return perf_counter() - began

    tried(small, "wrong" * 4, "warmup")
    known, unknown = min(seconds("kari") for _ in range(3)), min(seconds(f"nobody{n}") for n in range(3))
    assert 0.4 < known / unknown < 2.5


def test_at_most_two_passwords_are_worked_at_and_others_wait_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    at_work, most, door = 0, 0, threading.Lock()

    class Slow:
        def hash(self, secret: str) -> str:
            nonlocal at_work, most
            with door:
                at_work += 1
                most = max(most, at_work)
            threading.Event().wait(0.02)
            with door:
                at_work -= 1
            return secret

    monkeypatch.setattr(passwords, "_HASHER", Slow())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(passwords.hashed, ["x"] * 16))
    assert most == passwords.AT_A_TIME


def test_who_would_wait_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(passwords, "_PLACES", threading.BoundedSemaphore(1))
    with passwords._place(), pytest.raises(Busy):
        passwords.fits(None, "x")


def test_a_password_is_kept_as_argon2id_with_the_agreed_costs() -> None:
    assert passwords.hashed(GOOD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize(
    ("password", "said"),
    [
        pytest.param("elleve tegn", "access.password_length", id="short"),
        pytest.param("x" * 201, "access.password_length", id="long"),
        pytest.param("aaaaaaaaaaaaaaaa", "access.password_known", id="one-sign"),
        pytest.param("abcdefghijklmnop", "access.password_known", id="a-row"),
        pytest.param("Passordpassord2026!", "access.password_known", id="a-known-word-and-a-year"),
        pytest.param("Hjemmesykepleien123", "access.password_known", id="the-work-place"),
        pytest.param("karisykepleier12", "access.password_name", id="the-own-name"),
    ],
)
def test_passwords_that_are_guessed_first_are_refused(password: str, said: str) -> None:
    with pytest.raises(UnfitPassword) as refused:
        passwords.check_password(password, "kari", "Kari Sykepleier")
    assert refused.value.text == said


@pytest.mark.parametrize("password", [GOOD, OTHER, "rød sykkel i regnvær"])
def test_a_sentence_is_taken(password: str) -> None:
    passwords.check_password(password, "kari", "Kari Sykepleier")


def test_a_letter_is_the_same_typed_in_one_sign_or_two() -> None:
    assert passwords.fits(passwords.hashed("blåbærsyltetøy på brød"), "bla\u030abærsyltetøy pa\u030a brød")


@pytest.mark.parametrize("pin", ["123", "1111", "1234", "4321", "123456789", "12a4", "١٢٣٥"])
def test_pins_that_are_guessed_first_are_refused(pin: str) -> None:
    with pytest.raises(UnfitPassword):
        passwords.check_pin(pin)


def test_the_first_start_has_a_secret_for_the_admin_and_the_second_has_none(small: Community) -> None:
    assert accounts.first_admin(small.engine.context, small.now) is None, "the directory has no admin"
    people = small.engine.context.directory.people
    people["sig"] = type(people["kari"])(id="sig", name="Sig", seats=(("5001", "admin"),))  # type: ignore[index]
    first = accounts.first_admin(small.engine.context, small.now)
    assert first is not None and first[0] == "sig"
    assert accounts.first_admin(small.engine.context, small.now) is None


# -- the same individual


def subject_is(community: Community, subject: str, claimed: str | None) -> str | None:
    try:
        return accounts.person_of_subject(community.engine.context, "https://issuer", subject, claimed, community.now)
    except NotLinked:
        return None


def test_a_subject_is_one_person_for_ever(community: Community) -> None:
    """Mutant: the claim is believed although the subject is linked to somebody else."""
    assert subject_is(community, "s1", "kari") == "kari"
    assert subject_is(community, "s1", "kari") == "kari"
    assert subject_is(community, "s1", None) == "kari"
    assert subject_is(community, "s1", "per") is None
    assert subject_is(community, "s2", "kari") is None, "Kari has a subject already"
    assert subject_is(community, "s2", "nobody") is None
    assert subject_is(community, "s2", None) is None


def test_a_locked_account_does_not_get_in_through_the_issuer(small: Community) -> None:
    subject_is(small, "s1", "kari")
    accounts.set_locked(small.engine.context, "kari", True, small.now)
    assert subject_is(small, "s1", "kari") is None


def test_an_operator_links_and_another_subject_of_the_same_person_is_refused(small: Community) -> None:
    accounts.link(small.engine.context, "kari", "https://issuer", "s1", small.now)
    assert subject_is(small, "s1", None) == "kari"
    with pytest.raises(NotLinked):
        accounts.link(small.engine.context, "per", "https://issuer", "s1", small.now)
