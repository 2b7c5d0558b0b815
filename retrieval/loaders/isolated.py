"""Loading in a child process that may be killed: for every file and page from outside.

How it is used:

    loader = IsolatedLoader(reader=reader)           # without a reader, scans stay unread
    document = await loader.load(data, "guide.pdf", collection="docs", source="guide.pdf")
    await loader.close()

One file at a time. The child starts with the first one, is killed when it is too slow or no longer
wanted, is replaced after it crashed or kept much memory, and ends after a while without work. Pages
without text and pictures are drawn by the decode worker and read by the reader.

What it leaves out: how formats are read (`loading` and the modules it calls).
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, replace

from chalklens.errors import BusyError, ChalklensError, MediaError, TimeLimitError, WorkerError
from chalklens.media.decoding import DecodedPicture, DecodeJob, Decoder
from chalklens.media.limits import Limits
from chalklens.media.sniffing import TIFF
from chalklens.protocols import Reader
from chalklens.types import Picture
from chalklens.workers.process import WorkerProcess, WorkerSpec
from retrieval.loaders.cleaning import clean_text
from retrieval.loaders.draft import Draft, insert_readings, list_scanned_pages
from retrieval.loaders.limits import MIB, LoadLimits
from retrieval.loaders.loading import LoadedDocument, LoadedDraft, finish_document
from retrieval.loaders.wire import unpack_draft

SPEC = WorkerSpec("loading", "retrieval.loaders.worker:serve", {"OMP_NUM_THREADS": "1"})
RETIRE_BYTES = 256 * MIB
IDLE_S = 60.0
_SIMPLER = "Save a simpler copy of it, or split it."


class IsolatedLoader:
    """Loads files in a child process.

    Args:
        limits: For each file.
        reader: Sees the text on scanned pages and pictures; None leaves them unread.
        decoder: Draws them; None makes one, which is closed with this.
        idle_s: A child without work for this long is stopped.
        spec: What to start; tests bring their own.
    """

    def __init__(
        self,
        *,
        limits: LoadLimits | None = None,
        reader: Reader | None = None,
        decoder: Decoder | None = None,
        idle_s: float = IDLE_S,
        spec: WorkerSpec = SPEC,
    ) -> None:
        self.limits = limits or LoadLimits()
        self._reader = reader
        self._decoder = decoder or Decoder(Limits(file_bytes=self.limits.file_bytes), workers=1)
        self._owns_decoder = decoder is None
        self._worker = WorkerProcess(spec)
        self._idle_s = idle_s
        self._timer: asyncio.TimerHandle | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._closed = False

    @property
    def worker_pid(self) -> int | None:
        """Process id of the child while it runs."""
        return self._worker.pid

    @property
    def is_busy(self) -> bool:
        """Whether a file is being loaded now."""
        return self._turn.locked()

    async def load(
        self,
        data: bytes,
        name: str,
        *,
        collection: str,
        source: str,
        modified: float = 0.0,
        tags: Sequence[str] = (),
        content_type: str = "",
    ) -> LoadedDocument:
        """Return the document in a file; the arguments are those of `loading.load_document`.

        Raises:
            MediaError: It cannot be loaded, has no text nor a page that can be read, or is over a
                limit; message and hint say why.
            TimeLimitError: It took longer than `limits.load_s`, or its pages than they may.
            BusyError: `limits.waiting` files wait already.
            WorkerError: This is closed.
        """
        loaded = await self._create_draft(data, name, content_type)
        if self._reader is not None:
            loaded = await self._read_pages(self._reader, loaded, data, name)
        return await asyncio.to_thread(
            finish_document,
            loaded,
            data,
            name,
            collection,
            source,
            modified=modified,
            tags=tuple(tags),
        )

    async def close(self) -> None:
        """Stop the child."""
        self._closed = True
        if self._timer:
            self._timer.cancel()
        await self._worker.close()
        if self._owns_decoder:
            await self._decoder.close()

    async def _create_draft(self, data: bytes, name: str, content_type: str) -> LoadedDraft:
        fields = {"name": name, "content_type": content_type, "limits": asdict(self.limits)}
        async with self._take_turn():
            try:
                reply = await self._worker.call(
                    "load", fields, [data], timeout_s=self.limits.load_s
                )
                return unpack_draft(reply.fields, reply.blobs, self.limits)
            except TimeLimitError:
                raise TimeLimitError(
                    f"Loading took longer than {self.limits.load_s:g} s and was stopped.", _SIMPLER
                ) from None
            except WorkerError:
                self._worker.kill()
                raise self._explain_crash() from None
            except asyncio.CancelledError:
                self._worker.kill()
                raise
            finally:
                await self._retire_if_large()

    async def _read_pages(
        self, reader: Reader, loaded: LoadedDraft, data: bytes, name: str
    ) -> LoadedDraft:
        """Add what the reader sees on a picture or on pages without text."""
        mime_type = loaded.mime_type
        readings: dict[int, str] = {}
        if mime_type.startswith("image/"):
            text, count = await self._read_page(reader, data, name, mime_type, 1)
            if mime_type != TIFF or count == 1:  # others count the frames of an animation
                return replace(loaded, draft=Draft(text))
            loaded = replace(loaded, draft=list_scanned_pages(count, self.limits))
            readings[1] = text
        failure: ChalklensError | None = None
        for page in loaded.draft.scanned_pages[: self.limits.read_pages]:
            if page in readings:
                continue
            try:
                readings[page], _ = await self._read_page(reader, data, name, mime_type, page)
            except (MediaError, TimeLimitError) as error:
                failure = error  # the page stays among the document's unread ones
        if failure and not readings and not loaded.draft.text.strip():
            raise failure
        if not readings:
            return loaded
        return replace(loaded, draft=insert_readings(loaded.draft, readings, self.limits))

    async def _read_page(
        self, reader: Reader, data: bytes, name: str, mime_type: str, page: int
    ) -> tuple[str, int]:
        """Return the text of a page, and how many pages (or frames) the file has."""
        (drawn,) = await self._decoder.decode(DecodeJob(data, mime_type, pages=(page,)))
        reading = await reader.read(_name_picture(drawn, data, name, mime_type))
        return clean_text(reading.text).strip(), drawn.page_count

    async def _retire_if_large(self) -> None:
        """End a child that did not give its memory back to the system."""
        if self._worker.pid is None or self._closed:
            return
        try:
            reply = await self._worker.call("memory", {}, timeout_s=self.limits.load_s)
        except (WorkerError, TimeLimitError):
            return
        if reply.fields["resident_bytes"] > RETIRE_BYTES:
            self._worker.kill()

    def _explain_crash(self) -> Exception:
        if self._closed:
            return WorkerError("The loader is closed.")
        return MediaError(
            "Loading had to stop: the file is damaged or needs more memory or time than allowed.",
            _SIMPLER,
        )

    @asynccontextmanager
    async def _take_turn(self) -> AsyncGenerator[None]:
        if self._closed:
            raise WorkerError("The loader is closed.")
        if self._waiting >= self.limits.waiting:
            raise BusyError(
                f"{self._waiting} files wait to be loaded already.", "Try again in a few seconds."
            )
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        if self._timer:
            self._timer.cancel()
        try:
            yield
        finally:
            if self._worker.pid and not self._closed:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(self._idle_s, self._worker.kill)
            self._turn.release()


def _name_picture(drawn: DecodedPicture, data: bytes, name: str, mime_type: str) -> Picture:
    return Picture(
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        mime_type=mime_type,
        width_px=drawn.width_px,
        height_px=drawn.height_px,
        pixels=drawn.pixels,
        pixels_width_px=drawn.pixels_width_px,
        pixels_height_px=drawn.pixels_height_px,
        page=drawn.page,
        page_count=drawn.page_count,
    )
