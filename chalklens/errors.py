"""The errors a user can do something about. Everything else is a bug and is raised as it is.

How it is used: raise the most precise class with a message (what cannot be done and why) and a
hint (the command or argument that helps). `server/errors.py` turns any of them into a failed tool
result; the command line prints `message` and `hint` and exits with 1.

    ChalklensError
    |-- InputError            the arguments cannot be used as they are
    |   |-- MediaReferenceError  an image reference that cannot be resolved
    |   `-- MediaError        bytes that cannot be decoded, or are over a limit
    |-- UnavailableError      something needed is not installed, not loaded or switched off
    |   |-- ModelError        a model or adapter that is missing, refused or does not fit
    |   `-- StorageError      a disk that is full, or a place where nothing can be written
    |-- BusyError             the queue is full: try again later
    |-- TimeLimitError        a number of seconds was used up
    `-- WorkerError           a worker process died or misbehaved; the next call starts a new one

What it leaves out: paths outside the allowed folders and stack traces never go into a message.
"""

import errno
import os
from typing import cast


class ChalklensError(Exception):
    """A problem with a way out.

    Args:
        message: What cannot be done and why, one or two sentences.
        hint: What to do about it: a command, an argument, a limit to respect.
        code: Stable identifier in snake_case; each class has a default.
    """

    default_code = "error"

    def __init__(self, message: str, hint: str = "", *, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or self.default_code

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InputError(ChalklensError):
    """The arguments cannot be used as they are."""

    default_code = "invalid_input"


class MediaReferenceError(InputError):
    """An image reference that cannot be resolved (path, URL, data URI, base64, own URI)."""

    default_code = "unresolvable_reference"


class MediaError(InputError):
    """Bytes that cannot be decoded, or that are over a limit."""

    default_code = "unreadable_media"


class UnavailableError(ChalklensError):
    """Something needed is not installed, not loaded or switched off."""

    default_code = "unavailable"


class ModelError(UnavailableError):
    """A model or adapter that is missing, refused or does not fit."""

    default_code = "model_unavailable"


class StorageError(UnavailableError):
    """A disk that is full, or a place where nothing can be written."""

    default_code = "storage"


class BusyError(ChalklensError):
    """The queue is full."""

    default_code = "busy"


class TimeLimitError(ChalklensError):
    """A number of seconds was used up."""

    default_code = "time_limit"


class WorkerError(ChalklensError):
    """A worker process died or misbehaved; the next call starts a new one."""

    default_code = "worker_failed"


STORAGE_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM})


STORAGE_HINT = "Free some space, or name a folder on another disk (--work, --out, HF_HOME)."


def explain_storage(error: BaseException, hint: str = STORAGE_HINT) -> StorageError | None:
    """Return what a failed write means to a user; None when it is something else.

    Groups of errors are looked into, because tasks that run side by side raise them.
    """
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    if not isinstance(error, OSError) or error.errno not in STORAGE_ERRNOS:
        return None
    return StorageError(f"Nothing can be written: {os.strerror(error.errno).lower()}.", hint)


def _tree(root: type[ChalklensError]) -> list[type[ChalklensError]]:
    return [root, *(c for child in root.__subclasses__() for c in _tree(child))]


def error_from_code(kind: str, message: str, hint: str, code: str) -> ChalklensError:
    """Rebuild an error that crossed a process border from its class name and fields."""
    classes = {c.__name__: c for c in _tree(ChalklensError)}
    return classes.get(kind, WorkerError)(message, hint, code=code)
