"""A page that says what does not work is found out, whatever it is that does not work."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.docs.commands import blocks, faults, is_compared, matches, script, tried


def page(*parts: str) -> str:
    """A page of blocks, each told as its info string and its lines."""
    return "# A page\n\n" + "\n\n".join(parts) + "\n"


def block(info: str, *lines: str) -> str:
    return "\n".join((f"```{info}", *lines, "```"))


def found(text: str, folder: Path) -> str:
    return "\n".join(faults(text, tried(text, folder)))


def test_what_works_has_no_faults(tmp_path: Path) -> None:
    text = page(
        block("sh", "echo one", "export COLOUR=red"),
        block("text", "one"),
        block("sh", "echo $COLOUR"),
        block("text", "red"),
    )
    assert found(text, tmp_path) == ""


@pytest.mark.parametrize("command", ["false", "false | cat", "echo $NOBODY_SAID_WHAT", "no-such-program", "(exit 3)"])
def test_a_command_that_fails_stops_the_page(command: str, tmp_path: Path) -> None:
    text = page(block("sh", "echo fine"), block("sh", command, "echo after"))
    said = found(text, tmp_path)
    assert "the block of line 7 " in said
    assert "after" not in said


def test_bash_names_the_line_of_the_page(tmp_path: Path) -> None:
    assert "line 5 ended with 1" in found(page(block("sh", "true", "false")), tmp_path)


def test_what_is_shown_and_not_printed_is_a_fault(tmp_path: Path) -> None:
    text = page(block("sh", "echo two"), "It prints:", block("text", "one"))
    assert "line 9 shows what the block before it does not print. It prints:\ntwo" in found(text, tmp_path)


@pytest.mark.parametrize(
    ("shown", "printed", "is_so"),
    [
        ("one\ntwo", "one\ntwo\n", True),
        ("one", "one\ntwo\n", False),
        ("one … three", "one 2 three\n", True),
        ("one … three", "one 2 four\n", False),
        ("one …", "one 2\n3\n", False),
        ("…\ntwo", "a\nb\ntwo\n", True),
        ("…\ntwo", "two\n", True),
        ("…\ntwo", "a\nb\n", False),
        ("one\n…", "one\n", True),
        ("1.5 (x)", "1.5 (x)  \n", True),
        ("1.5", "1a5\n", False),
    ],
)
def test_dots_stand_for_anything_in_a_line_and_for_lines(shown: str, printed: str, is_so: bool) -> None:
    assert matches(shown, printed) is is_so


def test_only_the_next_block_is_compared_and_only_unless_said() -> None:
    compared, not_compared = blocks(page(block("text", "a"), "<!-- not compared: an example -->", block("text", "b")))
    assert is_compared(compared)
    assert not is_compared(not_compared)


def test_what_is_not_to_be_run_is_not(tmp_path: Path) -> None:
    text = page("<!-- not run: it needs root -->", block("sh not-run", "false"), block("sh", "echo fine"))
    assert found(text, tmp_path) == ""
    assert [each.comment for each in blocks(text)] == ["not run: it needs root", ""]


def test_a_block_with_a_name_is_a_file(tmp_path: Path) -> None:
    text = page(
        block("yaml", "# there/a.yaml", "key: 1"),
        block("sh", "cat there/a.yaml"),
        block("text", "# there/a.yaml", "key: 1"),
    )
    assert found(text, tmp_path) == ""


def test_a_comment_may_name_a_file(tmp_path: Path) -> None:
    text = page("<!-- file: a.json -->", block("json", "{}"), block("sh", "cat a.json"), block("text", "{}"))
    assert found(text, tmp_path) == ""


def test_a_block_in_a_list_loses_its_indent(tmp_path: Path) -> None:
    text = page(
        "1. So:\n\n   ```python\n   # a.py\n   if True:\n       print(1)\n   ```\n\n   ```sh\n   python a.py\n   ```",
        block("text", "1"),
    )
    assert found(text, tmp_path) == ""


def test_a_block_may_end_with_what_it_says(tmp_path: Path) -> None:
    said = "<!-- ends with 1 -->"
    assert found(page(said, block("sh", "false"), block("sh", "echo on")), tmp_path / "a") == ""
    assert "the block of line 5 " in found(page(said, block("sh", "true")), tmp_path / "b")
    assert "the block of line 9 " in found(page(said, block("sh", "false"), block("sh", "false")), tmp_path / "c")


def test_what_is_given_is_run(tmp_path: Path) -> None:
    assert found(page("<!-- given:\necho one > a\n-->", block("sh", "cat a"), block("text", "one")), tmp_path) == ""


def test_what_is_left_running_is_waited_for_and_ended(tmp_path: Path) -> None:
    wait = 'import time; time.sleep(0.5); print("ready", flush=True); open("up", "w").close(); time.sleep(600)'
    text = page(
        block("sh", f"python -c '{wait}' &", "echo $! > pid"), block("text", "ready"), block("sh", "sleep 0.2; ls up")
    )
    begun = time.monotonic()
    assert found(text, tmp_path) == ""
    assert time.monotonic() - begun < 60
    number = int((tmp_path / "page" / "pid").read_text())
    assert any(_is_gone(number) for _ in range(100))


def _is_gone(number: int) -> bool:
    """Whether a process has ended, or has a tenth of a second later; one that nobody has waited for has, too."""
    state = Path(f"/proc/{number}/stat")
    if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
        return True
    time.sleep(0.1)
    return False


def test_what_ends_instead_of_running_is_a_fault(tmp_path: Path) -> None:
    assert "it is not ready" in found(page(block("sh", "echo broken &", "echo on")), tmp_path)


def test_serving_is_left_running_without_being_told() -> None:
    lines = "pathway serve", "pathway serve web  # pages", "pathway serve &", "cat a &&", "echo 2>&1", "sleep 9 & # so"
    typed = script(page(block("sh", *lines))).splitlines()[3:9]
    assert typed == [
        "left_running pathway serve", "left_running pathway serve web ",
        "left_running pathway serve ", "cat a &&", "echo 2>&1", "left_running sleep 9",
    ]  # fmt: skip


def test_ports_are_this_page_s_own_and_read_as_the_usual_ones(tmp_path: Path) -> None:
    text = page(
        block("sh", "echo 8080 2575 $PATHWAY_WEB_PORT", "test $PATHWAY_WEB_PORT -ne 8080 || false"),
        block("text", "8080 2575 8080"),
    )
    came = tried(text.replace("-ne 8080", "-ne 80''80"), tmp_path)
    assert "\n".join(faults(text, came)) == ""


def test_the_program_is_the_repository_s_own_and_the_network_ends_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATHWAY_DATABASE_URL", "sqlite:////nobody/asked")
    text = page(
        block("sh", "echo ${PATHWAY_DATABASE_URL:-none}", "pathway check pathways/dialogue | tail -1"),
        block("text", "none", "0 errors, 3 warnings"),
        "<!-- ends with 7 -->",
        block("sh", "curl -s http://pathway.example.no"),
    )
    assert found(text, tmp_path) == ""


def test_a_block_without_end_is_told() -> None:
    with pytest.raises(ValueError, match="line 3: this block has no end"):
        blocks("# A\n\n```sh\necho\n")
