"""The directory as imported, who holds which access key, results of acts, and signs of life."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select

from pathway_engine.storage.statements import ID, NOW, TENANT, TenantRecords, insert_into, upsert
from pathway_engine.storage.tables import table

_DIRECTORY = table("directory")
_RESULT = table("result")
_HEARTBEAT = table("heartbeat")
_ACCESS_KEY = table("access_key")

_PUT_DIRECTORY = insert_into(_DIRECTORY).on_conflict_do_nothing(index_elements=["tenant", "valid_from", "sha256"])
_DIRECTORIES = (
    select(_DIRECTORY.c.valid_from, _DIRECTORY.c.sha256, _DIRECTORY.c.document)
    .where(_DIRECTORY.c.tenant == TENANT)
    .order_by(_DIRECTORY.c.valid_from, _DIRECTORY.c.id)
)
_PUT_RESULT = insert(_RESULT)
_RESULT_OF = select(_RESULT.c.result).where(_RESULT.c.tenant == TENANT, _RESULT.c.key == ID)
_FORGET_RESULTS = delete(_RESULT).where(
    _RESULT.c.tenant == TENANT, _RESULT.c.key >= bindparam("from_"), _RESULT.c.key < bindparam("to_"),
    _RESULT.c.at < NOW,
)  # fmt: skip
_BEAT = upsert(_HEARTBEAT, "tenant", "name")
_HEARTBEATS = (
    select(_HEARTBEAT.c.name, _HEARTBEAT.c.at).where(_HEARTBEAT.c.tenant == TENANT).order_by(_HEARTBEAT.c.name)
)
_PUT_ACCESS_KEY = upsert(_ACCESS_KEY, "tenant", "sha256")
_PERSON = select(_ACCESS_KEY.c.person).where(_ACCESS_KEY.c.tenant == TENANT, _ACCESS_KEY.c.sha256 == ID)


class DirectoryRecords(TenantRecords):
    """The directory's documents, every one kept."""

    def put_directory(self, document: bytes, sha256: str, valid_from: datetime) -> None:
        """Keep an import that holds from *valid_from*; the same one again changes nothing."""
        self._insert(_PUT_DIRECTORY, document=document, sha256=sha256, valid_from=valid_from)

    def directories(self) -> list[tuple[datetime, str, bytes]]:
        """Return all imports as valid_from, sha256 and document, the last in force last."""
        return [(since, sha256, document) for since, sha256, document in self._run(_DIRECTORIES)]


class AccessRecords(TenantRecords):
    """Access keys, results of people's acts, heartbeats."""

    def put_result(self, key: str, result: bytes, at: datetime) -> None:
        """Keep what an act led to. Raises ConcurrentChange when the key has a result already."""
        self._insert(_PUT_RESULT, key=key, result=result, at=at)

    def result(self, key: str) -> bytes | None:
        """Return what the act with that key led to, or None."""
        found: bytes | None = self._run(_RESULT_OF, id_=key).scalar()
        return found

    def forget_results(self, prefix: str, before: datetime) -> None:
        """Forget the results under keys that begin with *prefix*, an ASCII text, and that are older than *before*."""
        after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        self._run(_FORGET_RESULTS, from_=prefix, to_=after, now_=before)

    def beat(self, name: str, at: datetime) -> None:
        """Record that the part of the program called *name* was alive."""
        self._insert(_BEAT, name=name, at=at)

    def heartbeats(self) -> dict[str, datetime]:
        """Return when each part was last alive, by name."""
        return {name: at for name, at in self._run(_HEARTBEATS)}

    def put_access_key(self, sha256: str, person: str, at: datetime) -> None:
        """Let the key with that hash act for *person*."""
        self._insert(_PUT_ACCESS_KEY, sha256=sha256, person=person, at=at)

    def person_of_access_key(self, sha256: str) -> str | None:
        """Return whom the key with that hash acts for, or None."""
        found: str | None = self._run(_PERSON, id_=sha256).scalar()
        return found
