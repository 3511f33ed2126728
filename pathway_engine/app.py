"""Joins the rooms: settings, database, directory, pathways and channels become one engine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files as resources
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from pathway_engine.channels.families import FHIR, NORWEGIAN
from pathway_engine.channels.hl7v2 import Hl7v2Channel
from pathway_engine.channels.later import LaterChannel
from pathway_engine.channels.later_writer import LaterNorwegianWriter
from pathway_engine.channels.manual import ManualChannel
from pathway_engine.channels.plain_writer import PlainWriter
from pathway_engine.domain.directory import Directories
from pathway_engine.domain.errors import DefinitionError, StorageError
from pathway_engine.domain.message_slots import KINDS
from pathway_engine.domain.overstay_rules import UkpRules
from pathway_engine.language.directory import read_directory
from pathway_engine.language.folder import PATHWAY_FILE, files_in, shipped_names
from pathway_engine.language.ukp_rules import FILES, load_ukp_rules
from pathway_engine.service.catalogue import Files
from pathway_engine.service.channel import Channel
from pathway_engine.service.context import Context, build_context
from pathway_engine.service.endpoints import Endpoints, WrongEndpoint, read_endpoints
from pathway_engine.service.engine import Engine
from pathway_engine.service.nearness import Nearness
from pathway_engine.service.outward import NO_POST, Post, Transport
from pathway_engine.settings import Settings, SettingsError, check_outbox, database_url
from pathway_engine.steady_clock import SteadyClock
from pathway_engine.storage.database_clock import database_clock
from pathway_engine.storage.schema import current_revision, head_revision, require_current, upgrade
from pathway_engine.storage.store import Store
from pathway_engine.transports.drop_folder import OUT, DropFolder
from pathway_engine.transports.folder import FolderTransport
from pathway_engine.transports.message_service import XML, MessageService, MessageServiceTransport

if TYPE_CHECKING:
    from adapters.norwegian.schemas import Schemas


def open_engine(settings: Settings, now: datetime) -> Engine:
    """Return the engine over the database of *settings*; close it with `close_engine`.

    Raises SchemaTooOld, StorageError, or DefinitionErrors when a pathway or the directory is wrong.
    """
    store = Store(database_url(settings), settings.tenant, statement_seconds=settings.database_seconds)
    try:
        return Engine(_context(store, settings, now))
    except BaseException:
        store.close()
        raise


def close_engine(engine: Engine) -> None:
    """Close the engine's connections."""
    engine.context.store.close()


@contextmanager
def opened(settings: Settings, now: datetime) -> Iterator[Engine]:
    """Give the engine, and close it afterwards."""
    engine = open_engine(settings, now)
    try:
        yield engine
    finally:
        close_engine(engine)


def _context(store: Store, settings: Settings, now: datetime) -> Context:
    with reachable():
        require_current(store)
    if settings.directory is not None:
        import_directory(store, settings.directory, now)
    directories = directories_of(store)
    norwegian = LaterChannel(NORWEGIAN, lambda: _norwegian(directories, settings))
    if settings.schema_dir or any(sender.rules for sender in directories.current.senders.values()):
        _ = norwegian.loaded  # what is wrong with either is told now, not at the first message
    channels: list[Channel] = [Hl7v2Channel(), norwegian, ManualChannel(), LaterChannel(FHIR, _fhir)]
    payment = cache(lambda: ukp_rules(settings))
    if settings.ukp_rules is not None:
        payment()  # and so is what is wrong with rules of one's own
    return build_context(
        store, directories, pathway_folders(settings), channels, lambda: uuid4().hex, now,
        way_out(settings, has_partners=bool(directories.current.partners)),
        payment, timedelta(days=settings.board_target_days), nearness_of(settings), endpoints_of(settings),
    )  # fmt: skip


def _fhir() -> Channel:
    from pathway_engine.channels.fhir import FhirChannel

    return FhirChannel()


def _norwegian(directories: Directories, settings: Settings) -> Channel:
    from pathway_engine.channels.norwegian import NorwegianChannel

    return NorwegianChannel(lambda: directories.current, schemas_of(settings))


def schemas_of(settings: Settings) -> Schemas | None:
    """The official schemas of the settings' folder, compiled; None without one. Raises SettingsError."""
    from adapters.norwegian.schemas import IncompleteSchemas, Schemas

    folder = settings.schema_dir
    if folder is None:
        return None
    try:
        files = {path.name: path.read_bytes() for path in sorted(folder.rglob("*.xsd"))}
        if not files:
            raise SettingsError(f"PATHWAY_SCHEMA_DIR: found no .xsd file at or below {folder}; give their folder.")
        return Schemas(files)
    except OSError as error:
        raise SettingsError(f"PATHWAY_SCHEMA_DIR cannot be read: {error.strerror}.") from None
    except IncompleteSchemas as error:
        raise SettingsError(f"PATHWAY_SCHEMA_DIR: {error}") from None


def nearness_of(settings: Settings) -> Nearness:
    """For how long somebody stays near a patient."""
    return Nearness(
        after_task=timedelta(days=settings.relation_days), after_stay=timedelta(days=settings.relation_stay_days),
        emergency=timedelta(hours=settings.emergency_hours),
    )  # fmt: skip


def endpoints_of(settings: Settings) -> Endpoints:
    """Where programs may be notified. Raises SettingsError."""
    try:
        endpoints = read_endpoints(settings.fhir_hooks)
    except WrongEndpoint as wrong:
        raise SettingsError(f"PATHWAY_FHIR_HOOKS: {wrong}") from None
    if not endpoints.is_empty and not settings.fhir_base_url:
        raise SettingsError("PATHWAY_FHIR_HOOKS needs PATHWAY_FHIR_BASE_URL: notifications name resources by it.")
    return endpoints


def way_out(settings: Settings, *, has_partners: bool = False) -> Post:
    """How messages leave the house: over the message service, into a folder, or not yet. Raises SettingsError.

    With partners in the directory, messages that have a Norwegian form are written in it; the rest as plain JSON.
    """
    check_outbox(settings)
    transport = _transport(settings)
    writers = dict.fromkeys(KINDS, LaterNorwegianWriter(lambda: schemas_of(settings))) if has_partners else {}
    return Post(transport, writers, otherwise=PlainWriter()) if transport else NO_POST


def _transport(settings: Settings) -> Transport | None:
    if settings.message_service_url:
        return MessageServiceTransport(message_service(settings))
    if settings.outbox_folder is not None:
        return FolderTransport(settings.outbox_folder, receipted=(XML,))
    if settings.drop_folder is not None:
        return FolderTransport(settings.drop_folder / OUT, receipted=(XML,))
    return None


def drop_folder(folder: Path, settings: Settings) -> DropFolder:
    """The drop folder with its parts, which are made when they are missing."""
    return DropFolder(folder, lambda: uuid4().hex, settle_seconds=settings.drop_settle_seconds)


def message_service(settings: Settings) -> MessageService:
    """The message service of the settings; its token is read anew each time, since others renew it."""
    file = settings.message_service_token_file
    assert file is not None
    return MessageService(url=settings.message_service_url, token=lambda: file.read_text("ascii").strip())


@contextmanager
def reachable() -> Iterator[None]:
    """Turn the database driver's errors into ours: theirs quote addresses and values."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StorageError(
            f"The database cannot be used ({type(error).__name__}). Is PATHWAY_DATABASE_URL right, and is it running?"
        ) from None


def steady_clock(engine: Engine) -> SteadyClock:
    """This machine's clock, held against the database's where that runs on a server."""
    return SteadyClock(witness=lambda: database_clock(engine.context.store))


# -- the schema


def upgrade_schema(settings: Settings) -> None:
    """Bring the database to this program's schema."""
    with reachable():
        upgrade(database_url(settings))


def schema_revisions(settings: Settings) -> tuple[str | None, str | None]:
    """The schema revision that the database has, and the one that this program works with."""
    with reachable():
        return current_revision(database_url(settings)), head_revision()


# -- the directory


def import_directory(store: Store, file: Path, now: datetime) -> bool:
    """Keep the directory in *file*, in force from *now*; False when it is the one in force already."""
    document = _bytes_of(file)
    read_directory(document, str(file))
    sha256 = hashlib.sha256(document).hexdigest()
    with store.transaction() as records:
        kept = records.directories()
        if kept and kept[-1][1] == sha256:
            return False
        records.put_directory(document, sha256, now)
    return True


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise DefinitionError(f"The directory file {file} cannot be read: {error.strerror}.") from None


def directories_of(store: Store) -> Directories:
    """Every import of the directory, oldest first."""
    with store.reading() as records:
        kept = records.directories()
    return Directories(tuple((since, read_directory(document)) for since, _, document in kept))


# -- rules of payment


def ukp_rules(settings: Settings) -> UkpRules:
    """The rules by which waiting is paid for: those that ship, or the settings' own. Raises DefinitionError."""
    own = settings.ukp_rules
    if own is not None and not any((own / name).is_file() for name in FILES):
        raise DefinitionError(f"PATHWAY_UKP_RULES is {own}; a folder with {' or '.join(FILES)} would be right.")
    return load_ukp_rules(own)


# -- pathways


def pathway_folders(settings: Settings) -> list[Files]:
    """The files of every pathway in force: those that ship and are wanted, then those of PATHWAY_PATHWAYS, by name."""
    shipped = [files_in(resources("pathways") / name) for name in _shipped(settings)]
    return shipped + [files_in(folder) for folder in extra_folders(settings)]


def _shipped(settings: Settings) -> tuple[str, ...]:
    """The shipped pathways in force, all unless said. Raises DefinitionError for a name that does not ship."""
    known = shipped_names()
    wanted = tuple(name.strip() for name in settings.shipped_pathways.split(",") if name.strip())
    unknown = next((name for name in wanted if name not in known), None)
    if unknown is not None:
        raise DefinitionError(
            f"PATHWAY_SHIPPED_PATHWAYS names {unknown!r}, which does not ship; would be right: {', '.join(known)}."
        )
    return wanted or known


def extra_folders(settings: Settings) -> list[Path]:
    """The pathway folders of the installation's own. Raises DefinitionError when there are none."""
    if settings.pathways is None:
        return []
    folders = sorted(file.parent for file in settings.pathways.glob(f"*/{PATHWAY_FILE}"))
    if not folders:
        raise DefinitionError(f"PATHWAY_PATHWAYS is {settings.pathways}; a folder of pathway folders would be right.")
    return folders
