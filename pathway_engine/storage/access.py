"""Accounts, sessions, tries that failed, sign-ons under way and emergency access, as one tenant has them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BindParameter, bindparam, delete, insert, select, update

from pathway_engine.storage.access_rows import AccountRow, EmergencyRow, SessionRow, SignOnRow
from pathway_engine.storage.statements import (
    ID,
    LIMIT,
    NOW,
    TENANT,
    TenantRecords,
    columns_of,
    upsert,
    values_of,
)
from pathway_engine.storage.tables import table

_ACCOUNT = table("account")
_TRY = table("failed_try")
_SESSION = table("web_session")
_SIGN_ON = table("sign_on")
_EMERGENCY = table("emergency_access")
_PERSON: BindParameter[str] = bindparam("person_")

_SAVE_ACCOUNT = upsert(_ACCOUNT, "tenant", "person")
_ACCOUNTS = select(*columns_of(_ACCOUNT, AccountRow)).where(_ACCOUNT.c.tenant == TENANT).order_by(_ACCOUNT.c.person)
_ACCOUNT_OF = _ACCOUNTS.where(_ACCOUNT.c.person == ID).with_for_update()
_LINKED = _ACCOUNTS.where(_ACCOUNT.c.issuer == bindparam("issuer_"), _ACCOUNT.c.subject == bindparam("subject_"))

_SAVE_TRY = upsert(_TRY, "tenant", "key")
_TRY_SEEN = select(_TRY.c.count, _TRY.c.last_at).where(_TRY.c.tenant == TENANT, _TRY.c.key == ID)
_TRY_OF = _TRY_SEEN.with_for_update()
_FORGET_TRY = delete(_TRY).where(_TRY.c.tenant == TENANT, _TRY.c.key == ID)
_FORGET_TRIES = delete(_TRY).where(_TRY.c.tenant == TENANT, _TRY.c.last_at < NOW)

_SAVE_SESSION = upsert(_SESSION, "tenant", "id")
_SESSION_OF = select(*columns_of(_SESSION, SessionRow)).where(_SESSION.c.tenant == TENANT, _SESSION.c.id == ID)
_LOCK_SESSION = _SESSION_OF.with_for_update()
_OPEN_SESSIONS = (
    select(*columns_of(_SESSION, SessionRow))
    .where(_SESSION.c.tenant == TENANT, _SESSION.c.person == _PERSON, _SESSION.c.ended_at.is_(None))
    .order_by(_SESSION.c.began_at)
)
_END_ALL = (
    update(_SESSION)
    .where(_SESSION.c.tenant == TENANT, _SESSION.c.person == _PERSON, _SESSION.c.ended_at.is_(None))
    .values(ended_at=bindparam("ended_at"))
)
_FORGET_SESSIONS = delete(_SESSION).where(_SESSION.c.tenant == TENANT, _SESSION.c.began_at < NOW)

_ADD_SIGN_ON = insert(_SIGN_ON)
_SIGN_ON_OF = (
    select(*columns_of(_SIGN_ON, SignOnRow))
    .where(_SIGN_ON.c.tenant == TENANT, _SIGN_ON.c.state == ID)
    .with_for_update()
)
_END_SIGN_ON = delete(_SIGN_ON).where(_SIGN_ON.c.tenant == TENANT, _SIGN_ON.c.state == ID)
_FORGET_SIGN_ONS = delete(_SIGN_ON).where(_SIGN_ON.c.tenant == TENANT, _SIGN_ON.c.begun_at < NOW)

_ADD_EMERGENCY = insert(_EMERGENCY)
_EMERGENCIES = (
    select(*columns_of(_EMERGENCY, EmergencyRow))
    .where(_EMERGENCY.c.tenant == TENANT)
    .order_by(_EMERGENCY.c.at.desc(), _EMERGENCY.c.id)
    .limit(LIMIT)
)
_EMERGENCY_NOW = _EMERGENCIES.where(
    _EMERGENCY.c.person == _PERSON,
    _EMERGENCY.c.patient_id == ID,
    _EMERGENCY.c.at <= NOW,
    _EMERGENCY.c.until > NOW,
)


class AccountRecords(TenantRecords):
    """Accounts, and tries that failed."""

    def save_account(self, row: AccountRow) -> None:
        """Add an account, or write it over the person's own. Raises ConcurrentChange for another's subject."""
        self._insert(_SAVE_ACCOUNT, **values_of(row))

    def account(self, person: str) -> AccountRow | None:
        """Return a person's account, which nobody else may change until the transaction ends, or None."""
        return self._one(AccountRow, _ACCOUNT_OF, id_=person)

    def accounts(self) -> list[AccountRow]:
        """Return all accounts, by person."""
        return self._all(AccountRow, _ACCOUNTS)

    def account_of_subject(self, issuer: str, subject: str) -> AccountRow | None:
        """Return the account that is linked to a subject of an issuer, or None."""
        return self._one(AccountRow, _LINKED, issuer_=issuer, subject_=subject)

    def failed_tries(self, key: str) -> tuple[int, datetime] | None:
        """Return how many tries in a row failed under *key*, and when the last did; locked; None for none."""
        found = self._run(_TRY_OF, id_=key).first()
        return None if found is None else (int(found[0]), found[1])

    def seen_tries(self, key: str) -> tuple[int, datetime] | None:
        """Return the same without locking anything, for whoever only looks."""
        found = self._run(_TRY_SEEN, id_=key).first()
        return None if found is None else (int(found[0]), found[1])

    def put_failed_tries(self, key: str, count: int, at: datetime) -> None:
        """Keep how many tries in a row failed under *key*."""
        self._insert(_SAVE_TRY, key=key, count=count, last_at=at)

    def forget_failed_tries(self, key: str) -> None:
        """Begin to count anew."""
        self._run(_FORGET_TRY, id_=key)


class SessionRecords(TenantRecords):
    """Sessions, and sign-ons under way."""

    def save_session(self, row: SessionRow) -> None:
        """Add a session, or write it over the one of its id."""
        self._insert(_SAVE_SESSION, **values_of(row))

    def session(self, id: str) -> SessionRow | None:
        """Return a session, ended or not, or None."""
        return self._one(SessionRow, _SESSION_OF, id_=id)

    def lock_session(self, id: str) -> SessionRow | None:
        """Return a session that nobody else may change until the transaction ends, or None."""
        return self._one(SessionRow, _LOCK_SESSION, id_=id)

    def open_sessions(self, person: str) -> list[SessionRow]:
        """Return the person's sessions that have not been ended, oldest first."""
        return self._all(SessionRow, _OPEN_SESSIONS, person_=person)

    def end_sessions(self, person: str, at: datetime) -> int:
        """End every session of a person; return how many."""
        return self._run(_END_ALL, person_=person, ended_at=at).rowcount

    def put_sign_on(self, row: SignOnRow) -> None:
        """Keep a sign-on that begins."""
        self._insert(_ADD_SIGN_ON, **values_of(row))

    def take_sign_on(self, state: str) -> SignOnRow | None:
        """Return the sign-on under *state* and let it be used no more; None for one that is not there."""
        row = self._one(SignOnRow, _SIGN_ON_OF, id_=state)
        self._run(_END_SIGN_ON, id_=state)
        return row

    def forget_access_before(self, sessions: datetime, tries: datetime) -> None:
        """Delete sessions that began before *sessions*, and tries and sign-ons from before *tries*."""
        self._run(_FORGET_SESSIONS, now_=sessions)
        self._run(_FORGET_TRIES, now_=tries)
        self._run(_FORGET_SIGN_ONS, now_=tries)


class EmergencyRecords(TenantRecords):
    """Emergency access."""

    def add_emergency(self, row: EmergencyRow) -> None:
        """Keep that somebody has access to a patient for a time."""
        self._insert(_ADD_EMERGENCY, **values_of(row))

    def emergency_now(self, person: str, patient_id: str, now: datetime) -> EmergencyRow | None:
        """Return the person's emergency access to a patient that holds at *now*, or None."""
        return self._one(EmergencyRow, _EMERGENCY_NOW, person_=person, id_=patient_id, now_=now, limit_=1)

    def emergencies(self, limit: int = 100) -> list[EmergencyRow]:
        """Return emergency accesses, the newest first."""
        return self._all(EmergencyRow, _EMERGENCIES, limit_=limit)
