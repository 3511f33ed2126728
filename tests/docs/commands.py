"""What the pages tell people to type, typed: each page's blocks in order, in one bash, in a folder of its own.

What stands in a page, and what becomes of it:

- A block ```` ```sh ```` is run. A line that ends in `&`, or that begins with `pathway serve`, is left running: what
  comes next waits until it has printed `ready`, and all of it is ended with the page.
- A block ```` ```sh not-run ```` is not, for the reason in the comment before it: `<!-- not run: WHY -->`.
- A block ```` ```text ```` that is the next one after a block that was run is what that one prints, `…` standing for
  anything in a line, and a line of `…` for any lines. It is compared, unless a comment before it says
  `<!-- not compared: WHY -->`.
- A block of another kind whose first line is `# NAME.ext` is a file of that name; where the language has no such line,
  the comment before it says `<!-- file: NAME.ext -->`.
- `<!-- ends with 1 -->` before a block: so its last command ends.
- `<!-- given:` and commands, until `-->`: what the page takes as there already. It is run, and not seen by readers.

The folder holds what lies in the repository beside the pages; the environment has no setting of this program but two
free ports, which stand for 8080 and 2575 wherever a page says so.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
BESIDE = ("samples", "pathways", "simulations", "pathway_engine/demonstration", "docs/tutorials")
"""What a page may name by its place in the repository."""
SECONDS = 400
"""How long a page may take, on a slow machine."""

FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,})(?P<info>[^`]*)$")
COMMENT = re.compile(r"^ *<!-- *(?P<text>.*?) *-->$")
GIVEN = "<!-- given:"
FILE_NAME = re.compile(r"^# (?P<name>[\w./-]+\.\w+)$")
FILE_COMMENT = re.compile(r"^file: (?P<name>[\w./-]+\.\w+)$")
NO_FILES = ("sh", "sh not-run", "text", "given")
LEFT_RUNNING = re.compile(r"^(?P<command>pathway serve\b[^&#]*|.*[^\s&](?= *&(?: +#.*)?$)) *&?(?: +#.*)?$")
ENDS_WITH = re.compile(r"^ends with (\d+)$")
MARK = "\x1e"
END_OF_FILE = "END-OF-THE-FILE-OF-THE-PAGE"
PROLOGUE = """\
set -Eeuo pipefail
trap 'echo "line $LINENO ended with $?"' ERR
left_running() {
  local said; said=$(mktemp)
  "$@" >"$said" 2>&1 &
  for _ in {1..600}; do
    if grep -q "^ready" "$said"; then cat "$said"; return 0; fi
    kill -0 $! 2>"$said.gone" || break
    sleep 0.1
  done
  cat "$said"; echo "it is not ready: $*"; return 1
}
. "$1"
"""


@dataclass(frozen=True, slots=True)
class Block:
    """A block between fences, or what is given: its lines without their indent, and where its fences stand."""

    begins: int
    ends: int
    info: str
    body: tuple[str, ...]
    comment: str

    @property
    def is_run(self) -> bool:
        """Whether bash gets it."""
        return self.info in ("sh", "given")

    @property
    def file_name(self) -> str:
        """The file that it is; the empty text for others."""
        if self.info in NO_FILES:
            return ""
        found = FILE_NAME.match(self.body[0] if self.body else "") or FILE_COMMENT.match(self.comment)
        return found["name"] if found else ""


def pages() -> list[Path]:
    """Every page that is tried, by its place in the repository."""
    found = [REPOSITORY / "README.md", *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("pathways/*/README.md")]
    return sorted(page.relative_to(REPOSITORY) for page in found)


def blocks(text: str) -> list[Block]:
    """The blocks of a page, in order; raises ValueError for one that does not end."""
    lines, found, number = text.splitlines(), list[Block](), 0
    while number < len(lines):
        fence = FENCE.match(lines[number])
        if fence or lines[number].startswith(GIVEN):
            end = _end(lines, number, fence["ticks"] if fence else "-->")
            indent = len(fence["indent"]) if fence else 0
            body = tuple(line[min(indent, len(line) - len(line.lstrip())) :] for line in lines[number + 1 : end])
            info = fence["info"].strip() if fence else "given"
            found.append(Block(number + 1, end + 1, info, body, _comment(lines, number)))
            number = end
        number += 1
    return found


def _end(lines: list[str], begin: int, ends: str) -> int:
    for number in range(begin + 1, len(lines)):
        if lines[number].strip() == ends:
            return number
    raise ValueError(f"line {begin + 1}: this block has no end")


def _comment(lines: list[str], number: int) -> str:
    """The text of the comment that stands right before a line, blank lines between."""
    before = next((line for line in reversed(lines[:number]) if line.strip()), "")
    found = COMMENT.match(before)
    return found["text"] if found else ""


# -- What is run


def script(text: str) -> str:
    """The page as a script: each line where it stands in the page, so that bash names the page's own lines."""
    lines = [""] * (len(text.splitlines()) + 1)
    for block in blocks(text):
        begin, end = block.begins - 1, block.ends - 1
        if block.is_run:
            lines[begin], lines[end] = _around(block)
            lines[begin + 1 : end] = [_typed(line) for line in block.body]
        elif block.file_name:
            lines[begin] = f"mkdir -p $(dirname {block.file_name}); cat > {block.file_name} <<'{END_OF_FILE}'"
            lines[begin + 1 : end] = block.body
            lines[end] = END_OF_FILE
    return "\n".join(lines)


def _around(block: Block) -> tuple[str, str]:
    """What stands before and after the lines of a block."""
    mark = f"printf '{MARK}{block.begins}\\n'"
    ends = ENDS_WITH.match(block.comment)
    if not ends:
        return "", mark
    return "set +e; trap - ERR", (
        f"[ $? = {ends[1]} ] || {{ echo 'the last command of this block does not end with {ends[1]}'; exit 1; }}; "
        f"set -e; trap 'echo \"line $LINENO ended with $?\"' ERR; {mark}"
    )


def _typed(line: str) -> str:
    found = LEFT_RUNNING.match(line)
    return f"left_running {found['command']}" if found else line


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a page: how bash ended, what each block printed, by its line, and what came after the last."""

    code: int
    printed: Mapping[int, str]
    rest: str


def tried(text: str, folder: Path) -> Tried:
    """Run the blocks of a page in *folder*, which is new; nothing that it began is left."""
    ports = {"8080": str(_free_port()), "2575": str(_free_port())}
    tools, home = folder / "tools", folder / "page"
    _lay_out(tools, home)
    (tools / "page.sh").write_text(_with(ports, script(text)), "utf-8")
    (tools / "prologue.sh").write_text(PROLOGUE, "utf-8")
    with (tools / "printed").open("w+b") as printed:
        command = ["bash", str(tools / "prologue.sh"), str(tools / "page.sh")]
        code = _run(command, home, _environment(tools, ports), printed.fileno())
        printed.seek(0)
        said = printed.read().decode("utf-8", "replace")
    back = {port: usual for usual, port in ports.items()}
    *ended, rest = re.split(rf"{MARK}(\d+)\n", _with(back, said))
    return Tried(code, {int(line): text for text, line in zip(ended[::2], ended[1::2], strict=True)}, rest)


def _lay_out(tools: Path, home: Path) -> None:
    for name in BESIDE:
        shutil.copytree(REPOSITORY / name, home / name, ignore=shutil.ignore_patterns("__pycache__"))
    programs = {"pathway": f'{sys.executable} -P -m pathway_engine.cli "$@"'}
    programs |= dict.fromkeys(("python", "python3"), f'{sys.executable} -P "$@"')
    (tools / "bin").mkdir(parents=True)
    for name, command in programs.items():
        (tools / "bin" / name).write_text(f"#!/bin/sh\nexec {command}\n", "utf-8")
        (tools / "bin" / name).chmod(0o755)


def _environment(tools: Path, ports: Mapping[str, str]) -> dict[str, str]:
    """Nothing of the one who tests; the network ends at this machine."""
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
    return {
        "PATH": f"{tools / 'bin'}:/usr/bin:/bin", "HOME": str(tools), "TMPDIR": str(tools), "LANG": "C.UTF-8",
        "PYTHONPATH": str(REPOSITORY), "PATHWAY_WEB_PORT": ports["8080"], "PATHWAY_MLLP_PORT": ports["2575"],
        "no_proxy": "127.0.0.1,localhost", **nowhere,
    }  # fmt: skip


def _run(command: list[str], folder: Path, environment: dict[str, str], out: int) -> int:
    """How a program ended, or -9 when it did not in time; whatever it began is ended too."""
    program = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
    )
    try:
        return program.wait(SECONDS)
    except subprocess.TimeoutExpired:
        return -signal.SIGKILL
    finally:
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
        return port


def _with(ports: Mapping[str, str], text: str) -> str:
    return re.sub("|".join(rf"\b{port}\b" for port in ports), lambda found: ports[found[0]], text)


# -- What is wrong


def faults(text: str, came: Tried) -> Iterator[str]:
    """What a page says and what came of it, where they differ."""
    found = blocks(text)
    if came.code != 0:
        stopped = next((block.begins for block in found if block.is_run and block.begins not in came.printed), 0)
        yield f"the block of line {stopped} ended with {came.code}:\n{came.rest}"
    for block, shown in pairwise(found):
        if block.is_run and is_compared(shown) and block.begins in came.printed:
            printed = came.printed[block.begins]
            if not matches("\n".join(shown.body), printed):
                yield f"line {shown.begins} shows what the block before it does not print. It prints:\n{printed}"


def is_compared(block: Block) -> bool:
    """Whether a block is held against what the block before it prints."""
    return block.info == "text" and not block.comment.startswith("not compared: ")


def matches(shown: str, printed: str) -> bool:
    """Whether something was printed as shown: `…` is anything in a line, a line of `…` any lines."""
    lines = [r"(?:.*\n)*" if line.strip() == "…" else _pattern(line) + r" *\n" for line in shown.strip().splitlines()]
    return re.fullmatch("".join(lines), printed.strip("\n") + "\n") is not None


def _pattern(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.rstrip().split("…"))
