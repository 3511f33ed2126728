"""The job as SpiffWorkflow does it: a BPMN process for each patient, kept as JSON in a row, and a history.

The process's specification is kept outside the JSON and shared, which is the library's best variant by far;
rows are written by the bare driver. It does less than ours: no inbox, outbox, audit or lists by unit, no rows
of tasks, no log to fold anew, no clock. This module runs only in the environment of
`tests/bench/requirements.lock` (docs/decisions/0011).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from SpiffWorkflow.bpmn.parser import BpmnParser  # type: ignore[import-not-found]
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer  # type: ignore[import-not-found]
from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG  # type: ignore[import-not-found]
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter  # type: ignore[import-not-found]
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow  # type: ignore[import-not-found]
from SpiffWorkflow.util.task import TaskState  # type: ignore[import-not-found]

from tests.bench.databases import driver_address, sqlite_file
from tests.bench.job.steps import JOB, Done, Told, name_of

PROCESS = Path(__file__).with_name("hph.bpmn")
MISSED = ("HPH0B", "HPH1")
COMPLETED_BY = {"gp_report_received": "HPH3"}
TABLES = (
    "CREATE TABLE instance ({id}, patient text NOT NULL UNIQUE, phase text NOT NULL, state text NOT NULL,"
    " version integer NOT NULL, updated_at text NOT NULL)",
    "CREATE TABLE history ({id}, instance_id bigint NOT NULL REFERENCES instance (id), at text NOT NULL,"
    " event text NOT NULL, body text NOT NULL)",
    "CREATE INDEX ix_history_instance ON history (instance_id, id)",
)


class Spiff:
    """A transaction for each operation: load the instance, let it go on, write it and a row of history."""

    def __init__(self, url: str) -> None:
        self._rows = (_Sqlite if url.startswith("sqlite") else _Postgresql)(url)
        parser = BpmnParser()
        parser.add_bpmn_file(str(PROCESS))
        self._spec = parser.get_spec("hph")
        self._serializer = BpmnWorkflowSerializer(_registry(self._spec))

    def rounds(self, patients: Sequence[int]) -> Iterator[Callable[[], None]]:
        """Give the job's operations, each for all *patients*."""
        for operation in JOB:
            yield partial(self._each, operation, patients)

    def _each(self, operation: Told | Done, patients: Sequence[int]) -> None:
        for patient in patients:
            with self._rows as rows:
                self._one(rows, operation, name_of(patient))

    def _one(self, rows: _Rows, operation: Told | Done, patient: str) -> None:
        found = rows.run("SELECT id, version, state FROM instance WHERE patient = {0}" + rows.for_update, patient)
        workflow = self._serializer.deserialize_json(found[0][2]) if found else BpmnWorkflow(self._spec)
        workflow.do_engine_steps()
        name, body = _advanced(workflow, operation)
        state, phase, at = self._serializer.serialize_json(workflow), workflow.data["phase"], operation.at.isoformat()
        if found:
            instance = found[0][0]
            changed = "UPDATE instance SET phase = {0}, state = {1}, version = {2}, updated_at = {3} WHERE id = {4}"
            rows.run(changed, phase, state, found[0][1] + 1, at, instance)
        else:
            added = "INSERT INTO instance (patient, phase, state, version, updated_at) VALUES ({0}, {1}, {2}, 1, {3})"
            ((instance,),) = rows.run(added + " RETURNING id", patient, phase, state, at)
        rows.run(
            "INSERT INTO history (instance_id, at, event, body) VALUES ({0}, {1}, {2}, {3})", instance, at, name, body
        )


def _advanced(workflow: Any, operation: Told | Done) -> tuple[str, str]:
    if isinstance(operation, Done):
        name, body = operation.step, dict(operation.answers)
    else:
        name, body = operation.event, dict(operation.facts)
    task = workflow.get_next_task(state=TaskState.READY, spec_name=COMPLETED_BY.get(name, name))
    task.data[name] = body
    task.run()
    if name == "discharged":
        for missed in MISSED:
            workflow.get_next_task(state=TaskState.READY, spec_name=missed).cancel()
    if isinstance(operation, Told):
        workflow.data["phase"] = task.task_spec.bpmn_name
    workflow.do_engine_steps()
    return name, json.dumps(body)


def _registry(spec: Any) -> Any:
    """Converters of the library, but for one: instances share *spec* and do not hold it in their JSON."""

    class SharedSpec(BpmnWorkflowConverter):  # type: ignore[misc]
        def to_dict(self, workflow: Any) -> Any:
            told = super(BpmnWorkflowConverter, self).to_dict(workflow)
            return {**told, "subprocesses": self.mapping_to_dict(workflow.subprocesses)}

        def from_dict(self, told: Any) -> Any:
            workflow = self.target_class(spec, {}, deserializing=True)
            workflow.tasks = self.mapping_from_dict(told["tasks"], UUID, workflow=workflow)
            workflow.task_tree = workflow.tasks.get(UUID(told["root"]))
            self.set_default_attributes(workflow, told)
            self.subprocesses_from_dict(told["subprocesses"], workflow)
            return workflow

    return BpmnWorkflowSerializer.configure({**DEFAULT_CONFIG, BpmnWorkflow: SharedSpec})


class _Rows:
    """A connection as a context: one transaction."""

    for_update = ""

    def run(self, sql: str, *values: Any) -> list[Any]:
        """Run a statement with its values, and return what it gives."""
        raise NotImplementedError

    def __enter__(self) -> _Rows:
        return self

    def __exit__(self, *error: object) -> None:
        raise NotImplementedError


class _Sqlite(_Rows):
    def __init__(self, url: str) -> None:
        self._connection = sqlite3.connect(sqlite_file(url), isolation_level=None)
        for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {setting}")
        for table in TABLES:
            self._connection.execute(table.format(id="id integer PRIMARY KEY"))

    def run(self, sql: str, *values: Any) -> list[Any]:
        return self._connection.execute(sql.format(*["?"] * len(values)), values).fetchall()

    def __enter__(self) -> _Rows:
        self._connection.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.execute("ROLLBACK" if error[0] else "COMMIT")


class _Postgresql(_Rows):
    for_update = " FOR UPDATE"

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(driver_address(url), options="-c synchronous_commit=on -c timezone=UTC")
        self._connection.prepare_threshold = 1
        for table in TABLES:
            self._connection.execute(table.format(id="id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY").encode())
        self._connection.commit()

    def run(self, sql: str, *values: Any) -> list[Any]:
        cursor = self._connection.execute(sql.format(*["%s"] * len(values)).encode(), values)
        return cursor.fetchall() if cursor.description else []

    def __exit__(self, *error: object) -> None:
        if error[0]:
            self._connection.rollback()
        else:
            self._connection.commit()
