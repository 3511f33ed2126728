"""Statements compiled once and run on the driver's own cursor.

SQLAlchemy writes each statement, knows its types and both databases. Running a small statement through its
execution costs several times what the database takes over it; so the hot road asks it once for the text, the
parameters' names and their conversions, and runs that. What cannot be run so (lists of parameters whose
length is not known, defaults made in Python, somebody listening to statements) goes the usual way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, NoResultFound

from pathway_engine.storage.errors import RefusedValue

Convert = Callable[[Any], Any]
Values = Mapping[str, Any]


class Found:
    """What a statement gave back: rows as tuples, their columns' names, and how many rows it touched."""

    __slots__ = ("_names", "_rows", "rowcount")

    def __init__(self, names: Sequence[str], rows: Sequence[tuple[Any, ...]], rowcount: int) -> None:
        self._names = names
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._rows)

    def first(self) -> tuple[Any, ...] | None:
        """Return the first row, or None."""
        return self._rows[0] if self._rows else None

    def one(self) -> tuple[Any, ...]:
        """Return the row that must be there. Raises NoResultFound."""
        if not self._rows:
            raise NoResultFound("a row was expected")
        return self._rows[0]

    def scalar(self) -> Any:
        """Return the first row's first column, or None."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        """Return the first column of the row that must be there. Raises NoResultFound."""
        return self.one()[0]

    def scalars(self) -> list[Any]:
        """Return every row's first column."""
        return [row[0] for row in self._rows]

    def named(self) -> list[dict[str, Any]]:
        """Return every row with its columns' names."""
        return [dict(zip(self._names, row, strict=True)) for row in self._rows]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement as one dialect's driver takes it; `positions` is None where parameters go by name."""

    text: str
    literals: Values
    binders: Mapping[str, Convert]
    positions: tuple[str, ...] | None
    wanted: tuple[str, ...]
    names: tuple[str, ...]
    readers: tuple[Convert | None, ...]

    def parameters(self, values: Values) -> Any:
        """*values* as the driver takes them."""
        told = {**self.literals, **values}
        for name, convert in self.binders.items():
            told[name] = convert(told[name])
        if self.positions is not None:
            return tuple([told[name] for name in self.positions])
        return {name: told[name] for name in self.wanted}

    def found(self, cursor: Any) -> Found:
        """What *cursor* holds, converted."""
        if not self.names:
            return Found((), (), cursor.rowcount)
        rows = cursor.fetchall()
        if any(self.readers):
            rows = [self._read(row) for row in rows]
        return Found(self.names, rows, cursor.rowcount)

    def _read(self, row: Sequence[Any]) -> tuple[Any, ...]:
        return tuple([
            value if read is None else read(value) for read, value in zip(self.readers, row, strict=True)
        ])  # fmt: skip


_KNOWN: dict[tuple[Executable, str, tuple[str, ...]], Prepared | None] = {}


def run(connection: Connection, statement: Executable, values: Values) -> Found:
    """Run *statement* once. Errors are SQLAlchemy's, as ever."""
    prepared = _prepared(connection, statement, values)
    if prepared is None:
        result = connection.execute(statement, dict(values))
        if not result.returns_rows:
            return Found((), (), result.rowcount)
        return Found(tuple(result.keys()), [tuple(row) for row in result], result.rowcount)
    with _cursor(connection) as cursor:
        cursor.execute(prepared.text, prepared.parameters(values))
        return prepared.found(cursor)


def run_all(connection: Connection, statement: Executable, rows: Sequence[Values]) -> int:
    """Run *statement* for each of *rows*, all of which name the same values; return how many rows it touched."""
    prepared = _prepared(connection, statement, rows[0])
    if prepared is None:
        return connection.execute(statement, [dict(row) for row in rows]).rowcount
    with _cursor(connection) as cursor:
        if len(rows) == 1:
            cursor.execute(prepared.text, prepared.parameters(rows[0]))
        else:
            cursor.executemany(prepared.text, [prepared.parameters(row) for row in rows])
        return int(cursor.rowcount)


def _prepared(connection: Connection, statement: Executable, values: Values) -> Prepared | None:
    if connection.engine.dispatch.before_cursor_execute:  # somebody wants to see every statement
        return None
    key = (statement, connection.dialect.name, tuple(values))
    if key not in _KNOWN:
        _KNOWN[key] = _compiled(statement, connection.dialect, tuple(values))
    return _KNOWN[key]


def _compiled(statement: Any, dialect: Dialect, names: tuple[str, ...]) -> Prepared | None:
    compiled: Any = statement.compile(dialect=dialect, column_keys=None if statement.is_select else list(names))
    if compiled.post_compile_params or compiled.insert_prefetch or compiled.update_prefetch:
        return None
    named = {name: bind for bind, name in compiled.bind_names.items()}
    binders = {name: _binder(bind.type, dialect) for name, bind in named.items()}
    columns = list(statement.exported_columns) if statement.is_select or statement._returning else []
    return Prepared(
        text=str(compiled),
        literals={name: value for name, value in compiled.params.items() if name not in names},
        binders={name: convert for name, convert in binders.items() if convert is not None},
        positions=tuple(compiled.positiontup) if compiled.positional else None,
        wanted=tuple(named),
        names=tuple(str(getattr(column, "name", "")) for column in columns),
        readers=tuple(_reader(column.type, dialect) for column in columns),
    )


def _binder(kind: Any, dialect: Dialect) -> Convert | None:
    found: Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


def _reader(kind: Any, dialect: Dialect) -> Convert | None:
    found: Convert | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return found


@contextmanager
def _cursor(connection: Connection) -> Iterator[Any]:
    """A cursor of the driver's own; its errors are told as SQLAlchemy's, without the values."""
    driver: Any = connection.dialect.loaded_dbapi
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except driver.Error as error:
        raise DBAPIError.instance(
            None, None, error, driver.Error, hide_parameters=True, dialect=connection.dialect
        ) from None
    except ValueError as error:  # UnicodeError too: a value that a column type, or the driver, refuses
        raise RefusedValue(str(error) if type(error) is ValueError else "A text holds what is no character.") from None
    finally:
        cursor.close()
