"""The sheet worker's operations, and what it remembers between them."""

import asyncio
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from chalklens.errors import InputError
from chalklens.labelling.embedded import EmbeddedLabeller, sheet_worker_spec
from chalklens.labelling.sheet_model import SheetModel
from chalklens.labelling.worker import Recognizer, SheetWorker
from chalklens.media.wire import pack_picture
from chalklens.reading.reader import WorkerReader
from chalklens.reading.wire import dump_reading
from chalklens.types import Picture, TextReading
from chalklens.workers.host import Call, Port, Reply
from chalklens.workers.process import WorkerProcess
from tests.chalklens.labelling.sheets import make_reading, paint, to_picture
from tests.chalklens.labelling.small_model import make_model

SHEET = Path(__file__).parents[3] / "knowledge_base/examples/addition_within_20.png"
SUM_PAGE = to_picture(paint(0, "sums-0"))
CLOCK_PAGE = to_picture(paint(1, "clocks-1"))
TEXTS = {
    SUM_PAGE.pixels: "Add the numbers. 2 + 5 =",
    CLOCK_PAGE.pixels: "What time does the clock show?",
}


class ScriptedRecognizer:
    """Knows the text on each picture by its pixels; the first `failures` pictures are too much."""

    reader = "scripted"

    def __init__(self, failures: int = 0) -> None:
        self.failures, self.read_pixels = failures, list[bytes]()

    def read(self, picture: Picture) -> TextReading:
        """Return a reading with a confidence that does not survive the wire unrounded."""
        self.read_pixels.append(picture.pixels)
        if len(self.read_pixels) <= self.failures:
            raise InputError("Too much.")
        lines = make_reading(TEXTS[picture.pixels]).lines
        return TextReading(tuple(replace(line, confidence=2 / 3) for line in lines), self.reader)


class ScriptedSheetWorker(SheetWorker):
    """A sheet worker without weights."""

    def __init__(self, failures: int = 0) -> None:
        super().__init__(Path(), threads=1)
        self.scripted = ScriptedRecognizer(failures)

    @cached_property
    def recognizer(self) -> Recognizer:
        """The script."""
        return self.scripted

    @cached_property
    def model(self) -> SheetModel:
        """Made by hand."""
        return make_model()


def make_call(picture: Picture, **fields: Any) -> Call:
    """A call as the port hands it over."""
    packed, blob = pack_picture(picture)
    port = Port(io.BytesIO(), io.BytesIO())
    return Call(port, {"id": 1, "op": "label", "fields": {**packed, **fields}}, [blob])


def to_bytes(replies: Sequence[Reply]) -> list[bytes]:
    """Replies as they cross the pipe."""
    return [json.dumps(fields).encode() for fields, _ in replies]


def test_a_picture_is_recognised_once_however_often_it_is_read_and_labelled() -> None:
    worker = ScriptedSheetWorker()
    worker.read(make_call(SUM_PAGE))
    worker.label(make_call(SUM_PAGE))
    worker.label(make_call(replace(SUM_PAGE, name="copy.png", page=3)))
    assert worker.scripted.read_pixels == [SUM_PAGE.pixels]


def test_answers_are_byte_for_byte_those_of_a_worker_that_remembers_nothing() -> None:
    worker = ScriptedSheetWorker()
    remembered, anew = list[Reply](), list[Reply]()
    for picture in (SUM_PAGE, CLOCK_PAGE, SUM_PAGE, CLOCK_PAGE):
        remembered += [worker.read(make_call(picture)), worker.label(make_call(picture))]
        anew += [
            ScriptedSheetWorker().read(make_call(picture)),
            ScriptedSheetWorker().label(make_call(picture)),
        ]
    assert to_bytes(remembered) == to_bytes(anew)
    assert remembered[1][0]["labels"]["evidence"]["Addition"]
    assert len(worker.scripted.read_pixels) == 2


def test_a_file_that_changed_under_its_name_is_read_anew() -> None:
    worker = ScriptedSheetWorker()
    worker.read(make_call(SUM_PAGE))
    fields, _ = worker.read(make_call(replace(CLOCK_PAGE, name=SUM_PAGE.name)))
    assert fields["lines"][0][0] == TEXTS[CLOCK_PAGE.pixels]


def test_a_picture_shown_in_another_size_is_read_anew() -> None:
    worker = ScriptedSheetWorker()
    worker.read(make_call(SUM_PAGE))
    worker.read(make_call(replace(SUM_PAGE, width_px=16, height_px=16)))
    assert len(worker.scripted.read_pixels) == 2


def test_a_failed_reading_leaves_nothing_behind() -> None:
    worker = ScriptedSheetWorker(failures=1)
    with pytest.raises(InputError):
        worker.read(make_call(SUM_PAGE))
    fields, _ = worker.label(make_call(SUM_PAGE))
    assert fields["reading"]["lines"][0][0] == TEXTS[SUM_PAGE.pixels]
    assert len(worker.scripted.read_pixels) == 2


def test_a_reading_that_came_along_is_used_but_not_remembered() -> None:
    worker, given = ScriptedSheetWorker(), dump_reading(make_reading("Read by somebody else."))
    fields, _ = worker.label(make_call(SUM_PAGE, reading=given))
    assert fields["reading"] == given
    assert worker.scripted.read_pixels == []
    fields, _ = worker.read(make_call(SUM_PAGE))
    assert fields["lines"][0][0] == TEXTS[SUM_PAGE.pixels]


@pytest.mark.anyio
@pytest.mark.integration  # on every run: the tests above
async def test_the_real_worker_answers_the_same_from_memory_also_after_a_cancelled_call() -> None:
    page = to_picture(Image.open(SHEET).convert("RGB").resize((480, 600)))
    worker, fresh = WorkerProcess(sheet_worker_spec()), WorkerProcess(sheet_worker_spec())
    try:
        await worker.call("warm", {}, timeout_s=60)
        given_up = asyncio.create_task(WorkerReader(worker).read(page))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        reading = await WorkerReader(worker).read(page)
        remembered = [await EmbeddedLabeller(worker).label([page]) for _ in range(2)]
        [anew] = await EmbeddedLabeller(fresh).label([page])
    finally:
        await asyncio.gather(worker.close(), fresh.close())
    assert remembered == [[anew], [anew]]
    assert anew.reading == reading
    assert anew.evidence
    assert worker.starts == 1
