"""The server's side of the decode workers: a few children, one file each at a time.

How it is used:

    decoder = Decoder(Limits())
    pictures = await decoder.decode(DecodeJob(data, "application/pdf", pages=(1, 2)))
    await decoder.close()

A child starts when it is needed, is killed when it is too slow, crashed or no longer wanted, is
replaced after a job that left it holding much memory, and ends after a while without work. Because a
child has one job at a time, a bad file can only harm its own request.

What it leaves out: what is decoded and how (`decoder`), names and hashes (`loader`).
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from chalklens.errors import MediaError, TimeLimitError, WorkerError
from chalklens.media.limits import MIB, Limits
from chalklens.media.sniffing import PDF
from chalklens.types import Box, Picture
from chalklens.workers.pool import WorkerPool
from chalklens.workers.process import WorkerProcess, WorkerReply, WorkerSpec

SPEC = WorkerSpec("decode", "chalklens.media.decoder:serve")
WORKERS = 2
RETIRE_BYTES = 192 * MIB
IDLE_S = 120.0
_SMALLER = "Pass a smaller or simpler copy of it, e.g. re-saved as PNG."


@dataclass(frozen=True, slots=True)
class DecodeJob:
    """One file to decode.

    Attributes:
        data: The whole file.
        mime_type: As sniffed.
        pages: 1-based pages of a PDF or TIFF; not used for other pictures.
        region: Decode only this part, in pixels of the upright original; it becomes the picture.
        max_pixels: Reduce to this.
        budget_pixels: What the request may still decode.
    """

    data: bytes = field(repr=False)
    mime_type: str
    pages: tuple[int, ...] = (1,)
    region: Box | None = None
    max_pixels: int | None = None
    budget_pixels: int | None = None


@dataclass(frozen=True, slots=True)
class DecodedPicture:
    """Pixels without a name; the fields are those of `types.Picture`."""

    width_px: int
    height_px: int
    pixels_width_px: int
    pixels_height_px: int
    page: int | None
    page_count: int
    pixels: bytes = field(repr=False)
    whole_width_px: int | None = None
    whole_height_px: int | None = None

    def count_cost(self, mime_type: str) -> int:
        """Pixels it counts against the request: a picture as stored, a page of a PDF as drawn."""
        if mime_type == PDF:
            return self.pixels_width_px * self.pixels_height_px
        return self.width_px * self.height_px


def _unpack(reply: WorkerReply) -> DecodedPicture:
    """Take a picture out of a reply; a child that was taken over must not get further than here."""
    picture = DecodedPicture(**reply.fields, pixels=reply.blobs[0])
    if len(picture.pixels) != picture.pixels_width_px * picture.pixels_height_px * 3:
        raise WorkerError("The decode worker sent a picture that does not fit its size.")
    return picture


def _corners(region: Box | None) -> tuple[int, int, int, int] | None:
    return (region.x0, region.y0, region.x1, region.y1) if region else None


class Decoder:
    """Decodes files in child processes.

    Args:
        limits: Seconds, bytes and pixels per file.
        workers: Children at most, so files decoded at the same time.
        idle_s: A child without work for this long is stopped.
        spec: What to start; tests bring their own.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        workers: int = WORKERS,
        idle_s: float = IDLE_S,
        spec: WorkerSpec = SPEC,
    ) -> None:
        self.limits = limits
        self._idle_s = idle_s
        self._pool = WorkerPool(replace(spec, max_waiting=limits.waiting), workers)
        self._timers: dict[WorkerProcess, asyncio.TimerHandle] = {}
        self._closed = False

    async def start(self) -> None:
        """Start one child ahead of the first file."""
        async with self._worker() as worker:
            await worker.start()

    async def decode(self, job: DecodeJob) -> list[DecodedPicture]:
        """Return the picture, or the requested pages in order.

        Raises:
            MediaError: It cannot be decoded, or is over a limit.
            TimeLimitError: It took longer than `limits.decode_s` for a picture or page.
            BusyError: `limits.waiting` files wait already.
        """
        async with self._worker() as worker:
            try:
                return await self._run(worker, job)
            except TimeoutError:
                worker.kill()
                raise TimeLimitError(
                    f"Decoding took longer than {self.limits.decode_s:g} s and was stopped.",
                    _SMALLER,
                ) from None
            except WorkerError:
                worker.kill()
                raise self._explain_crash() from None
            except asyncio.CancelledError:
                worker.kill()
                raise
            finally:
                await self._retire_if_large(worker)

    async def shrink(self, picture: Picture, side_px: int) -> bytes:
        """Return a decoded picture as a small JPEG; raises what `encode` does."""
        return await self._make_file("shrink", picture, side_px=side_px)

    async def encode(self, picture: Picture, max_pixels: int) -> bytes:
        """Return a decoded picture as a PNG, or as a JPEG where that would be over 4 MiB.

        Raises:
            MediaError, TimeLimitError: The child did not make it.
            BusyError: `limits.waiting` files wait already.
        """
        return await self._make_file("encode", picture, max_pixels=max_pixels)

    async def close(self) -> None:
        """Stop all children."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        await self._pool.close()

    def worker_pids(self) -> list[int]:
        """Return the process ids of the children that run now."""
        return [worker.pid for worker in self._pool.workers if worker.pid is not None]

    async def _make_file(self, operation: str, picture: Picture, **numbers: int) -> bytes:
        sizes = {"width_px": picture.pixels_width_px, "height_px": picture.pixels_height_px}
        async with self._worker() as worker:
            try:
                reply = await worker.call(
                    operation,
                    {**sizes, **numbers},
                    [picture.pixels],
                    timeout_s=self.limits.decode_s,
                )
            except WorkerError:
                raise self._explain_crash() from None
            finally:
                await self._retire_if_large(worker)
        return bytes(reply.blobs[0])

    async def _run(self, worker: WorkerProcess, job: DecodeJob) -> list[DecodedPicture]:
        pictures: list[DecodedPicture] = []
        async with aclosing(
            worker.stream("decode", describe_job(job, self.limits), [job.data])
        ) as replies:
            while True:
                async with asyncio.timeout(self.limits.decode_s):
                    reply = await anext(replies)
                if reply.final:
                    return pictures
                pictures.append(_unpack(reply))

    async def _retire_if_large(self, worker: WorkerProcess) -> None:
        """End a child that did not give its memory back to the system."""
        if worker.pid is None or self._closed:
            return
        try:
            reply = await worker.call("memory", {}, timeout_s=self.limits.decode_s)
        except (WorkerError, TimeLimitError):
            return
        if reply.fields["resident_bytes"] > RETIRE_BYTES:
            worker.kill()

    def _explain_crash(self) -> Exception:
        if self._closed:
            return WorkerError("The server is shutting down.")
        return MediaError(
            "The decoder had to stop: the file is damaged or needs more memory than allowed.",
            _SMALLER,
        )

    @asynccontextmanager
    async def _worker(self) -> AsyncGenerator[WorkerProcess]:
        """Wait for a child that has nothing to do; afterwards it may be idle for so long."""
        async with self._pool.take_worker() as worker:
            if timer := self._timers.pop(worker, None):
                timer.cancel()
            try:
                yield worker
            finally:
                if worker.pid and not self._closed:
                    loop = asyncio.get_running_loop()
                    self._timers[worker] = loop.call_later(self._idle_s, worker.kill)


def describe_job(job: DecodeJob, limits: Limits) -> dict[str, Any]:
    """What `decoder` reads; every number is one of the limits or was lowered by the caller."""
    limits = limits.lowered(max_pixels=job.max_pixels)
    is_document = job.mime_type == PDF
    memory_bytes = limits.document_memory_bytes if is_document else limits.decode_memory_bytes
    budget = limits.request_pixels if job.budget_pixels is None else job.budget_pixels
    return {
        "mime_type": job.mime_type,
        "pages": job.pages,
        "region": _corners(job.region),
        "max_pixels": limits.max_pixels,
        "budget_pixels": budget,
        "request_pixels": limits.request_pixels,
        "picture_pixels": limits.picture_pixels,
        "side_px": limits.side_px,
        "aspect_ratio": limits.aspect_ratio,
        "page_pixels": limits.page_pixels,
        "page_dpi": limits.page_dpi,
        "cpu_s": limits.decode_cpu_s,
        "memory_bytes": memory_bytes,
    }
