"""The embedded labeller and the sheet worker, as the server uses them."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from chalklens.errors import ModelError
from chalklens.labelling.embedded import EmbeddedLabeller, sheet_worker_spec
from chalklens.reading.reader import WorkerReader
from chalklens.types import Picture
from chalklens.workers.process import WorkerProcess
from tests.chalklens.labelling.sheets import make_reading


def draw(*lines: str) -> Picture:
    """A white page with large black lines."""
    page = Image.new("RGB", (480, 60 + 60 * len(lines)), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(28)
    for number, line in enumerate(lines):
        pen.text((30, 30 + 60 * number), line, fill="black", font=font)
    return Picture("page.png", "0" * 64, "image/png", *page.size, page.tobytes(), *page.size)


@pytest.mark.anyio
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


@pytest.mark.anyio
async def test_a_page_that_was_read_before_needs_no_pixels() -> None:
    worker = WorkerProcess(sheet_worker_spec(threads=1))
    try:
        reading = make_reading("Find the difference.\n14 - 6 =")
        found = await EmbeddedLabeller(worker).label_reading(reading)
    finally:
        await worker.close()
    assert found.reading == reading
    assert "Subtraction" in found.labels.areas


@pytest.mark.anyio
async def test_missing_weights_are_an_error_with_a_way_out(tmp_path: Path) -> None:
    worker = WorkerProcess(sheet_worker_spec(weights=tmp_path))
    try:
        with pytest.raises(ModelError, match="cannot be used"):
            await EmbeddedLabeller(worker).label_reading(make_reading("8 + 5 ="))
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
