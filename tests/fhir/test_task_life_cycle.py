"""Whatever a client puts, a task moves along the engine's own life cycle, and is as the engine alone would have it."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pathway_engine.domain.events import Act, Acted
from pathway_engine.domain.tasks import TaskStatus, next_status
from pathway_engine.fhir.app import create_fhir_app
from pathway_engine.fhir.callers import callers
from pathway_engine.fhir.task_states import next_states
from pathway_engine.service.applying import refresh
from pathway_engine.service.episode_codec import decode_task
from pathway_engine.storage.rows import TaskRow
from pathway_engine.storage.unit_of_work import UnitOfWork
from tests.fhir.test_task_writing import items, reason
from tests.service.community import Community
from tests.web.visitor import TestClient

STATUSES = st.sampled_from([*(status.value for status in TaskStatus), "draft", "received", "ready"])
OWNERS = st.sampled_from([None, "kari", "ola", "per", "nobody"])
REASONS = st.sampled_from([None, "no_need", "patient_wish", "because"])


class TaskWorkedByClients(RuleBasedStateMachine):
    """Two colleagues put whole Tasks; what the log then holds, taken alone, leads to the same state."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.community = Community(f"sqlite:///{self._folder.name}/pathway.sqlite")
        self.community.brought_home()
        self.id = self.community.list_of("kari")["HPH2"].id
        app = create_fhir_app(
            self.community.engine.context, callers(self.community.engine), lambda: self.community.now, "http://t"
        )  # fmt: skip
        self.faces = {
            name: TestClient(app, headers={"Authorization": f"Bearer {self._key(name)}"}) for name in ("kari", "ola")
        }

    def _key(self, person: str) -> str:
        key = person * 10
        self.community.engine.grant_access_key(person, key, self.community.now)
        return key

    def teardown(self) -> None:
        self.community.close()
        self._folder.cleanup()

    def row(self) -> TaskRow:
        with self.community.engine.context.store.reading() as records:
            row = records.task(self.id)
        assert row is not None
        return row

    def acts(self) -> list[Acted]:
        with self.community.engine.context.store.reading() as records:
            told = [each.entry for each in records.log(self.row().patient_id)]
        return [entry for entry in told if isinstance(entry, Acted)]

    @initialize()
    def begin(self) -> None:
        detail = self.community.engine.task(self.community.who("kari"), self.id, self.community.now)
        assert detail.checklist is not None
        self.items = items(detail.checklist)

    @rule(
        person=st.sampled_from(["kari", "ola"]), status=STATUSES, owner=OWNERS, why=REASONS,
        note=st.booleans(), answers=st.integers(0, 20), later=st.sampled_from([None, 6, 600]),
    )  # fmt: skip
    def puts(
        self, person: str, status: str, owner: str | None, why: str | None, note: bool, answers: int, later: int | None
    ) -> None:
        self.community.now += timedelta(minutes=1)
        before, known = self.row(), len(self.acts())
        face = self.faces[person]
        task: dict[str, Any] = face.get(f"/Task/{self.id}").json() | {"status": status}
        if owner:
            task["owner"] = {"reference": f"Practitioner/{owner}"}
        if why:
            task["statusReason"] = reason(why)
        if note:
            task["note"] = [*task.get("note", []), {"text": f"{self.community.now}"}]
        if later:
            start = (self.community.now + timedelta(hours=later)).isoformat()
            period = task.get("restriction", {}).get("period", {})
            task["restriction"] = {**task.get("restriction", {}), "period": {**period, "start": start}}
        if answers:
            response = {"resourceType": "QuestionnaireResponse", "id": "qr", "status": "in-progress",
                        "item": self.items[:answers]}  # fmt: skip
            task |= {
                "contained": [response],
                "output": [{"type": {"text": "a"}, "valueReference": {"reference": "#qr"}}],
            }
        answer = face.put(f"/Task/{self.id}", json=task)
        assert answer.status_code in (200, 403, 422), answer.text
        after = self.row()
        if answer.status_code != 200:
            assert (after, len(self.acts())) == (before, known), "what is refused leaves nothing"
            return
        self._moved_legally(before, after, self.acts()[known:])
        if status != before.status and after.status != before.status and not owner:
            assert status in next_states(TaskStatus(before.status))

    def _moved_legally(self, before: TaskRow, after: TaskRow, acts: list[Acted]) -> None:
        status = TaskStatus(before.status)
        for act in sorted(acts, key=lambda each: each.id):
            status = next_status(status, act.act.value)
        assert status == after.status
        assert (after.version > before.version) == bool(acts)

    @invariant()
    def the_log_alone_gives_the_same_task(self) -> None:
        """The acts of one write happen at one instant: their order must not depend on how they are folded."""
        row = self.row()
        acts = sorted(self.acts(), key=lambda each: (each.occurred_at, each.id))
        comments = [act.comment for act in acts if act.act is Act.COMMENT and act.task == row.key]
        assert [comment.text for comment in decode_task(row.body).comments] == comments
        self.community.engine.context.committed(lambda records: self._fold_anew(records, row.patient_id))
        assert self.row() == row

    def _fold_anew(self, records: UnitOfWork, patient_id: str) -> None:
        records.lock_patient(patient_id)
        refresh(self.community.engine.context, records, patient_id, self.community.now, None)


@pytest.mark.timeout(300)
class TestTaskWorkedByClients(TaskWorkedByClients.TestCase):  # type: ignore[valid-type,misc]
    settings = settings(
        max_examples=12, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
    )  # fmt: skip
