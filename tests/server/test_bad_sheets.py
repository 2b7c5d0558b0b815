"""Bad pictures of a good worksheet, from file to labels, with the real workers and weights.

Reading a picture costs a second or two, so the default tier labels a few of them (`SHOWN`).
"""

import io
import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from PIL import Image, ImageFilter, ImageOps

from chalklens.edugraph.ontology import Ontology
from chalklens.errors import ChalklensError, MediaError
from chalklens.types import Labelling
from chalklens.workbench import Workbench
from server.commands.benches import settings_for
from server.parts import build_workbench

SHEET = Path(__file__).parents[2] / "knowledge_base/examples/addition_within_20.png"
SIZE_PX = (480, 600)  # read faster than in full size
TOP_PX = (0, 0, 480, 340)  # and faster still without the lower half of the exercises
Outcome = Labelling | ChalklensError


def reopen_as_jpeg(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def photograph(sheet: Image.Image) -> Image.Image:
    """Seen at an angle, in uneven light, a little blurred, with noise, stored as JPEG."""
    width, height = sheet.size
    corners = (-40, -30, -20, height + 40, width + 50, height + 20, width + 25, -10)
    seen = sheet.transform(
        sheet.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor="grey"
    )
    table = [130 + value * 125 // 255 for value in range(256)]
    light = Image.linear_gradient("L").resize(sheet.size).point(table)
    lit = Image.composite(seen, Image.new("RGB", sheet.size, (40, 35, 30)), light)
    noise = Image.frombytes("L", sheet.size, random.Random(0).randbytes(width * height))
    noisy = Image.blend(lit, Image.merge("RGB", [noise] * 3), 0.04)
    return reopen_as_jpeg(noisy.filter(ImageFilter.GaussianBlur(0.8)), 50)


def fade(sheet: Image.Image) -> Image.Image:
    return Image.blend(sheet, Image.new("RGB", sheet.size, (235, 235, 235)), 0.85)


def turn_a_little(sheet: Image.Image) -> Image.Image:
    return sheet.rotate(7, Image.Resampling.BICUBIC, expand=True, fillcolor="white")


READABLE: dict[str, Callable[[Image.Image], Image.Image]] = {
    "upside-down": lambda sheet: sheet.transpose(Image.Transpose.ROTATE_180),
    "turned-left": lambda sheet: sheet.transpose(Image.Transpose.ROTATE_90),
    "turned-right": lambda sheet: sheet.transpose(Image.Transpose.ROTATE_270),
    "tilted": turn_a_little,
    "inverted": ImageOps.invert,
    "faded": fade,
    "photographed": photograph,
}
NEAREST = Image.Resampling.NEAREST
UNREADABLE: dict[str, Callable[[Image.Image], Image.Image]] = {
    "tiny": lambda sheet: sheet.resize((16, 16)),
    "small": lambda sheet: sheet.resize((64, 80)),
    "squashed": lambda sheet: sheet.resize((1600, 80)),
    "squeezed": lambda sheet: sheet.resize((80, 1600)),
}
ENLARGED: dict[str, Callable[[Image.Image], Image.Image]] = {
    "huge": lambda sheet: sheet.crop((0, 0, 480, 300)).resize((8000, 5000), NEAREST),
    "over-50-megapixels": lambda sheet: sheet.convert("L").resize((6400, 8000), NEAREST),
}


ALL: dict[str, Callable[[Image.Image], Image.Image]] = {
    "clean": lambda sheet: sheet,
    **READABLE,
    **UNREADABLE,
    **ENLARGED,
}
SHOWN = {"clean", "upside-down", "photographed", "small"}


def each(names: Iterable[str]) -> list[Any]:
    """Parameters: those that are not shown on every run are for the integration tier."""
    return [
        name if name in SHOWN else pytest.param(name, marks=pytest.mark.integration)
        for name in names
    ]


class Labeller:
    """What `chalklens label` would say about each picture, by name; asked once for each."""

    def __init__(self, folder: Path, portal: BlockingPortal, bench: Workbench) -> None:
        self.folder, self.portal, self.bench = folder, portal, bench
        sheet = Image.open(SHEET).convert("RGB").resize(SIZE_PX, Image.Resampling.LANCZOS)
        self.sheet = sheet.crop(TOP_PX)
        self.known: dict[str, Outcome] = {}

    def outcome(self, name: str) -> Outcome:
        if name not in self.known:
            file = self.folder / f"{name}.{'jpg' if name in ENLARGED else 'png'}"
            ALL[name](self.sheet).save(file, quality=70)
            self.known[name] = self.portal.call(self._label, str(file))
        return self.known[name]

    def label(self, name: str) -> Labelling:
        found = self.outcome(name)
        assert isinstance(found, Labelling), found
        return found

    async def _label(self, file: str) -> Outcome:
        try:
            [found] = await self.bench.label([file])
        except ChalklensError as error:
            return error
        return found.labelling


@pytest.fixture(scope="module")
def labeller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Labeller]:
    folder = tmp_path_factory.mktemp("sheets")
    (folder / "clean.png").touch()  # its folder may be read
    settings = settings_for([str(folder / "clean.png")], model="none", sheet_workers=1)
    with start_blocking_portal() as portal:
        bench = portal.call(build_workbench, settings)
        yield Labeller(folder, portal, bench)
        portal.call(bench.close)


def surest(labelling: Labelling) -> float:
    """Mean confidence of the labels; a refusal has none."""
    given = labelling.confidence.values()
    return sum(given) / len(given) if given else 0.0


@pytest.mark.parametrize("name", each(["clean", *READABLE, *UNREADABLE, "huge"]))
def test_no_label_is_invented_and_each_has_a_probability(labeller: Labeller, name: str):
    ontology = Ontology.load()
    found = labeller.label(name)
    assert all(id_ in ontology for id_ in found.labels.ids)
    assert set(found.confidence) == set(found.labels.ids)
    assert all(0 <= value <= 1 for value in found.confidence.values())
    assert found.unsupported == (not found.labels.ids)


@pytest.mark.parametrize("name", each(READABLE))
def test_a_readable_sheet_keeps_its_topic_or_says_that_it_is_unsure(labeller: Labeller, name: str):
    found = labeller.label(name)
    assert "Addition" in found.labels.areas or found.low_confidence or found.unsupported


@pytest.mark.parametrize("name", each(["upside-down", "turned-left", "turned-right", "inverted"]))
def test_a_sheet_that_lies_on_the_glass_wrongly_is_read_all_the_same(labeller: Labeller, name: str):
    found = labeller.label(name)
    assert found.reading is not None
    assert found.reading.text.startswith("Addition within 20")
    assert "Addition" in found.labels.areas


@pytest.mark.parametrize("name", each(UNREADABLE))
def test_a_sheet_that_nobody_can_read_is_refused_or_called_unsure(labeller: Labeller, name: str):
    found = labeller.label(name)
    assert found.unsupported or found.low_confidence, (found.confidence, found.reading)


def test_a_photograph_is_labelled_with_less_confidence(labeller: Labeller):
    clean, photo = (labeller.label(name) for name in ("clean", "photographed"))
    assert surest(photo) < surest(clean) + 0.05


def test_a_picture_beyond_the_limits_is_refused_with_what_to_do(labeller: Labeller):
    error = labeller.outcome("over-50-megapixels")
    assert isinstance(error, MediaError)
    assert "megapixels" in error.message
    assert error.hint
