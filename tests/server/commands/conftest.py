"""The command line on a workbench of fakes: pictures are their names, nothing is decoded."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from typer.testing import CliRunner, Result

from chalklens.engines.fake import FakeEngine
from chalklens.errors import MediaError
from chalklens.protocols import Engine
from chalklens.reading.fake import FakeReader
from chalklens.types import Box, Labelling, LabelSet, Picture, Span
from chalklens.workbench import Workbench
from retrieval.fake import FakeKnowledge
from server.cli import app
from server.commands.factories import Factories
from server.settings import Settings


def make_picture(name: str, page: int | None = None, page_count: int = 1) -> Picture:
    return Picture(
        name, "00", "image/png", 100, 50, bytes(300), 10, 10, page=page, page_count=page_count
    )


class NamedPictures:
    """A `MediaSource`: the last part of a reference is the picture; `broken*` cannot be decoded.

    `page_counts` tells which names are documents; any name is one where pages are asked for.
    """

    def __init__(self) -> None:
        self.references: list[str] = []
        self.page_counts: dict[str, int] = {}
        self.max_pixels: list[int | None] = []
        self.open_now = 0
        self.most_open = 0
        self.closed = False

    async def load(
        self,
        references: Sequence[str],
        *,
        pages: Sequence[int] | None = None,
        region: Box | None = None,
        max_pixels: int | None = None,
        principal: str = "local",
    ) -> list[Picture]:
        self.references.extend(references)
        self.max_pixels.append(max_pixels)
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        await asyncio.sleep(0)
        self.open_now -= 1
        names = [unquote(urlsplit(reference).path.rsplit("/", 1)[-1]) for reference in references]
        for name in names:
            if name.startswith("broken"):
                raise MediaError("The file is cut off.", "Save it again.")
        return [picture for name in names for picture in self._open(name, pages)]

    def _open(self, name: str, pages: Sequence[int] | None) -> list[Picture]:
        count = self.page_counts.get(name)
        wanted = pages or [1 if count else None]
        return [make_picture(name, page, count or 1) for page in wanted]

    async def thumbnail(
        self, reference: str, sha256: str, *, page: int | None = None, principal: str = "local"
    ) -> bytes:
        await self.load([reference], pages=[page] if page else None, principal=principal)
        return reference.encode()

    async def close(self) -> None:
        self.closed = True


class TableLabeller:
    """A `Labeller` that answers the same for every picture, without being sure of `unsure*`.

    For `plain*` it gives nothing but labels, as one that asks an engine.
    """

    async def label(self, pictures: Sequence[Picture]) -> list[Labelling]:
        return [self._answer(picture.name) for picture in pictures]

    def _answer(self, name: str) -> Labelling:
        labels = LabelSet(("Addition",), ("TwoOperands",), ("ProcedureExecution",))
        if name.startswith("plain"):
            return Labelling(labels, {}, "engine", "table")
        confidence = {"Addition": 0.97, "TwoOperands": 0.8, "ProcedureExecution": 0.6}
        sums = tuple(Span(text, Box(10, 20, 60, 30)) for text in ("7 + 5 =", "8 + 2 =\u202e"))
        return Labelling(
            labels,
            confidence,
            "embedded",
            "table",
            low_confidence=name.startswith("unsure"),
            probabilities={**confidence, "Subtraction": 0.07},
            evidence={"Addition": sums, "TwoOperands": sums[:1], "ProcedureExecution": ()},
        )


class FakeBenches:
    """A bench factory, as the commands take it; remembers the settings it was given."""

    def __init__(
        self, texts: Mapping[str, Sequence[str]] | None = None, engine: Engine | None = None
    ) -> None:
        self.texts = texts or {}
        self.engine = engine or FakeEngine(["Seven apples."])
        self.media = NamedPictures()
        self.settings: list[Settings] = []

    def __call__(self, settings: Settings) -> Workbench:
        self.settings.append(settings)
        labeller = TableLabeller()
        return Workbench(self.media, FakeReader(self.texts), labeller, labeller, self.engine)


class Shell:
    """Runs `chalklens` commands on the fakes, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.benches = FakeBenches()
        self.knowledge = FakeKnowledge({"guide.md": "Press the button."})

    def make_files(self, *names: str) -> list[str]:
        for name in names:
            (self.folder / name).write_bytes(b"picture")
        return [str(self.folder / name) for name in names]

    def run(self, *arguments: str) -> Result:
        factories = Factories(self.benches, lambda settings: self.knowledge)
        return CliRunner().invoke(app, arguments, obj=factories, color=True)  # as on a terminal

    def rows(self, result: Result) -> list[dict[str, Any]]:
        return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)
