"""The message service: what is asked of it and how, what its answers mean, and that nothing doubles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pathway_engine.app import way_out
from pathway_engine.service.outward import Letter, Refused, Sent
from pathway_engine.settings import SettingsError, check_message_service, her_ids, read_settings
from pathway_engine.transports import message_service
from pathway_engine.transports.message_service import (
    MessageService,
    MessageServiceError,
    MessageServiceTransport,
    document,
    mark_read,
    post,
    receipts,
    statuses,
    unread,
)
from pathway_engine.workers.message_poller import MessagePoller
from tests.drop.house import message
from tests.message_service.fake import TOKEN, FakeService, running
from tests.service.community import START, Community

US = 80123


@pytest.fixture
def fake() -> FakeService:
    return FakeService()


@pytest.fixture
def service(fake: FakeService) -> Iterator[MessageService]:
    with running(fake) as url:
        yield MessageService(url=url, token=lambda: TOKEN, timeout_seconds=5.0)


@pytest.fixture
def community(sqlite_url: str) -> Iterator[Community]:
    made = Community(sqlite_url, pathways=())
    yield made
    made.close()


@pytest.fixture
def poller(community: Community, service: MessageService) -> MessagePoller:
    return MessagePoller(community.engine.context, service, [US], lambda: community.now, family="plain")


def letter(raw: bytes = b"<MsgHead/>", suffix: str = "xml") -> Letter:
    return Letter(number=1, message_id="6f1c1a52-0000-4000-8000-0000000000aa", message="X", suffix=suffix, raw=raw)


# -- calls


def test_every_call_says_who_asks_and_in_which_version(fake: FakeService, service: MessageService) -> None:
    held = fake.gets(b"<MsgHead/>", US)
    assert [each.id for each in unread(service, [US])] == [held.id]
    assert document(service, held.id) == b"<MsgHead/>"
    assert statuses(service, held.id)[0].transport == "Acknowledged"
    assert receipts(service, held.id) == {US: None}
    mark_read(service, held.id, US)
    post(service, b"<MsgHead/>")
    assert all(told["api-version"] == "2" and told["nhn-source-system"] for told in fake.headers)
    assert unread(service, [US]) == [] and fake.posted == [b"<MsgHead/>"]


def test_only_what_is_for_us_is_listed_oldest_first(fake: FakeService, service: MessageService) -> None:
    ours = [fake.gets(b"%d" % number, US) for number in range(3)]
    fake.gets(b"theirs", 999)
    assert [each.id for each in unread(service, [US], most=2)] == [each.id for each in ours[:2]]


@pytest.mark.parametrize("mood", ["hang up", "500", "401", "403", "429", "503", "{}"])
def test_what_may_come_right_is_tried_again(fake: FakeService, service: MessageService, mood: str) -> None:
    """Mutant: a wrong token refuses the message for ever."""
    fake.moods.append(mood)
    with pytest.raises(MessageServiceError) as failed:
        unread(service, [US])
    assert not isinstance(failed.value, message_service.MessageServiceRefusal)
    assert "Anne" not in str(failed.value)


def test_a_token_is_asked_for_at_each_call(fake: FakeService, service: MessageService) -> None:
    """Mutant: the token of the start, which ends after minutes."""
    tokens = iter(["an-old-one", TOKEN])
    renewing = replace(service, token=lambda: next(tokens))
    with pytest.raises(MessageServiceError):
        unread(renewing, [US])
    assert unread(renewing, [US]) == []


def test_an_id_that_is_none_becomes_no_address(service: MessageService, fake: FakeService) -> None:
    with pytest.raises(MessageServiceError):
        document(service, "../../Messages?x=" + "0" * 19)
    assert fake.calls == []


def test_an_answer_that_never_ends_is_given_up(
    fake: FakeService, service: MessageService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_service, "MAX_ANSWER_BYTES", 100)
    held = fake.gets(b"x" * 1000, US)
    with pytest.raises(MessageServiceError, match="larger than is taken"):
        document(service, held.id)


# -- the way out


def test_a_letter_is_posted_and_its_receipt_awaited(fake: FakeService, service: MessageService) -> None:
    assert MessageServiceTransport(service).send(letter()) == Sent(awaits_receipt=True)
    assert fake.posted == [b"<MsgHead/>"]


def test_what_the_service_refuses_for_good_is_refused(fake: FakeService, service: MessageService) -> None:
    fake.moods.append("400")
    assert MessageServiceTransport(service).send(letter()) == Refused("HTTP400:4711")
    assert MessageServiceTransport(service).send(letter(suffix="json")) == Refused("NotXml")
    assert fake.posted == []


def test_a_post_whose_answer_is_lost_is_posted_again_with_the_same_document(
    fake: FakeService, service: MessageService
) -> None:
    fake.moods.append("lose")
    with pytest.raises(MessageServiceError):
        MessageServiceTransport(service).send(letter())
    assert MessageServiceTransport(service).send(letter()) == Sent()
    assert fake.posted == [b"<MsgHead/>"] * 2  # its receiver knows the id inside


# -- the way in


def test_a_message_is_received_answered_and_marked_as_read(
    fake: FakeService, poller: MessagePoller, community: Community
) -> None:
    fake.gets(message(1), US)
    assert poller.fetch_all() == 1
    assert (fake.unread(), fake.posted) == ([], [b"accepted"])
    assert fake.calls == ["GET Messages", "GET business-document", "POST Messages", "PUT 80123"]
    assert poller.fetch_all() == 0 and counted(community) == {"applied": 1}


def counted(community: Community) -> dict[str, int]:
    with community.engine.context.store.reading() as records:
        counts = records.disposition_counts()
    return {name: count for name, count in counts.items() if count and name != "duplicate"}


@pytest.mark.parametrize("calls_before", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("how", ["hang up", "lose"])
def test_wherever_the_connection_breaks_each_message_has_its_effect_once(
    fake: FakeService, poller: MessagePoller, community: Community, calls_before: int, how: str
) -> None:
    """Mutants: marked as read before the commit, or before the answer."""
    fake.gets(message(1), US)
    fake.moods = ["ok"] * calls_before + [how]
    for _ in range(3):
        try:
            poller.fetch_all()
        except MessageServiceError:
            continue
    assert fake.unread() == [] and counted(community) == {"applied": 1}
    assert fake.posted == [b"accepted"]


def test_an_answer_that_the_service_does_not_know_of_goes_again_as_it_was(
    fake: FakeService, poller: MessagePoller
) -> None:
    fake.knows_receipts = False
    fake.gets(message(1), US)
    fake.moods = ["ok", "ok", "lose"]
    assert (poller.fetch_all(), poller.fetch_all()) == (0, 1)
    assert fake.posted == [b"accepted"] * 2 and fake.unread() == []


def test_a_message_that_its_sender_sent_twice_is_answered_once(fake: FakeService, poller: MessagePoller) -> None:
    fake.gets(message(1), US)
    fake.gets(message(1), US)
    assert poller.fetch_all() == 2
    assert fake.posted == [b"accepted"] and fake.unread() == []


def test_a_message_that_waits_is_not_answered_and_stays_unread(
    fake: FakeService, poller: MessagePoller, community: Community
) -> None:
    fake.gets(message(1, poison=True), US)
    fake.gets(message(2), US)
    assert poller.fetch_all() == 1
    assert fake.unread() == [message(1, poison=True)] and fake.posted == [b"accepted"]
    for _ in range(6):
        community.passes(hours=1)
    assert poller.fetch_all() == 1 and fake.unread() == []
    assert counted(community) == {"applied": 1, "dead": 1}


def test_an_answer_that_the_service_refuses_holds_up_nothing(fake: FakeService, poller: MessagePoller) -> None:
    fake.gets(message(1), US)
    fake.moods = ["ok", "ok", "400"]
    assert poller.fetch_all() == 1 and fake.unread() == [] and fake.posted == []


# -- settings


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"message_service_url": "http://example.test"}, "https://", id="in-clear-text"),
        pytest.param({"message_service_url": "https://u:p@example.test"}, "without user", id="with-a-password"),
        pytest.param({"message_service_token_file": None}, "TOKEN_FILE", id="no-token"),
        pytest.param({"message_service_her_ids": ""}, "HER_IDS", id="nobody-to-read-for"),
        pytest.param({"message_service_her_ids": "80123;80124"}, "with commas between", id="not-numbers"),
    ],
)
def test_settings_that_would_be_unsafe_are_refused(tmp_path: Path, given: dict[str, object], said: str) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    right = {
        "message_service_url": "https://example.test", "message_service_token_file": file,
        "message_service_her_ids": "80123, 80124",
    }  # fmt: skip
    check_message_service(read_settings(**right))
    assert her_ids(read_settings(**right)) == [80123, 80124]
    with pytest.raises(SettingsError, match=said):
        check_message_service(read_settings(**{**right, **given}))


def test_the_settings_lead_out_over_the_service(tmp_path: Path, fake: FakeService) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    with running(fake) as url:
        post_out = way_out(
            read_settings(message_service_url=url, message_service_token_file=file, message_service_her_ids="80123")
        )
        assert post_out.transport is not None and post_out.transport.send(letter()) == Sent()
    assert fake.posted == [b"<MsgHead/>"] and START.year == 2026
