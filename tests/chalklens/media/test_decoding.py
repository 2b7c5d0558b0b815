import asyncio
import io
import os
import random
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image

from chalklens.errors import BusyError, MediaError, TimeLimitError, WorkerError
from chalklens.media.decoding import SPEC, DecodeJob, Decoder
from chalklens.media.limits import MIB, Limits
from chalklens.types import Picture
from chalklens.workers.process import WorkerSpec

from .pdf_samples import pdf, recursive_pdf

pytestmark = pytest.mark.anyio

LIMITS = Limits(decode_s=60)
MISBEHAVING = WorkerSpec(
    "decode", "chalklens_misbehaving_decoder:serve", {"PYTHONPATH": str(Path(__file__).parent)}
)


@asynccontextmanager
async def decoder(
    limits: Limits = LIMITS, *, spec: WorkerSpec = MISBEHAVING, workers: int = 1, idle_s: float = 60
) -> AsyncGenerator[Decoder]:
    made = Decoder(limits, workers=workers, idle_s=idle_s, spec=spec)
    try:
        yield made
    finally:
        await made.close()


async def ask(decoder: Decoder, data: bytes = b"fine") -> int:
    """Decode with the misbehaving worker and return its process id."""
    (picture,) = await decoder.decode(DecodeJob(data, "image/png"))
    return picture.page_count


def png(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


async def test_a_picture_is_decoded_in_another_process() -> None:
    async with decoder(spec=SPEC) as real:
        job = DecodeJob(png(40, 20), "image/png", max_pixels=200)
        (picture,) = await real.decode(job)
        assert (picture.width_px, picture.height_px) == (40, 20)
        assert (picture.pixels_width_px, picture.pixels_height_px) == (20, 10)
        assert picture.pixels == b"\xff\0\0" * 200
        assert real.worker_pids() != [os.getpid()]


async def test_a_picture_becomes_a_file_without_loss_unless_it_would_be_large() -> None:
    noise = random.Random(0).randbytes(1500 * 1200 * 3)
    drawn = Picture("a.png", "a" * 64, "image/png", 40, 20, b"\xff\0\0" * 800, 40, 20)
    photo = Picture("b.png", "b" * 64, "image/png", 1500, 1200, noise, 1500, 1200)
    async with decoder(spec=SPEC) as real:
        whole = Image.open(io.BytesIO(await real.encode(drawn, 800)))
        small = Image.open(io.BytesIO(await real.encode(drawn, 200)))
        large = Image.open(io.BytesIO(await real.encode(photo, 1500 * 1200)))
    assert (whole.format, whole.size, whole.tobytes()) == ("PNG", (40, 20), drawn.pixels)
    assert (small.format, small.size) == ("PNG", (20, 10))
    assert (large.format, large.size) == ("JPEG", (1500, 1200))


async def test_the_requested_pages_are_decoded_in_one_go() -> None:
    async with decoder(spec=SPEC) as real:
        data = pdf(contents=[b""] * 5)
        pictures = await real.decode(DecodeJob(data, "application/pdf", pages=(5, 1)))
    assert [(picture.page, picture.page_count) for picture in pictures] == [(5, 5), (1, 5)]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
async def test_a_document_without_end_stops_at_its_memory_limit_and_the_next_one_works() -> None:
    limits = Limits(decode_s=60, document_memory_bytes=256 * MIB)
    async with decoder(limits, spec=SPEC) as real:
        with pytest.raises(MediaError, match="more memory than allowed"):
            await real.decode(DecodeJob(recursive_pdf(), "application/pdf"))
        assert await real.decode(DecodeJob(pdf(), "application/pdf"))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
async def test_a_picture_over_the_memory_limit_is_an_error_and_the_next_one_works() -> None:
    limits = Limits(decode_s=60, decode_memory_bytes=128 * MIB)
    async with decoder(limits, spec=SPEC) as real:
        with pytest.raises(MediaError, match="more memory than allowed"):
            await real.decode(DecodeJob(png(6000, 6000), "image/png"))
        assert await real.decode(DecodeJob(png(60, 60), "image/png"))


async def test_a_caller_cannot_raise_the_number_of_pixels() -> None:
    async with decoder(Limits(decode_s=60, max_pixels=100), spec=SPEC) as real:
        (picture,) = await real.decode(DecodeJob(png(40, 40), "image/png", max_pixels=10**9))
    assert (picture.pixels_width_px, picture.pixels_height_px) == (10, 10)


async def test_one_child_serves_many_files() -> None:
    async with decoder(workers=2) as it:
        assert len({await ask(it) for _ in range(5)}) == 1
        assert len(it.worker_pids()) == 1


async def test_files_at_the_same_time_get_children_of_their_own() -> None:
    async with decoder(workers=2) as it:
        await asyncio.gather(*(ask(it) for _ in range(6)))
        assert len(it.worker_pids()) == 2


async def test_a_refused_file_keeps_the_child() -> None:
    async with decoder() as it:
        before = await ask(it)
        with pytest.raises(MediaError, match="It is broken"):
            await ask(it, b"refuse")
        assert await ask(it) == before


@pytest.mark.parametrize("data", [b"die", b"lie"])
async def test_a_child_that_crashes_or_lies_is_an_error_of_its_file_and_is_replaced(
    data: bytes,
) -> None:
    async with decoder() as it:
        before = await ask(it)
        with pytest.raises(MediaError, match="had to stop"):
            await ask(it, data)
        assert await ask(it) != before


async def test_a_child_that_hangs_is_killed_and_replaced() -> None:
    async with decoder() as it:
        before = await ask(it)
        it.limits = LIMITS.lowered(decode_s=0.2)
        with pytest.raises(TimeLimitError, match=r"longer than 0\.2 s"):
            await ask(it, b"hang")
        it.limits = LIMITS
        assert await ask(it) != before


async def test_cancelling_a_request_frees_its_child() -> None:
    async with decoder() as it:
        before = await ask(it)
        request = asyncio.create_task(ask(it, b"hang"))
        await asyncio.sleep(0)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert await ask(it) != before


@pytest.mark.skipif(sys.platform == "win32", reason="memory is not measured on Windows")
@pytest.mark.parametrize("data", [b"hoard", b"hoard and refuse"])
async def test_a_child_that_keeps_much_memory_is_retired(data: bytes) -> None:
    async with decoder() as it:
        before = await ask(it)
        if data == b"hoard":
            assert await ask(it, data) == before
        else:
            with pytest.raises(MediaError):
                await ask(it, data)
        assert it.worker_pids() == []
        assert await ask(it) != before


async def test_a_child_without_work_ends() -> None:
    async with decoder(idle_s=0.01) as it:
        await ask(it)
        async with asyncio.timeout(10):
            while it.worker_pids():
                await asyncio.sleep(0.01)
        assert await ask(it)


async def test_too_many_waiting_files_are_turned_away() -> None:
    async with decoder(Limits(waiting=2)) as it:
        running = [asyncio.create_task(ask(it, b"hang")) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="2 calls wait for the decode worker"):
            await ask(it)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        assert await ask(it)


async def test_a_child_can_be_started_ahead() -> None:
    async with decoder() as it:
        await it.start()
        (pid,) = it.worker_pids()
        assert await ask(it) == pid


async def test_after_closing_there_are_no_children_and_no_answers() -> None:
    async with decoder(workers=2) as it:
        await asyncio.gather(ask(it), ask(it))
        await it.close()
        assert it.worker_pids() == []
        with pytest.raises(WorkerError, match="shutting down"):
            await ask(it)
