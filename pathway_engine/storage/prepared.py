"""Statements compiled once and run on the driver's own cursor.

SQLAlchemy writes each statement, knows its types and both databases. Running a small statement through its
execution costs several times what the database takes over it; so the hot road asks it once for the text, the
parameters' names and their conversions, and runs that. A list of parameters is filled up to a power of two
with its last one, so that few texts do for all lengths. What cannot be run so (defaults made in Python, an
empty list, somebody listening to statements) goes the usual way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.sql.visitors import cloned_traverse

from pathway_engine.storage.errors import ConcurrentChange, RefusedValue

Convert = Callable[[Any], Any]
LONGEST_LIST = 1024
"""A longer list goes the usual way: databases take only so many parameters, and nobody waits for that one."""
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
    """A statement as one dialect's driver takes it; `positions` is None where parameters go by name.

    `lists` says of each list of values, by its parameter's name, under which names its items go: one a
    place, or as many as a pair has parts.
    """

    text: str
    literals: Values
    lists: Mapping[str, Sequence[tuple[str, ...]]]
    binders: Mapping[str, Convert]
    positions: tuple[str, ...] | None
    wanted: tuple[str, ...]
    names: tuple[str, ...]
    readers: tuple[Convert | None, ...]

    def parameters(self, values: Values) -> Any:
        """*values* as the driver takes them."""
        told = {**self.literals, **values}
        for list_name, places in self.lists.items():
            told.update(_placed(places, values[list_name]))
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


def _placed(places: Sequence[tuple[str, ...]], items: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Each item under its names; the last one again in the places that are left."""
    for position, names in enumerate(places):
        item = items[min(position, len(items) - 1)]
        yield from zip(names, item if isinstance(item, tuple) else (item,), strict=True)


_KNOWN: dict[tuple[Any, ...], Prepared | None] = {}


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
        _execute(cursor, prepared, rows)
        return int(cursor.rowcount)


def _execute(cursor: Any, prepared: Prepared, rows: Sequence[Values]) -> None:
    if len(rows) == 1:
        cursor.execute(prepared.text, prepared.parameters(rows[0]))
    else:
        cursor.executemany(prepared.text, [prepared.parameters(row) for row in rows])


class Together:
    """Writes that are sent in one piece where the database takes them so; what they changed is known at the end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._changes: list[tuple[Any, int]] = []

    def add_all(self, statement: Executable, rows: Sequence[Values]) -> None:
        """Run *statement* for each of *rows*, if any."""
        if rows:
            self._run(statement, rows)

    def change_all(self, statement: Executable, rows: Sequence[Values]) -> None:
        """The same, and each must change one row, else `sent_together` ends in ConcurrentChange."""
        if rows:
            self._changes.append((self._run(statement, rows), len(rows)))

    def _run(self, statement: Executable, rows: Sequence[Values]) -> Any:
        prepared = _prepared(self._connection, statement, rows[0])
        if prepared is None:
            return self._connection.execute(statement, [dict(row) for row in rows])
        cursor = self._connection.connection.cursor()
        with _told_as_ever(self._connection):
            _execute(cursor, prepared, rows)
        return cursor

    def check(self) -> None:
        """Raise ConcurrentChange when fewer rows were changed than should have been."""
        if any(cursor.rowcount != wanted for cursor, wanted in self._changes):
            raise ConcurrentChange


@contextmanager
def sent_together(connection: Connection) -> Iterator[Together]:
    """Send what is run inside without waiting for each answer, and check it all at the end."""
    together = Together(connection)
    with _told_as_ever(connection), _pipeline(connection):
        yield together
    together.check()


def _pipeline(connection: Connection) -> AbstractContextManager[Any]:
    driver: Any = connection.connection.driver_connection
    is_watched = bool(connection.dispatch.before_cursor_execute)
    return driver.pipeline() if connection.dialect.name == "postgresql" and not is_watched else nullcontext()


def _prepared(connection: Connection, statement: Executable, values: Values) -> Prepared | None:
    if connection.dispatch.before_cursor_execute:  # somebody wants to see every statement
        return None
    key: tuple[Any, ...] = (statement, connection.dialect.name, *values)
    if key in _KNOWN:  # and none of its values is a list
        return _KNOWN[key]
    lists = {name: value for name, value in values.items() if type(value) is list}
    if not all(0 < len(value) <= LONGEST_LIST for value in lists.values()):
        return None
    lengths = [1 << (len(value) - 1).bit_length() for value in lists.values()]
    key = (*key, *lengths)
    if key not in _KNOWN:
        shapes = {name: (length, lists[name][0]) for name, length in zip(lists, lengths, strict=True)}
        _KNOWN[key] = _compiled(statement, connection.dialect, tuple(values), shapes)
    return _KNOWN[key]


class _Place:
    """Stands for one value of a list while the statement is written, so that its name is found again."""


def _compiled(
    statement: Any, dialect: Dialect, names: tuple[str, ...], shapes: Mapping[str, tuple[int, Any]]
) -> Prepared | None:
    stand_ins = {name: [_stand_in(item) for _ in range(length)] for name, (length, item) in shapes.items()}
    written = _with_lists(statement, names, stand_ins) if stand_ins else statement
    compiled: Any = written.compile(
        dialect=dialect, column_keys=None if statement.is_select else list(names),
        compile_kwargs={"render_postcompile": bool(stand_ins)},
    )  # fmt: skip
    if (compiled.post_compile_params and not stand_ins) or compiled.insert_prefetch or compiled.update_prefetch:
        return None
    named = {name: bind for bind, name in compiled.bind_names.items() if name not in stand_ins}
    binders = {name: _binder(bind.type, dialect) for name, bind in named.items()}
    columns = list(statement.exported_columns) if statement.is_select or statement._returning else []
    name_of = {id(value): name for name, value in compiled.params.items()}
    return Prepared(
        text=str(compiled),
        literals={name: value for name, value in compiled.params.items() if name in named and name not in names},
        lists={name: [tuple(name_of[id(part)] for part in place) for place in places]
               for name, places in stand_ins.items()},
        binders={name: convert for name, convert in binders.items() if convert is not None},
        positions=tuple(compiled.positiontup) if compiled.positional else None,
        wanted=tuple(compiled.params),
        names=tuple(str(getattr(column, "name", "")) for column in columns),
        readers=tuple(_reader(column.type, dialect) for column in columns),
    )  # fmt: skip


def _stand_in(item: Any) -> tuple[_Place, ...]:
    return tuple(_Place() for _ in item) if isinstance(item, tuple) else (_Place(),)


def _with_lists(statement: Any, names: Sequence[str], lists: Mapping[str, Sequence[tuple[_Place, ...]]]) -> Any:
    """The statement with as many places as the lists have items."""
    single = {name: [place[0] for place in places] if len(places[0]) == 1 else list(places)
              for name, places in lists.items()}  # fmt: skip

    def give(bind: Any) -> None:
        if bind.key in names:
            bind.value, bind.required = single.get(bind.key), False

    return cloned_traverse(statement, {}, {"bindparam": give})


def _binder(kind: Any, dialect: Dialect) -> Convert | None:
    found: Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


def _reader(kind: Any, dialect: Dialect) -> Convert | None:
    found: Convert | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return found


@contextmanager
def _cursor(connection: Connection) -> Iterator[Any]:
    """A cursor of the driver's own."""
    cursor = connection.connection.cursor()
    try:
        with _told_as_ever(connection):
            yield cursor
    finally:
        cursor.close()


@contextmanager
def _told_as_ever(connection: Connection) -> Iterator[None]:
    """The driver's errors are told as SQLAlchemy's, without the values."""
    driver: Any = connection.dialect.loaded_dbapi
    try:
        yield
    except driver.Error as error:
        raise DBAPIError.instance(
            None, None, error, driver.Error, hide_parameters=True, dialect=connection.dialect
        ) from None
    except ValueError as error:  # UnicodeError too: a value that a column type, or the driver, refuses
        raise RefusedValue(str(error) if type(error) is ValueError else "A text holds what is no character.") from None
