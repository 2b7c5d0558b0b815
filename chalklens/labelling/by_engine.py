"""The labeller that asks a vision-language model which was taught EduGraph labels.

How it is used: `await EngineLabeller(engine).label([picture])` with any `Engine`. The published
Qwen3-VL-4B-EduGraph is asked as it was trained (instructions in its chat template, vocabulary
0.4.0) and answers freely; its old ids are mapped and parents of present children dropped. Every
other model is held to the ids of the current ontology by grammar.

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
from chalklens.protocols import Engine
from chalklens.types import GenerateRequest, Generation, Labelling, LabelSet, Picture

PROMPT = "Label this worksheet with EduGraph concepts: Area, Scope and Ability, as JSON."


class EngineLabeller:
    """A `Labeller` that asks an engine; one picture per question."""

    def __init__(self, engine: Engine, ontology: Ontology | None = None) -> None:
        """Take an engine, and an ontology unless ours is to be loaded on first use."""
        self._engine = engine
        self._ontology = ontology

    async def label(self, pictures: Sequence[Picture]) -> list[Labelling]:
        """Label pictures in order.

        Raises:
            ModelError: There is no model, or its answer holds no labels.
            BusyError, WorkerError: As the engine raises them.
        """
        ontology = self._ontology or await asyncio.to_thread(Ontology.load)
        self._ontology = ontology
        return [await self._label_one(picture, ontology) for picture in pictures]

    async def _label_one(self, picture: Picture, ontology: Ontology) -> Labelling:
        published = is_published_model(self._engine)
        generation = await self._generate(make_request(picture, ontology, published=published))
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
        )

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


def make_request(picture: Picture, ontology: Ontology, *, published: bool) -> GenerateRequest:
    """The question for one picture."""
    if published:
        return GenerateRequest(
            PUBLISHED_MODEL.prompt,
            (picture,),
            system=PUBLISHED_MODEL.system,
            task="label",
            max_new_tokens=PUBLISHED_MODEL.max_new_tokens,
        )
    return GenerateRequest(
        PROMPT, (picture,), task="label", json_schema=label_json_schema(ontology)
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
