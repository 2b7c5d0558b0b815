"""Real recognition through a worker process: the models come with the rapidocr package."""

from collections.abc import AsyncGenerator

import pytest
from PIL import Image, ImageDraw, ImageFont

from chalklens.reading.reader import WorkerReader
from chalklens.types import Picture
from chalklens.workers.process import WorkerProcess, WorkerSpec

WHITE = (255, 255, 255)


def draw(
    size: tuple[int, int], texts: dict[tuple[int, int], str], font_px: int = 24
) -> Image.Image:
    image = Image.new("RGB", size, WHITE)
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(font_px)
    for position, text in texts.items():
        pen.text(position, text, fill="black", font=font)
    return image


def to_picture(image: Image.Image, shown_at: int = 1) -> Picture:
    width, height = image.size
    return Picture(
        name="drawn",
        sha256="0" * 64,
        mime_type="image/png",
        width_px=width * shown_at,
        height_px=height * shown_at,
        pixels=image.tobytes(),
        pixels_width_px=width,
        pixels_height_px=height,
    )


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def reader() -> AsyncGenerator[WorkerReader, None]:
    worker = WorkerProcess(WorkerSpec("sheet", "chalklens.labelling.worker:serve"))
    yield WorkerReader(worker)
    await worker.close()


@pytest.mark.anyio
async def test_words_are_read_in_order_with_boxes_in_original_pixels(reader: WorkerReader) -> None:
    image = draw((400, 160), {(20, 20): "Find the sum", (20, 90): "3 + 4 ="})
    reading = await reader.read(to_picture(image, shown_at=2))
    assert reading.text.splitlines()[0] == "Find the sum"
    assert "3" in reading.lines[1].text
    first = reading.lines[0].box
    assert 20 < first.x0 < 60
    assert 20 < first.y0 < 70
    assert first.x1 < 600


@pytest.mark.anyio
async def test_text_at_the_edge_and_single_digits_are_read_and_blank_is_blank(
    reader: WorkerReader,
) -> None:
    image = draw((300, 120), {(0, 0): "Edge", (40, 70): "1", (140, 70): "7", (240, 70): "5"})
    reading = await reader.read(to_picture(image))
    assert [line.text for line in reading.lines] == ["Edge", "1", "7", "5"]
    blank = await reader.read(to_picture(Image.new("RGB", (64, 64), WHITE)))
    assert blank.lines == ()
