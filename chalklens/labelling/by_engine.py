"""The labeller that asks a vision-language model which was taught EduGraph labels.

How it is used: `await EngineLabeller(engine).label([picture])` with any `Engine`. The published
Qwen3-VL-4B-EduGraph is asked as it was trained (instructions in its chat template, vocabulary
0.4.0) and answers freely; its old ids are mapped and parents of present children dropped. Every
other model is held to the ids of the current ontology by grammar. The small model of `chalklens
train small-vl` sees 80 visual tokens, too few for print: with a `reader` it gets the words as well.

What it leaves out: probabilities (a generated answer has none), and deciding whether the model at
hand is fit for labels (`selection.py`).
"""

import asyncio
import contextlib
from collections.abc import Sequence

from chalklens.edugraph.labels import ParsedLabels, drop_parents, parse_labels
from chalklens.edugraph.ontology import Ontology
from chalklens.edugraph.published_model import PUBLISHED_MODEL
from chalklens.edugraph.schema import label_json_schema
from chalklens.errors import InputError, ModelError, WorkerError
from chalklens.protocols import Engine, Reader
from chalklens.types import (
    GenerateRequest,
    Generation,
    Labelling,
    LabelSet,
    Picture,
    TextReading,
)

PROMPT = "Label this worksheet with EduGraph concepts: Area, Scope and Ability, as JSON."
SMALL_MODEL = "small-vl"
"""Occurs in the folder name of a model that was trained on read text as well as on pictures."""
MAX_READ_CHARS = 320


class EngineLabeller:
    """A `Labeller` that asks an engine; one picture per question."""

    def __init__(
        self, engine: Engine, ontology: Ontology | None = None, reader: Reader | None = None
    ) -> None:
        """Take an engine, an ontology unless ours is to be loaded on first use, and a reader.

        The reader is asked for the small model only; without one it sees the picture alone.
        """
        self._engine = engine
        self._ontology = ontology
        self._reader = reader

    async def label(self, pictures: Sequence[Picture]) -> list[Labelling]:
        """Label pictures in order.

        Raises:
            ModelError: There is no model, or its answer holds no labels.
            BusyError, WorkerError: As the engine or the reader raises them.
        """
        ontology = self._ontology or await asyncio.to_thread(Ontology.load)
        self._ontology = ontology
        await self._engine.identify()  # its name decides how it is asked
        return [await self._label_one(picture, ontology) for picture in pictures]

    async def _label_one(self, picture: Picture, ontology: Ontology) -> Labelling:
        published = is_published_model(self._engine)
        reading = await self._read(picture)
        request = make_request(picture, ontology, published=published, reading=reading)
        generation = await self._generate(request)
        parsed = _parse(generation, ontology)
        labels = drop_parents(parsed.labels, ontology) if published else parsed.labels
        return Labelling(
            labels=LabelSet() if parsed.unsupported else labels,
            confidence={},
            labeller="engine",
            model=generation.model,
            revision=generation.revision,
            adapter=generation.adapter,
            ontology=ontology.version,
            unsupported=parsed.unsupported,
            low_confidence=_is_doubtful(generation, parsed),
            rejected=(*parsed.rejected, *parsed.retired),
            reading=reading,
        )

    async def _read(self, picture: Picture) -> TextReading | None:
        if self._reader is None or not is_small_model(self._engine):
            return None
        return await self._reader.read(picture)

    async def _generate(self, request: GenerateRequest) -> Generation:
        async with contextlib.aclosing(self._engine.generate(request)) as parts:
            async for part in parts:
                if isinstance(part, Generation):
                    return part
        raise WorkerError("The engine ended without an answer.", "Call again.")


def is_published_model(engine: Engine) -> bool:
    """Whether the engine runs the published EduGraph model as it is, under its name or a copy's."""
    status = engine.status()
    published = PUBLISHED_MODEL.name.rpartition("/")[2].lower()
    return not status.adapter and status.model.rstrip("/").lower().endswith(published)


def is_small_model(engine: Engine) -> bool:
    """Whether the engine runs a model of `chalklens train small-vl`, by its name."""
    status = engine.status()
    return not status.adapter and SMALL_MODEL in status.model.lower()


def prompt_with_text(text: str) -> str:
    """The question of the small model: the beginning of what was read, then the usual prompt."""
    words = " ".join(text.split())[:MAX_READ_CHARS]
    return f"Text: {words}\n{PROMPT}"


def make_request(
    picture: Picture, ontology: Ontology, *, published: bool, reading: TextReading | None = None
) -> GenerateRequest:
    """The question for one picture, and what was read on it when the model takes that."""
    if published:
        return GenerateRequest(
            PUBLISHED_MODEL.prompt,
            (picture,),
            system=PUBLISHED_MODEL.system,
            task="label",
            max_new_tokens=PUBLISHED_MODEL.max_new_tokens,
        )
    prompt = PROMPT if reading is None else prompt_with_text(reading.text)
    return GenerateRequest(
        prompt, (picture,), task="label", json_schema=label_json_schema(ontology)
    )


def _parse(generation: Generation, ontology: Ontology) -> ParsedLabels:
    try:
        return parse_labels(generation.text, ontology)
    except InputError as error:  # not the caller's fault: the model's
        raise ModelError(
            f"The model {generation.model} gave no usable labels: {error.message}",
            "Use a model that was trained on EduGraph, or the embedded labeller.",
            code="no_labels",
        ) from None


def _is_doubtful(generation: Generation, parsed: ParsedLabels) -> bool:
    """Cut off, or at least as many terms unknown as known."""
    unknown = len(parsed.rejected) + len(parsed.retired)
    return (
        generation.finish_reason != "stop"
        or parsed.truncated
        or (unknown > 0 and unknown >= len(parsed.labels.ids))
    )
