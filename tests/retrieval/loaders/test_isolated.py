import asyncio
import io
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image

from chalklens.errors import BusyError, MediaError, TimeLimitError, WorkerError
from chalklens.types import Box, Picture, TextLine, TextReading
from chalklens.workers.process import WorkerSpec
from retrieval.loaders.isolated import SPEC, IsolatedLoader
from retrieval.loaders.limits import MIB, LoadLimits
from retrieval.loaders.loading import LoadedDocument, LoadedDraft, create_draft, load_document
from retrieval.loaders.wire import pack_draft, unpack_draft
from tests.chalklens.media.pdf_samples import recursive_pdf

from .office_samples import docx, paragraph
from .test_pdf_documents import RED_BOX, document, page

pytestmark = pytest.mark.anyio

LIMITS = LoadLimits(load_s=60, characters=1000)
MISBEHAVING = WorkerSpec(
    "loading", "chalklens_misbehaving_loader:serve", {"PYTHONPATH": str(Path(__file__).parent)}
)


class PageReader:
    """Says which page it was shown, or refuses."""

    def __init__(self, refused: int = 0) -> None:
        self.seen: list[Picture] = []
        self._refused = refused

    async def read(self, picture: Picture) -> TextReading:
        self.seen.append(picture)
        if picture.page == self._refused:
            raise MediaError("No.", "Never.")
        line = TextLine(f"seen on {picture.page}\x07", Box(0, 0, 1, 1), 1.0)
        return TextReading((line,), "test")


@asynccontextmanager
async def loader(
    limits: LoadLimits = LIMITS,
    *,
    spec: WorkerSpec = MISBEHAVING,
    reader: PageReader | None = None,
    idle_s: float = 60,
) -> AsyncGenerator[IsolatedLoader]:
    made = IsolatedLoader(limits=limits, reader=reader, idle_s=idle_s, spec=spec)
    try:
        yield made
    finally:
        await made.close()


async def load(it: IsolatedLoader, data: bytes = b"fine", name: str = "a.txt") -> LoadedDocument:
    return await it.load(data, name, collection="c", source=name, tags=["x"])


async def ask(it: IsolatedLoader, data: bytes = b"fine") -> str:
    """Load with the misbehaving worker and return its process id."""
    return (await load(it, data)).mime_type


async def test_a_file_is_loaded_in_another_process() -> None:
    data = docx(paragraph("One", "H1") + paragraph("检索系统。"))
    async with loader(spec=SPEC) as it:
        loaded = await load(it, data, "a.docx")
        assert it.worker_pid not in (None, os.getpid())
    assert loaded == load_document(data, "a.docx", collection="c", source="a.docx", tags=("x",))


async def test_pages_without_text_are_read() -> None:
    reader = PageReader()
    async with loader(spec=SPEC, reader=reader) as it:
        loaded = await load(it, document([RED_BOX, page("typed"), RED_BOX]), "a.pdf")
    assert loaded.text == "seen on 1\n\ntyped\n\nseen on 3"
    assert [section.page for section in loaded.sections] == [1, 2, 3]
    assert loaded.unread_pages == ()
    assert {(picture.name, picture.sha256) for picture in reader.seen} == {("a.pdf", loaded.sha256)}


async def test_pages_beyond_the_limit_or_refused_stay_unread() -> None:
    limits = LoadLimits(load_s=60, read_pages=2)
    async with loader(limits, spec=SPEC, reader=PageReader(refused=1)) as it:
        loaded = await load(it, document([RED_BOX] * 3), "a.pdf")
    assert (loaded.text, loaded.unread_pages) == ("seen on 2", (1, 3))


async def test_a_document_none_of_whose_pages_can_be_read_fails_with_the_pages_reason() -> None:
    async with loader(spec=SPEC, reader=PageReader(refused=1)) as it:
        with pytest.raises(MediaError, match=r"No\."):
            await load(it, document([RED_BOX]), "a.pdf")


async def test_a_picture_is_read() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(buffer, "PNG")
    async with loader(spec=SPEC, reader=PageReader()) as it:
        loaded = await load(it, buffer.getvalue(), "cat.png")
    assert (loaded.text, loaded.title, loaded.mime_type) == ("seen on None", "cat", "image/png")


async def test_every_page_of_a_tiff_is_read() -> None:
    buffer = io.BytesIO()
    pages = [Image.new("RGB", (40, 30), colour) for colour in ("red", "white", "blue")]
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    limits = LoadLimits(load_s=60, read_pages=2)
    async with loader(limits, spec=SPEC, reader=PageReader()) as it:
        loaded = await load(it, buffer.getvalue(), "fax.tif")
    assert (loaded.text, loaded.unread_pages) == ("seen on 1\n\nseen on 2", (3,))
    assert [section.page for section in loaded.sections] == [1, 2]


async def test_of_an_animation_the_first_frame_is_read() -> None:
    buffer = io.BytesIO()
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "white")]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    async with loader(spec=SPEC, reader=PageReader()) as it:
        loaded = await load(it, buffer.getvalue(), "a.gif")
    assert (loaded.text, loaded.unread_pages) == ("seen on None", ())


async def test_a_picture_without_a_reader_is_a_clear_error() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(buffer, "PNG")
    async with loader(spec=SPEC) as it:
        with pytest.raises(MediaError, match="picture"):
            await load(it, buffer.getvalue(), "cat.png")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
async def test_a_document_over_the_memory_limit_is_an_error_and_the_next_one_works() -> None:
    limits = LoadLimits(load_s=60, memory_bytes=256 * MIB)
    async with loader(limits, spec=SPEC) as it:
        with pytest.raises(MediaError, match=r"had to stop|more memory"):
            await load(it, recursive_pdf(), "a.pdf")
        assert (await load(it, b"words")).text == "words"


async def test_one_child_loads_many_files() -> None:
    async with loader() as it:
        assert len({await ask(it) for _ in range(3)}) == 1
        assert len(set(await asyncio.gather(*(ask(it) for _ in range(4))))) == 1


async def test_a_refused_file_keeps_the_child() -> None:
    async with loader() as it:
        before = await ask(it)
        with pytest.raises(MediaError, match="It is broken"):
            await ask(it, b"refuse")
        assert await ask(it) == before


@pytest.mark.parametrize(
    "data",
    [
        b"die",
        b"fail",
        b"lie about sections",
        b"lie about text",
        b"send too much",
        b"hide a control",
        b"leave out a blob",
    ],
)
async def test_a_child_that_crashes_or_lies_is_an_error_of_its_file_and_is_replaced(
    data: bytes,
) -> None:
    async with loader() as it:
        before = await ask(it)
        with pytest.raises(MediaError, match="had to stop"):
            await ask(it, data)
        assert await ask(it) != before


async def test_a_child_that_hangs_is_stopped() -> None:
    async with loader(LoadLimits(load_s=0.3)) as it:
        with pytest.raises(TimeLimitError, match=r"0\.3 s"):
            await ask(it, b"hang")
        assert it.worker_pid is None


async def test_a_child_that_keeps_memory_is_replaced() -> None:
    async with loader() as it:
        before = await ask(it, b"hoard")
        assert it.worker_pid is None
        assert await ask(it) != before


async def test_a_load_nobody_waits_for_is_stopped() -> None:
    async with loader() as it:
        await ask(it)
        task = asyncio.create_task(ask(it, b"hang"))
        while not it.is_busy:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await ask(it)


async def test_only_so_many_files_may_wait() -> None:
    async with loader(LoadLimits(load_s=60, waiting=1)) as it:
        tasks = [asyncio.create_task(ask(it)) for _ in range(4)]
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(result, BusyError) for result in results) == 2
    assert sum(isinstance(result, str) for result in results) == 2


async def test_a_child_without_work_ends() -> None:
    async with loader(idle_s=0) as it:
        await ask(it)
        while it.worker_pid is not None:
            await asyncio.sleep(0)


async def test_a_closed_loader_loads_nothing() -> None:
    async with loader() as it:
        pass
    with pytest.raises(WorkerError, match="closed"):
        await ask(it)


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.md", b"# A\n\nb\n\n## C\n\nd"), ("a.pdf", document([page("x"), RED_BOX]))],
)
def test_a_draft_crosses_the_wire_unchanged(name: str, data: bytes) -> None:
    made = create_draft(data, name, "", LIMITS)
    fields, blobs = pack_draft(made)
    assert unpack_draft(fields, blobs, LIMITS) == LoadedDraft(made.draft, made.mime_type)
