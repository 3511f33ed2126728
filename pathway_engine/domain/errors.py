"""One family of errors; the docstring of a class is its default message.

PathwayEngineError
├── DefinitionError            a pathway, checklist, journey or directory file is wrong
│   └── ConditionError         an `if:` cannot be read or typed
├── MessageError               a message cannot be understood or placed
│   ├── UnreadableMessage
│   └── UnplacedMessage
├── TaskError                  a person's act on a task is refused
│   ├── UnknownTask
│   ├── IllegalTransition
│   ├── VersionConflict
│   ├── IncompleteChecklist
│   ├── InvalidAnswer
│   ├── OutsideWindow
│   └── NotPermitted
├── InvalidIdentityNumber
├── IncompatibleLog            in storage/errors.py
└── StorageError
    ├── SchemaTooOld
    ├── SchemaTooNew           in storage/errors.py
    ├── ConcurrentChange       in storage/errors.py
    ├── RefusedValue           in storage/errors.py
    └── DatabaseUnusable       in storage/errors.py
"""


class PathwayEngineError(Exception):
    """Something was refused."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class DefinitionError(PathwayEngineError):
    """A definition file is wrong."""


class ConditionError(DefinitionError):
    """A condition cannot be read."""

    column: int = 0
    """The 0-based place in the condition's text of what is wrong."""


class MessageError(PathwayEngineError):
    """A message cannot be taken."""


class UnreadableMessage(MessageError):
    """The message cannot be read."""


class UnplacedMessage(MessageError):
    """The message is understood, but nobody's patient fits it."""


class TaskError(PathwayEngineError):
    """The act on the task is refused."""


class UnknownTask(TaskError):
    """There is no such task for you. It may belong to another unit."""


class UnknownPatient(TaskError):
    """There is no such patient for you. He or she may belong to another unit."""


class IllegalTransition(TaskError):
    """The task's state does not allow this."""


class VersionConflict(TaskError):
    """Somebody else changed the task in the meantime. Read it again, then decide."""


class IncompleteChecklist(TaskError):
    """Required checklist items are unanswered."""


class InvalidAnswer(TaskError):
    """An answer does not fit its checklist item."""


class OutsideWindow(TaskError):
    """A task can be deferred only inside its window."""


class NotPermitted(TaskError):
    """Your role does not allow this."""


class InvalidIdentityNumber(PathwayEngineError):
    """The identity number has wrong length or check digits."""


class StorageError(PathwayEngineError):
    """The database cannot be used."""


class SchemaTooOld(StorageError):
    """The database's schema is not this program's. Run `pathway db upgrade`."""
