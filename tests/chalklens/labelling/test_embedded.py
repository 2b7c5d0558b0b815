"""The embedded labeller and the sheet worker, as the server uses them."""

import asyncio
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from chalklens.errors import BusyError, ModelError
from chalklens.labelling.embedded import EmbeddedLabeller, sheet_worker_spec
from chalklens.labelling.encoder import SentenceEncoder
from chalklens.labelling.model_files import save_model
from chalklens.labelling.wire import SheetLabels, dump_labels
from chalklens.reading.reader import WorkerReader
from chalklens.reading.wire import dump_reading
from chalklens.types import LabelSet, Picture
from chalklens.workers.pool import WorkerPool
from chalklens.workers.process import WorkerProcess, WorkerReply
from tests.chalklens.labelling.sheets import CLOCKS, SUMS, make_reading, paint, to_picture
from tests.chalklens.labelling.small_model import make_model, make_pages

PICTURES = [page.picture for page in make_pages()[:6]]


def draw(*lines: str) -> Picture:
    """A white page with large black lines."""
    page = Image.new("RGB", (480, 60 + 60 * len(lines)), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(28)
    for number, line in enumerate(lines):
        pen.text((30, 30 + 60 * number), line, fill="black", font=font)
    return Picture("page.png", "0" * 64, "image/png", *page.size, page.tobytes(), *page.size)


class ScriptedWorker:
    """A caller that names each picture's hash as model, some calls later than others."""

    def __init__(self, *, fails_at: int | None = None) -> None:
        self.open = self.most_open = self.calls = 0
        self.fails_at = fails_at

    async def call(
        self,
        operation: str,
        fields: Mapping[str, Any],
        blobs: Sequence[bytes] = (),
        *,
        timeout_s: float,
    ) -> WorkerReply:
        """Answer after a few turns of the loop; the first calls wait longest."""
        self.calls += 1
        number, self.open = self.calls, self.open + 1
        self.most_open = max(self.most_open, self.open)
        try:
            for _ in range(20 - 2 * number):
                await asyncio.sleep(0)
            if number == self.fails_at:
                raise BusyError("Nobody has time.")
        finally:
            self.open -= 1
        reading = fields.get("reading") or dump_reading(make_reading("3 + 4"))
        labels = dump_labels(SheetLabels(LabelSet(), {}))
        names = {"model": fields["sha256"], "revision": "", "ontology": ""}
        return WorkerReply({"labels": labels, "reading": reading, **names})


class ScriptedPool(WorkerPool):
    """A pool whose processes are never started: calls go to the script."""

    def __init__(self, script: ScriptedWorker, size: int) -> None:
        super().__init__(sheet_worker_spec(), size)
        self._script = script

    async def call(
        self,
        operation: str,
        fields: Mapping[str, Any],
        blobs: Sequence[bytes] = (),
        *,
        timeout_s: float,
    ) -> WorkerReply:
        """Ask the script."""
        return await self._script.call(operation, fields, blobs, timeout_s=timeout_s)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights made by hand."""
    folder = tmp_path_factory.mktemp("weights")
    save_model(make_model(encoder=SentenceEncoder.load()), folder)
    return folder


@pytest.mark.anyio
async def test_a_pool_is_asked_as_often_at_once_as_it_has_workers() -> None:
    script = ScriptedWorker()
    found = await EmbeddedLabeller(ScriptedPool(script, 3)).label(PICTURES)
    assert script.most_open == 3
    assert [one.model for one in found] == [picture.sha256 for picture in PICTURES]


@pytest.mark.anyio
async def test_a_single_worker_is_asked_one_picture_at_a_time() -> None:
    script = ScriptedWorker()
    found = await EmbeddedLabeller(script).label(PICTURES)
    assert script.most_open == 1
    assert [one.model for one in found] == [picture.sha256 for picture in PICTURES]


@pytest.mark.anyio
async def test_after_an_error_nothing_more_is_asked() -> None:
    script = ScriptedWorker(fails_at=2)
    with pytest.raises(BusyError):
        await EmbeddedLabeller(ScriptedPool(script, 2)).label(PICTURES)
    asked = script.calls
    await asyncio.sleep(0)
    assert (script.open, script.calls) == (0, asked)
    assert asked < len(PICTURES)


@pytest.mark.anyio
async def test_no_picture_needs_no_answer() -> None:
    script = ScriptedWorker()
    assert await EmbeddedLabeller(script).label([]) == []
    assert script.calls == 0


@pytest.mark.anyio
async def test_every_picture_needs_its_reading_when_there_are_any() -> None:
    script = ScriptedWorker()
    with pytest.raises(ValueError, match="shorter"):
        await EmbeddedLabeller(script).label(PICTURES, readings=[make_reading("3 + 4")])
    assert script.calls == 0


@pytest.mark.anyio
@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.integration)])
async def test_pages_that_were_read_before_are_not_read_again(small: Path, workers: int) -> None:
    pool = WorkerPool(sheet_worker_spec(threads=1, weights=small), size=workers)
    pictures = [to_picture(paint(0, "sums-0")), to_picture(paint(1, "clocks-1"))]
    readings = [
        make_reading("Add the numbers. 2 + 5 ="),
        make_reading("What time does the clock show?"),
    ]
    try:
        found = await EmbeddedLabeller(pool).label(pictures, readings=readings)
        again = await EmbeddedLabeller(pool).label(pictures, readings=readings)
    finally:
        await pool.close()
    assert [one.reading for one in found] == readings
    assert [one.labels.ids for one in found] == [SUMS, CLOCKS]
    sums = found[0]
    assert sums.evidence["Addition"][0].text == "2 + 5 ="
    assert set(sums.confidence) <= set(sums.probabilities)
    assert (sums.model, sums.ontology, len(sums.revision)) == ("small", "0.21.0", 12)
    assert again == found


@pytest.mark.anyio
async def test_missing_weights_are_an_error_with_a_way_out(tmp_path: Path) -> None:
    worker = WorkerProcess(sheet_worker_spec(weights=tmp_path))
    try:
        with pytest.raises(ModelError, match="cannot be used"):
            await EmbeddedLabeller(worker).label(PICTURES[:1], readings=[make_reading("8 + 5 =")])
    finally:
        await worker.close()


def test_the_server_can_describe_the_worker_without_heavy_libraries() -> None:
    code = (
        "import sys, chalklens.labelling.embedded, chalklens.labelling.by_engine, "
        "chalklens.labelling.selection; print(sorted({'numpy', 'scipy', 'PIL', 'cv2', 'torch', "
        "'onnxruntime', 'rdflib', 'tokenizers', 'sklearn'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.strip() == "[]"


# What follows needs the weights that ship.


@pytest.mark.anyio
@pytest.mark.integration  # on every run: `tests/server/test_bad_sheets.py`
async def test_pictures_become_text_and_labels_in_one_worker() -> None:
    worker = WorkerProcess(sheet_worker_spec())
    try:
        warm = await worker.call("warm", {}, timeout_s=60)
        sum_page, blank = draw("Solve the addition problem.", "8 + 5 ="), draw("")
        found, nothing = await EmbeddedLabeller(worker).label([sum_page, blank])
        reading = await WorkerReader(worker).read(sum_page)
    finally:
        await worker.close()
    assert "Addition" in found.labels.areas
    assert found.reading == reading
    assert "addition problem" in reading.text
    assert found.labeller == "embedded"
    assert found.ontology == "0.21.0"
    assert warm.fields["reader"] == reading.reader
    assert len(found.revision) == 12
    assert nothing.unsupported
    assert nothing.labels.ids == ()
    assert worker.starts == 1
