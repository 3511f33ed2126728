"""Everything that is kept for one tenant, seen inside one transaction."""

from __future__ import annotations

from pathway_engine.storage.access import AccountRecords, EmergencyRecords, SessionRecords
from pathway_engine.storage.audit import AuditRecords
from pathway_engine.storage.board_rows import BoardRecords
from pathway_engine.storage.definitions import DefinitionRecords
from pathway_engine.storage.directory_rows import AccessRecords, DirectoryRecords
from pathway_engine.storage.episodes import EpisodeRecords
from pathway_engine.storage.feeds import FeedRecords
from pathway_engine.storage.inbox import InboxRecords
from pathway_engine.storage.kept import KeptRecords
from pathway_engine.storage.log import LogRecords
from pathway_engine.storage.news import NewsRecords
from pathway_engine.storage.notices import NoticeRecords
from pathway_engine.storage.operating import OperatingRecords
from pathway_engine.storage.outbox import OutboxRecords
from pathway_engine.storage.patients import PatientRecords
from pathway_engine.storage.quality_rows import QualityRecords
from pathway_engine.storage.relations import RelationRecords
from pathway_engine.storage.searching import SearchRecords
from pathway_engine.storage.subscriptions import SubscriptionRecords
from pathway_engine.storage.task_rows import TaskRecords


class Records(
    InboxRecords,
    PatientRecords,
    LogRecords,
    EpisodeRecords,
    TaskRecords,
    QualityRecords,
    OutboxRecords,
    NoticeRecords,
    AuditRecords,
    DefinitionRecords,
    DirectoryRecords,
    AccessRecords,
    BoardRecords,
    RelationRecords,
    AccountRecords,
    SessionRecords,
    EmergencyRecords,
    FeedRecords,
    NewsRecords,
    KeptRecords,
    SearchRecords,
    SubscriptionRecords,
    OperatingRecords,
):
    """One tenant's records; each noun has a file of its own."""
