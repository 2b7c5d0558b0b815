"""A run on disk: which checkpoints are whole, which run it is, and how a folder appears at once.

How it is used: `claim(work, identity)` at the start, `last_whole(work)` to continue, `mark_whole(folder)`
when transformers has written everything, `publish(out, write)` for the finished adapter. A run can be
killed at any moment: an unmarked checkpoint is thrown away, and `publish` renames a folder that is
complete. What it leaves out: what is in a checkpoint (transformers' Trainer).
"""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from chalklens.errors import InputError, StorageError, explain_storage

IDENTITY = "run.json"
WHOLE = "complete"
PREFIX = "checkpoint-"
FULL_DISK = ("No space left", "os error 28", "Disk quota", "inline_container")
"""Words of safetensors, and the part of torch that writes (`torch.save` to a full device)."""


def claim(work: Path, identity: Mapping[str, Any]) -> None:
    """Take a folder for a run, or continue the one that is in it.

    Raises:
        InputError: It holds a run on other data, another model or with other numbers.
    """
    if work.exists() and not work.is_dir():
        raise InputError(f"{work} is a file.", "Name a folder with --work.")
    file = work / IDENTITY
    wanted = json.loads(json.dumps(identity))
    if not file.exists():
        work.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(f".{os.getpid()}")  # other processes of this run do the same
        fresh.write_text(json.dumps(wanted, indent=1), "utf-8")
        fresh.replace(file)
        return
    known = json.loads(file.read_text("utf-8"))
    if known != wanted:
        other = sorted(key for key in {*known, *wanted} if known.get(key) != wanted.get(key))
        raise InputError(
            f"{work} holds another run: {', '.join(other)} differs.",
            "Name another folder with --work, or delete it to start anew.",
        )


def last_whole(work: Path) -> Path | None:
    """The newest complete checkpoint; incomplete ones are deleted."""
    whole: list[Path] = []
    for folder in work.glob(f"{PREFIX}*"):
        if (folder / WHOLE).exists():
            whole.append(folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)  # another process may be faster
    return max(whole, key=lambda folder: int(folder.name.removeprefix(PREFIX)), default=None)


def mark_whole(folder: Path) -> None:
    """Say that everything in a checkpoint is on the disk."""
    for file in folder.iterdir():
        _sync(file)
    (folder / WHOLE).touch()
    _sync(folder)


def check_place(out: Path, mark: str = "") -> None:
    """Refuse a place that holds what somebody may want to keep.

    Args:
        out: Where a folder shall appear.
        mark: A file by which a folder is known that may be replaced; without it none may.

    Raises:
        InputError: There is a file, or a folder with something else in it.
    """
    if not out.exists() or (mark and (out / mark).is_file()):
        return
    if not out.is_dir() or any(out.iterdir()):
        raise InputError(
            f"{out} exists already, and would be replaced as a whole.",
            "Name another folder with --out, or delete this one.",
        )


def publish(out: Path, write: Callable[[Path], None], mark: str = "") -> None:
    """Let `write` fill a folder beside `out`, then put it in its place.

    Raises:
        InputError: There is something that may not be replaced (`check_place`).
    """
    check_place(out, mark)
    fresh, old = out.with_name(f".{out.name}.new"), out.with_name(f".{out.name}.old")
    for folder in (fresh, old):
        shutil.rmtree(folder, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        write(fresh)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    if out.exists():
        out.rename(old)
    fresh.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def explain_full_disk(error: Exception, work: Path) -> StorageError | None:
    """What a failed write of torch or safetensors means; None when it is something else."""
    kept = last_whole(work)
    where = f" The last good checkpoint is {kept.name}; run the same command again." if kept else ""
    if (known := explain_storage(error)) is not None:
        return StorageError(known.message, known.hint + where)
    # torch raises RuntimeError, safetensors an error of its own; only their words tell the cause.
    if any(sign in str(error) for sign in FULL_DISK):
        return StorageError(
            "The disk is full: a checkpoint could not be written.",
            f"Free some space, or name a folder on another disk (--work).{where}",
        )
    return None


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
