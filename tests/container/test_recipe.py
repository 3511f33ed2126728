"""What the image is built from is there, and what its containers are told to do the program can do."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from pathway_engine.cli import main
from pathway_engine.settings import PREFIX, Settings
from tests.container.recipe import REPOSITORY, configs, copied, healthcheck, is_left_out, services, steps

DOCKERFILE = (REPOSITORY / "Dockerfile").read_text("utf-8")
COMPOSE = (REPOSITORY / "compose.yaml").read_text("utf-8")
IGNORED = (REPOSITORY / ".dockerignore").read_text("utf-8")
VALUES = dict.fromkeys(re.findall(r"\$\{(\w+):", COMPOSE), "value")
SERVICES = services(COMPOSE, VALUES)
OURS = {name: service for name, service in SERVICES.items() if "build" in service}


def from_the_tree() -> Iterator[str]:
    """Every file and folder that the Dockerfile copies from the tree."""
    for step in steps(DOCKERFILE):
        if step.word == "COPY" and not copied(step)[0]:
            yield from copied(step)[1]


@pytest.mark.parametrize("name", sorted(set(from_the_tree())))
def test_what_is_copied_is_there_and_reaches_the_build(name: str) -> None:
    assert (REPOSITORY / name).exists()
    assert not is_left_out(name, IGNORED)


@pytest.mark.parametrize(
    ("name", "is_out"),
    [
        pytest.param(".env", True, id="secrets"),
        pytest.param("tests/container/recipe.py", True, id="tests"),
        pytest.param("pathway_engine/domain/__pycache__/x.pyc", True, id="caches"),
        pytest.param("pathway_engine/web/static/vendor/htmx.min.js", True, id="browser-files-of-this-machine"),
        pytest.param("pathway_engine/domain/errors.py", False, id="the-program"),
    ],
)
def test_what_the_build_may_see(name: str, is_out: bool) -> None:
    assert is_left_out(name, IGNORED) is is_out


def test_a_stage_copies_from_a_stage_before_it() -> None:
    seen: list[str] = []
    for step in steps(DOCKERFILE):
        if step.word == "COPY":
            assert copied(step)[0] in ["", *seen]
        seen += [step.stage] if step.word != "FROM" else []


def test_libraries_are_installed_by_their_hashes() -> None:
    installs = [step.rest for step in steps(DOCKERFILE) if step.word == "RUN" and "pip install" in step.rest]
    assert [each for each in installs if "--require-hashes" not in each and "--no-deps" not in each] == []


def is_a_command(words: list[str]) -> bool:
    """Whether the program takes *words*, as far as it can tell before acting on them."""
    command: click.Command = main
    context = click.Context(main)
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0]) if words else None
        if found is None:
            return False
        command, words = found, words[1:]
    try:
        command.make_context("pathway", list(words))
    except click.UsageError:
        return False
    return True


@pytest.mark.parametrize("name", sorted(OURS))
def test_what_a_container_runs_is_a_command_of_the_program(name: str) -> None:
    assert is_a_command(OURS[name]["command"])


def test_the_image_runs_commands_of_the_program() -> None:
    assert healthcheck(DOCKERFILE)[0] == "pathway"
    assert is_a_command(healthcheck(DOCKERFILE)[1:])
    assert is_a_command(["serve"]) and not is_a_command(["serve", "nothing"]) and not is_a_command(["sing"])


@pytest.mark.parametrize("name", sorted(OURS))
def test_what_a_container_is_told_is_a_setting_of_the_program(name: str) -> None:
    known = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    assert set(OURS[name]["environment"]) - known == set()


def test_the_program_is_no_superuser_of_its_database() -> None:
    """Row-level security holds tenants apart for an ordinary role alone."""
    program = re.search(r"//(\w+):", OURS["web"]["environment"]["PATHWAY_DATABASE_URL"])
    assert program and program[1] != SERVICES["database"]["environment"].get("POSTGRES_USER", "postgres")
    made = " ".join(config["content"] for config in configs(COMPOSE, VALUES).values())
    assert f"CREATE ROLE {program[1]} LOGIN" in made and "SUPERUSER" not in made
