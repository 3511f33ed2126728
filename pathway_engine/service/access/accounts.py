"""Local accounts: a one-time secret sets the first password, the password signs in, a PIN opens what is locked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from pathway_engine.domain.directory import Person
from pathway_engine.domain.errors import PathwayEngineError
from pathway_engine.domain.roles import ADMIN
from pathway_engine.service.access import passwords, tries
from pathway_engine.service.access.errors import NotLinked, UnfitPassword, WrongSecret
from pathway_engine.service.context import Context
from pathway_engine.storage.access_rows import AccountRow
from pathway_engine.storage.records import Records

ONE_TIME_LASTS = timedelta(days=7)
OPERATOR = "operator"


class UnknownPerson(PathwayEngineError):
    """The directory has no such person. `pathway directory import` brings people in."""


# -- what an operator or an admin does


def invite(context: Context, person: str, now: datetime, actor: str = OPERATOR) -> str:
    """Make an account, or a new beginning of one, and return the secret that sets its password once.

    The old password holds no more, nor does any session. Raises UnknownPerson.
    """
    if person not in context.directory.people:
        raise UnknownPerson
    secret = passwords.one_time_secret()

    def done(records: Records) -> None:
        row = records.account(person) or AccountRow(person=person, changed_at=now)
        records.save_account(
            replace(
                row, password=None, pin=None, one_time=passwords.digest(secret), one_time_until=now + ONE_TIME_LASTS,
                changed_at=now,
            )
        )  # fmt: skip
        records.end_sessions(person, now)
        tries.succeeded(records, "person", person)
        _audit(records, actor, "account invited", person, now)

    context.committed(done)
    return secret


def first_admin(context: Context, now: datetime) -> tuple[str, str] | None:
    """Return the first admin of the directory with a one-time secret, when nobody has an account yet."""
    people = sorted(context.directory.people.values(), key=lambda person: person.id)
    admin = next((each.id for each in people if any(role == ADMIN for _, role in each.seats)), None)
    with context.store.reading() as records:
        is_first = not records.accounts()
    return (admin, invite(context, admin, now, "first start")) if admin is not None and is_first else None


def set_locked(context: Context, person: str, locked: bool, now: datetime, actor: str = OPERATOR) -> None:
    """Lock an account, which ends its sessions, or unlock it, which also forgets tries that failed."""

    def done(records: Records) -> None:
        row = records.account(person)
        if row is None:
            raise UnknownPerson(f"{person} has no account; `pathway user add {person}` makes one.")
        records.save_account(replace(row, locked=locked, changed_at=now))
        if locked:
            records.end_sessions(person, now)
        else:
            tries.succeeded(records, "person", person)
        _audit(records, actor, "account locked" if locked else "account unlocked", person, now)

    context.committed(done)


def link(context: Context, person: str, issuer: str, subject: str, now: datetime) -> None:
    """Let a subject of an issuer be this person. Raises UnknownPerson, and NotLinked for another's subject."""
    if person not in context.directory.people:
        raise UnknownPerson

    def done(records: Records) -> None:
        other = records.account_of_subject(issuer, subject)
        if other is not None and other.person != person:
            raise NotLinked
        row = records.account(person) or AccountRow(person=person, changed_at=now)
        records.save_account(replace(row, issuer=issuer, subject=subject, changed_at=now))
        _audit(records, OPERATOR, "account linked", person, now)

    context.committed(done)


def listed(context: Context) -> list[AccountRow]:
    """Return every account, by person."""
    with context.store.reading() as records:
        return records.accounts()


# -- what people do themselves


def person_of_password(context: Context, person: str, password: str, address: str, now: datetime) -> str:
    """Return the person when the password is his or hers. Raises WrongSecret, whatever was wrong, and Busy."""
    row = context.committed(lambda records: _asked(records, person, address, now))
    right = passwords.fits(row.password if row else None, password)
    if row is None or not right or row.locked:
        context.committed(lambda records: _audit(records, "unknown", "sign-in refused", None, now))
        raise WrongSecret

    context.committed(lambda records: _succeeded(records, person, address))
    return row.person


def _succeeded(records: Records, person: str, address: str) -> None:
    tries.succeeded(records, "person", person)
    tries.taken_back(records, "address", address)


def _asked(records: Records, person: str, address: str, now: datetime) -> AccountRow | None:
    """The account, when neither it nor the address must wait; both tries are counted."""
    may_address = tries.counted(records, "address", address, now)
    may_person = may_address and tries.counted(records, "person", person, now)
    return records.account(person.strip()) if may_person else None


def set_first_password(context: Context, person: str, one_time: str, password: str, address: str, now: datetime) -> str:
    """Set the password with the one-time secret, which is then used up; return the person.

    Raises WrongSecret, UnfitPassword and Busy. A password that is refused leaves the secret as it is.
    """
    row = context.committed(lambda records: _asked(records, person, address, now))
    if row is None or not _may_begin(row, one_time, now):
        raise WrongSecret
    passwords.check_password(password, row.person, _name(context, row.person))
    stored = passwords.hashed(password)

    def done(records: Records) -> None:
        again = records.account(row.person)
        if again is None or not _may_begin(again, one_time, now):
            raise WrongSecret
        fresh = replace(again, password=stored, one_time=None, one_time_until=None, changed_at=now)
        records.save_account(fresh)
        records.end_sessions(row.person, now)
        _succeeded(records, person, address)
        _audit(records, row.person, "password set", row.person, now)

    context.committed(done)
    return row.person


def _may_begin(row: AccountRow, one_time: str, now: datetime) -> bool:
    is_in_time = row.one_time_until is not None and now < row.one_time_until
    return is_in_time and not row.locked and passwords.same(row.one_time, one_time)


def change_password(context: Context, person: str, old: str, new: str, now: datetime) -> None:
    """Change one's own password; every session ends. Raises WrongSecret, UnfitPassword and Busy."""
    _require_password(context, person, old, now)
    passwords.check_password(new, person, _name(context, person))
    stored = passwords.hashed(new)
    _changed(context, person, now, "password changed", lambda row: replace(row, password=stored), ends=True)


def set_pin(context: Context, person: str, password: str, pin: str, now: datetime) -> None:
    """Choose the PIN that opens a locked session. Raises WrongSecret, UnfitPassword and Busy."""
    _require_password(context, person, password, now)
    passwords.check_pin(pin)
    if pin in password:
        raise UnfitPassword("access.pin_easy")
    stored = passwords.hashed(pin)
    _changed(context, person, now, "pin chosen", lambda row: replace(row, pin=stored))


def has_pin(context: Context, person: str) -> bool:
    """Whether the person can open a locked session."""
    with context.store.reading() as records:
        row = records.account(person)
    return row is not None and row.pin is not None and not row.locked


def has_password(context: Context, person: str) -> bool:
    """Whether the person signs in with a password here."""
    with context.store.reading() as records:
        row = records.account(person)
    return row is not None and row.password is not None


def end_all(context: Context, person: str, now: datetime) -> int:
    """End every session of the person; return how many."""

    def done(records: Records) -> int:
        _audit(records, person, "signed out everywhere", person, now)
        return records.end_sessions(person, now)

    return context.committed(done)


def _require_password(context: Context, person: str, password: str, now: datetime) -> None:
    def asked(records: Records) -> AccountRow | None:
        return records.account(person) if tries.counted(records, "person", person, now) else None

    row = context.committed(asked)
    if not passwords.fits(row.password if row else None, password) or row is None or row.locked:
        raise WrongSecret
    context.committed(lambda records: tries.succeeded(records, "person", person))


def _changed(
    context: Context, person: str, now: datetime, what: str, change: Callable[[AccountRow], AccountRow],
    *, ends: bool = False,
) -> None:  # fmt: skip
    def done(records: Records) -> None:
        row = records.account(person)
        if row is None or row.locked:
            raise WrongSecret
        records.save_account(replace(change(row), changed_at=now))
        if ends:
            records.end_sessions(person, now)
        _audit(records, person, what, person, now)

    context.committed(done)


# -- people of an issuer


def person_of_subject(context: Context, issuer: str, subject: str, claimed: str | None, now: datetime) -> str:
    """Return whom a subject of an issuer is here: as linked, else as the claim says the first time.

    Both must be the same individual: an account that is linked to one subject takes no other, and a claim that
    names another person than the link is refused. Raises NotLinked.
    """

    named = context.directory.person_of_login(claimed) if claimed is not None else None

    def done(records: Records) -> str:
        row = records.account_of_subject(issuer, subject)
        if row is None:
            row = _newly_linked(records, issuer, subject, named, now)
        if row.locked or (claimed is not None and (named is None or named.id != row.person)):
            raise NotLinked
        return row.person

    return context.committed(done)


def _newly_linked(records: Records, issuer: str, subject: str, named: Person | None, now: datetime) -> AccountRow:
    row = None if named is None else records.account(named.id) or AccountRow(person=named.id, changed_at=now)
    if row is None or row.subject is not None:
        raise NotLinked
    linked = replace(row, issuer=issuer, subject=subject, changed_at=now)
    records.save_account(linked)
    _audit(records, row.person, "account linked", row.person, now)
    return linked


def _name(context: Context, person: str) -> str:
    known = context.directory.people.get(person)
    return known.name if known else ""


def _audit(records: Records, actor: str, action: str, person: str | None, now: datetime) -> None:
    records.write_audit(at=now, actor=actor, role="", action=action, patient_id=None, object_id=person)
