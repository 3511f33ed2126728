"""From a nurse's act to the file that leaves: through the whole engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pathway_engine.channels.plain_writer import PlainWriter
from pathway_engine.demonstration.seeding import answered
from pathway_engine.domain.errors import StorageError
from pathway_engine.domain.events import Act
from pathway_engine.service import saving
from pathway_engine.service.engine import Engine
from pathway_engine.service.outward import Post
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.storage.rows import OutgoingRow
from pathway_engine.transports.folder import FolderTransport
from tests.service.community import Community


@pytest.fixture
def community(database_url: str) -> Iterator[Community]:
    made = Community(database_url)
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "out"
    path.mkdir()
    return path


@pytest.fixture
def sending(community: Community, folder: Path) -> Engine:
    """The community's engine with a folder as its way out."""
    post = Post(FolderTransport(folder), otherwise=PlainWriter())
    return Engine(replace(community.engine.context, post=post))


def completes(community: Community, step: str) -> None:
    ina = community.who("ina")
    view = community.list_of("ina")[step]
    detail = community.engine.task(ina, view.id, community.now)
    given = answered(detail.checklist, community.now)
    community.engine.act(
        ina, view.id, Act.COMPLETE, version=view.version, key=f"done-{step}", now=community.now, answers=given
    )


def decided(community: Community) -> list[OutgoingRow]:
    with community.engine.context.store.reading() as records:
        return sorted(records.outgoing_messages(), key=lambda row: row.id)


def comes_home_and_is_followed_up(community: Community) -> None:
    community.brought_home()
    community.now += timedelta(hours=2)
    completes(community, "HPH2")
    community.now += timedelta(hours=2)
    completes(community, "HPH3")


def test_what_a_nurse_decides_becomes_a_file_once(community: Community, sending: Engine, folder: Path) -> None:
    comes_home_and_is_followed_up(community)
    (row,) = decided(community)
    sending.send_due(lambda: community.now)
    sending.send_due(lambda: community.now)
    (file,) = folder.iterdir()
    told = json.loads(file.read_text())
    assert file.name == f"{row.id:012}-{row.message_id}.json" and file.stat().st_mode & 0o077 == 0
    assert (told["message_id"], told["message"]) == (row.message_id, row.message)
    assert told["patient"]["identifiers"] == [{"system": "local:FJORD", "value": "100"}]
    assert told["task"]["step"] == "HPH3"
    assert rebuild(community.engine.context, community.now, check=True).differing == ()


def test_a_transition_that_fails_sends_nothing(
    community: Community, sending: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: the outbox committed before the transition."""
    community.brought_home()
    completes(community, "HPH2")

    def fails(*args: object) -> list[object]:
        raise StorageError

    with monkeypatch.context() as broken:
        broken.setattr(saving, "changed_rows", fails)
        with pytest.raises(StorageError):
            completes(community, "HPH3")
    sending.send_due(lambda: community.now)
    assert (decided(community), list(folder.iterdir())) == ([], [])


def test_a_merge_does_not_send_again_what_was_decided(community: Community) -> None:
    """Mutant: one decision under two keys."""
    comes_home_and_is_followed_up(community)
    community.now += timedelta(hours=1)
    for name in ("admitted", "discharge_ready"):
        told = {"at": community.now.isoformat(), "recorded": community.now.isoformat(), "stay": "VN9"}
        entry = {"id": f"O-{name}", "name": name, "cause": f"{name}/VN9", **told}
        community.send(patient="200", district="01", stay="VN9", entries=[entry])
    before = decided(community)
    community.now += timedelta(hours=1)
    community.send(patient="200", retires="100", entries=[])
    assert decided(community) == before != []
    assert rebuild(community.engine.context, community.now, check=False).differing == ()
    assert decided(community) == before


def test_an_earlier_stay_told_late_does_not_send_again_what_was_decided(community: Community) -> None:
    comes_home_and_is_followed_up(community)
    before = decided(community)
    told = (community.now - timedelta(days=9)).isoformat()
    entries = [
        {"id": "L1", "name": "admitted", "cause": "admitted/VN0", "at": told, "recorded": told, "stay": "VN0"},
        {"id": "L2", "name": "discharge_ready", "cause": "ready/VN0", "at": told, "recorded": told, "stay": "VN0"},
    ]  # fmt: skip
    community.send(entries=entries, stay="VN0", district="01")
    assert decided(community) == before != []


@pytest.mark.parametrize("gone", ["folder", "right"])
def test_a_folder_that_cannot_be_written_to_is_tried_again(
    community: Community, sending: Engine, folder: Path, gone: str
) -> None:
    comes_home_and_is_followed_up(community)
    folder.rename(folder.with_name("elsewhere"))
    if gone == "right":
        folder.write_text("no folder")
    sending.send_due(lambda: community.now)
    assert [(row.status, row.attempts) for row in decided(community)] == [("waiting", 1)]
    folder.unlink(missing_ok=True)
    folder.mkdir()
    community.now += timedelta(minutes=1)
    sending.send_due(lambda: community.now)
    assert [row.status for row in decided(community)] == ["sent"]
    assert len(list(folder.iterdir())) == 1
