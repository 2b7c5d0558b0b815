"""Pictures on their way into rows: found, bounded, decoded in another process, hashed, kept.

How it is used:

    with Pictures(root, out, decode) as pictures:
        checked = await pictures.check("images/a.png")     # or bytes
        pictures.keep(checked)
        pictures.name(checked)                              # as a row names it

A path is read only inside the root (`media.containment`), so a data set from a stranger cannot name
other files of this machine. What is over `media.limits` or cannot be decoded is refused before
training starts. A picture that came as bytes (from an archive, a data set, a document) is kept in
OUT/pictures under its SHA-256; a file stays where it is, and below OUT is named relative to it.

What it leaves out: changing pictures; the model's processor scales them.
"""

import asyncio
import hashlib
import tarfile
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final

from chalklens.errors import (
    ChalklensError,
    InputError,
    MediaError,
    MediaReferenceError,
    TimeLimitError,
)
from chalklens.media.containment import read_inside
from chalklens.media.decoding import DecodedPicture, DecodeJob
from chalklens.media.limits import Limits
from chalklens.media.sniffing import PDF, check_size, sniff
from chalklens.training.data.candidates import Reason
from chalklens.training.data.duplicates import PictureMark, mark_picture
from chalklens.training.data.videos import is_video

Decode = Callable[[DecodeJob], Awaitable[list[DecodedPicture]]]
LOOKED_AT_PIXELS: Final = 256 * 256
FOLDER: Final = "pictures"
KEPT: Final = 4096
MAX_ARCHIVED: Final = 2_000_000
_SUFFIXES: Final = {"image/jpeg": ".jpg"}


class PictureFault(ChalklensError):
    """A picture that cannot be used; the code is a `candidates.Reason`."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message, code=reason)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class CheckedPicture:
    """A picture that can be trained on.

    Attributes:
        data: The file, when it has to be kept; path: where it lies otherwise.
        sha256: Of the file. mark: What it is recognised by.
    """

    data: bytes = field(repr=False)
    path: Path | None
    mime_type: str
    sha256: str
    mark: PictureMark


class Pictures:
    """Checks and keeps the pictures of one conversion.

    Args:
        root: Folder whose pictures may be used.
        out: Folder of the rows.
        decode: Usually `Decoder(limits).decode`.
        archive: Tar file with those that are not in the folder.
        limits: Bytes, pixels, sides, shape.
    """

    def __init__(
        self,
        root: Path,
        out: Path,
        decode: Decode,
        *,
        archive: Path | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._root, self._out, self._decode = root.resolve(), out.resolve(), decode
        self._limits = limits or Limits()
        self._looked_at: dict[str, asyncio.Task[CheckedPicture]] = {}
        self._archive = _Archive(archive, self._limits) if archive else None

    def __enter__(self) -> "Pictures":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._archive:
            self._archive.close()

    async def check(self, picture: str | bytes) -> CheckedPicture:
        """Read and decode a picture; one that several rows show is looked at once.

        Raises:
            PictureFault: It is missing, broken or over a limit.
        """
        if isinstance(picture, bytes):
            return await self._check(picture)
        task = self._looked_at.get(picture)
        if task is None:
            task = self._looked_at[picture] = asyncio.create_task(self._check(picture))
            if len(self._looked_at) > KEPT:
                del self._looked_at[next(iter(self._looked_at))]
        checked = await task
        if checked.path is None:  # holds its bytes
            self._looked_at.pop(picture, None)
        return checked

    async def _check(self, picture: str | bytes) -> CheckedPicture:
        data, path = await asyncio.to_thread(self._read, picture)
        try:
            mime_type = sniff(data)
            check_size(len(data), self._limits.file_bytes)
            if mime_type == PDF:
                raise MediaError("This is a PDF.")
            job = DecodeJob(data, mime_type, max_pixels=LOOKED_AT_PIXELS)
            (decoded,) = await self._decode(job)
        except (MediaError, TimeLimitError) as error:
            raise PictureFault(_reason_for(error), error.message) from None
        size = decoded.pixels_width_px, decoded.pixels_height_px
        mark = await asyncio.to_thread(mark_picture, decoded.pixels, *size)
        digest = hashlib.sha256(data).hexdigest()
        return CheckedPicture(b"" if path else data, path, mime_type, digest, mark)

    def find_video(self, name: str) -> str:
        """Return where a video lies, as a row names it; it is not decoded.

        Raises:
            PictureFault: There is no such file, or folder of frames, inside the root.
        """
        try:
            path = (self._root / name).resolve()
            is_there = path.is_relative_to(self._root) and is_video(path)
        except (OSError, RuntimeError, ValueError):  # too long, a loop, a NUL
            is_there, path = False, self._root
        if not is_there:
            raise PictureFault("video_missing", f"no video {name[:200]!r} inside {self._root}")
        return self._name(path)

    def name(self, picture: CheckedPicture) -> str:
        """Return how a row names the picture; `keep` makes it true."""
        return self._name(picture.path or self._place(picture))

    def keep(self, picture: CheckedPicture) -> None:
        """Write a picture that is in no file.

        Raises:
            OSError: It cannot be written.
        """
        path = self._place(picture)
        if picture.path is None and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f".{path.name}.tmp")
            beside.write_bytes(picture.data)
            beside.replace(path)

    def _place(self, picture: CheckedPicture) -> Path:
        suffix = _SUFFIXES.get(picture.mime_type, f".{picture.mime_type.rpartition('/')[2]}")
        return self._out / FOLDER / picture.sha256[:2] / f"{picture.sha256}{suffix}"

    def _name(self, path: Path) -> str:
        below = path.is_relative_to(self._out)
        return path.relative_to(self._out).as_posix() if below else str(path)

    def _read(self, picture: str | bytes) -> tuple[bytes, Path | None]:
        if isinstance(picture, bytes):
            return picture, None
        if picture.lower().startswith(("http://", "https://")):
            raise PictureFault("picture_remote", picture[:200])
        try:
            data = read_inside(picture, (self._root,), self._limits)
            return data, (self._root / picture).resolve()
        except MediaReferenceError:
            archived = self._archive.read(picture) if self._archive else None
            if archived is not None:
                return archived, None
            shown = f"no readable file {picture[:200]!r} inside {self._root}"
            raise PictureFault("picture_missing", shown) from None
        except MediaError as error:
            raise PictureFault(_reason_for(error), error.message) from None


def _reason_for(error: ChalklensError) -> Reason:
    """Limits say that something is larger, too large or too narrow; everything else is broken."""
    words = ("larger than", "too large", "too narrow", "too long")
    return "picture_too_large" if any(w in error.message for w in words) else "picture_broken"


class _Archive:
    """A tar file of pictures, read in place, by one thread at a time: they share its position."""

    def __init__(self, file: Path, limits: Limits) -> None:
        self._limits = limits
        self._turn = threading.Lock()
        try:
            self._tar = tarfile.open(file)  # noqa: SIM115 - stays open as long as the pictures
        except (OSError, tarfile.TarError):
            raise InputError(f"The archive {file.name} cannot be opened.", "Extract it.") from None
        self._members: dict[str, tarfile.TarInfo] = {}
        for member in self._tar:
            if member.isfile() and len(self._members) < MAX_ARCHIVED:
                self._members[member.name.removeprefix("./")] = member

    def read(self, name: str) -> bytes | None:
        """Return a picture, or None when there is none of this name."""
        member = self._members.get(name)
        if member is None:
            return None
        with self._turn:
            content = self._tar.extractfile(member)
            return content.read(self._limits.file_bytes + 1) if content else None

    def close(self) -> None:
        """Close the file."""
        self._tar.close()
