"""Whatever its OpenAPI document lets a program send, the API answers as the document says, and never breaks."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from pathway_engine.web.api import BELOW, document
from pathway_engine.web.app import create_app
from pathway_engine.web.settings import WebSettings
from tests.service.community import Community
from tests.web.visitor import SECRET

KEY = "k" * 40
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 60
"""Requests a route."""
ROUTES = [(method.upper(), path) for path, told in document()["paths"].items() for method in told]
ACTS = "/tasks/{task_id}/acts"


@pytest.fixture(scope="module")
def community() -> Iterator[Community]:
    with tempfile.TemporaryDirectory() as folder:
        made = Community(f"sqlite:///{folder}/api.db")
        made.brought_home()
        made.engine.grant_access_key("kari", KEY, made.now)
        yield made
        made.close()


@pytest.fixture(scope="module")
def described(community: Community) -> Any:
    app = create_app(community.engine, WebSettings(session_secret=SECRET, https_only=False), lambda: community.now)
    return schemathesis.openapi.from_asgi(f"{BELOW}/openapi.json", app)


def ask_many(operation: Any, with_known: Callable[[Any], None] = lambda case: None) -> set[int]:
    """Ask a route what may be asked of it, each case first completed by *with_known*; return the statuses."""
    statuses: set[int] = set()

    @settings(
        max_examples=EXAMPLES, derandomize=True, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        with_known(case)
        answer = case.call(headers={"Authorization": f"Bearer {KEY}"})
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    ask()
    return statuses


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_answers_as_it_is_described(described: Any, method: str, path: str) -> None:
    assert ask_many(described[path][method])


def test_acts_on_a_real_task_answer_as_they_are_described(described: Any, community: Community) -> None:
    id = community.list_of("kari")["HPH2"].id

    def on_the_task(case: Any) -> None:
        case.path_parameters = {"task_id": id}
        if isinstance(case.body, dict):
            version = community.engine.task(community.who("kari"), id, community.now).task.version
            case.body = {**case.body, "version": version}

    assert {200, 422} <= ask_many(described[ACTS]["POST"], on_the_task)
