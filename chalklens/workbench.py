"""Media, reader, labellers and engine put to work: what the tools and the command line call.

How it is used: `server/parts.py` makes one `Workbench` and hands it to the tools; the command line
calls the same methods, so both give the same answers.

    bench = Workbench(media, reader, labellers, engine)
    reading = await bench.read("sheet.png")

What it leaves out: MCP, printing, and every heavy library: the work is done in worker processes.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

from chalklens.engines.parameters import MAX_PICTURES
from chalklens.errors import InputError, ModelError, WorkerError
from chalklens.protocols import Engine, Labeller, Reader
from chalklens.types import (
    Box,
    GenerateRequest,
    Generation,
    Labelling,
    Picture,
    TextReading,
)
from chalklens.workers.process import WorkerProcess

Progress = Callable[[str], None]
"""Gets a short sentence whenever something worth telling has happened."""

MAX_QUESTION_CHARS = 16_384
DETAIL_PIXELS = {"low": 512 * 512, "auto": 1280 * 1280, "high": 2048 * 2048}


class MediaSource(Protocol):
    """What a workbench needs of `media.loader.MediaLoader`."""

    async def load(
        self,
        references: Sequence[str],
        *,
        pages: Sequence[int] | None = None,
        region: Box | None = None,
        max_pixels: int | None = None,
        principal: str = "local",
    ) -> list[Picture]:
        """Resolve, check and decode references."""
        ...

    async def thumbnail(
        self, reference: str, sha256: str, *, page: int | None = None, principal: str = "local"
    ) -> bytes:
        """Return a small JPEG of a picture or page, if its bytes still are what they were."""
        ...

    async def close(self) -> None:
        """Stop the decode worker."""
        ...


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """A picture and the text on it."""

    picture: Picture
    reading: TextReading


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """A picture and its labels."""

    picture: Picture
    labelling: Labelling


@dataclass(frozen=True, slots=True)
class Analysis:
    """An answer about pictures, or what is known for certain where no model can answer.

    `generation` is None when no vision-language model can be used; then `missing` says what helps,
    and `facts` holds text and labels of each picture.
    """

    pictures: tuple[Picture, ...]
    generation: Generation | None
    missing: str = ""
    facts: tuple[tuple[TextReading, Labelling], ...] = ()


class Workbench:
    """One place where a picture can be read, labelled and asked about."""

    def __init__(
        self,
        media: MediaSource,
        reader: Reader,
        labeller: Labeller,
        embedded: Labeller,
        engine: Engine,
        workers: Sequence[WorkerProcess] = (),
    ) -> None:
        self.media = media
        self.reader = reader
        self.labeller = labeller
        self.embedded = embedded
        self.engine = engine
        self.workers = tuple(workers)

    async def read(
        self,
        image: str,
        *,
        page: int | None = None,
        region: Box | None = None,
        principal: str = "local",
    ) -> ReadPicture:
        """Read the text of one picture or PDF page."""
        pages = [page] if page else None
        [picture] = await self.media.load([image], pages=pages, region=region, principal=principal)
        return ReadPicture(picture, await self.reader.read(picture))

    async def label(
        self,
        images: Sequence[str],
        *,
        pages: Sequence[int] | None = None,
        principal: str = "local",
    ) -> list[LabelledPicture]:
        """Label pictures, or pages of one PDF."""
        pictures = await self.media.load(images, pages=pages, principal=principal)
        labellings = await self.labeller.label(pictures)
        return [LabelledPicture(p, found) for p, found in zip(pictures, labellings, strict=True)]

    async def analyze(
        self,
        images: Sequence[str],
        question: str,
        *,
        focus: str = "",
        pages: Sequence[int] | Literal["all"] | None = None,
        region: Box | None = None,
        detail: str = "auto",
        task: str = "answer",
        max_new_tokens: int | None = None,
        principal: str = "local",
        on_progress: Progress | None = None,
    ) -> Analysis:
        """Ask the vision-language model about pictures.

        Without a model, or with one that cannot be used, the question stays open and the certain facts
        are returned instead.

        Args:
            images: References.
            question: At most MAX_QUESTION_CHARS.
            focus: What deserves attention.
            pages: 1-based pages of every document among the images; None is the first, "all" as
                many of each as there is room for (`share_pages`).
            region: Look only there, in pixels of the originals.
            detail: A key of DETAIL_PIXELS.
            task, max_new_tokens, principal: As in `GenerateRequest`.
            on_progress: Told how many tokens there are.

        Raises:
            InputError: The question is empty or too long, or there are more than MAX_PICTURES pictures
                and pages.
        """
        _check_question(question)
        if detail not in DETAIL_PIXELS:
            raise InputError(f"detail is one of {', '.join(DETAIL_PIXELS)}, not {detail!r}.")
        load = partial(
            self.media.load, region=region, max_pixels=DETAIL_PIXELS[detail], principal=principal
        )
        pictures = await (_load_all(load, images) if pages == "all" else load(images, pages=pages))
        _check_count(len(pictures))
        status = self.engine.status()
        if status.state == "absent":
            return await self._state_facts(pictures, status.detail)
        request = GenerateRequest(
            prompt=f"{question}\n\nPay attention to: {focus}" if focus else question,
            pictures=tuple(pictures),
            task=task,
            max_new_tokens=max_new_tokens,
            principal=principal,
        )
        try:
            return Analysis(tuple(pictures), await self._generate(request, on_progress))
        except ModelError as error:
            return await self._state_facts(pictures, str(error))

    async def close(self) -> None:
        """Stop every worker."""
        workers = (worker.close() for worker in self.workers)
        await asyncio.gather(self.media.close(), self.engine.close(), *workers)

    async def _generate(self, request: GenerateRequest, on_progress: Progress | None) -> Generation:
        tokens = 0
        async with contextlib.aclosing(self.engine.generate(request)) as stream:
            async for part in stream:
                if isinstance(part, Generation):
                    return part
                tokens += part.tokens
                if on_progress:
                    on_progress(f"answering, {tokens} tokens so far")
        raise WorkerError("The engine ended without an answer.", "Call again.")

    async def _state_facts(self, pictures: Sequence[Picture], missing: str) -> Analysis:
        facts = [await self._look_at(picture) for picture in pictures]
        return Analysis(tuple(pictures), None, missing, tuple(facts))

    async def _look_at(self, picture: Picture) -> tuple[TextReading, Labelling]:
        [labelling] = await self.embedded.label([picture])
        return labelling.reading or await self.reader.read(picture), labelling


async def _load_all(
    load: Callable[..., Awaitable[list[Picture]]], images: Sequence[str]
) -> list[Picture]:
    """Load pictures and all pages of documents, or as many as one question takes."""
    pictures: list[Picture] = []
    firsts = await load(images)
    counts = [1 if first.page is None else first.page_count for first in firsts]
    for image, first, count in zip(images, firsts, share_pages(counts), strict=True):
        pictures.append(first)
        if count > 1:
            pictures += await load([image], pages=range(2, count + 1))
    return pictures


def share_pages(counts: Sequence[int], most: int = MAX_PICTURES) -> list[int]:
    """How many pages of each document are looked at, of those it has.

    They take turns, page by page, so that a long document leaves room for the others.
    """
    turns = sorted(
        (page, document)
        for document, count in enumerate(counts)
        for page in range(min(count, most))
    )
    taken = Counter(document for _, document in turns[:most])
    return [taken[document] for document in range(len(counts))]


def _check_count(pictures: int) -> None:
    if pictures > MAX_PICTURES:
        raise InputError(
            f"These are {pictures} pictures and pages; one question takes {MAX_PICTURES}.",
            "Ask about fewer pages at a time.",
        )


def _check_question(question: str) -> None:
    if not question.strip():
        raise InputError("The question is empty.", "Say what you want to know about the picture.")
    if len(question) > MAX_QUESTION_CHARS:
        raise InputError(
            f"The question has {len(question)} characters; the limit is {MAX_QUESTION_CHARS}.",
            "Shorten it; long material belongs in a document.",
        )
