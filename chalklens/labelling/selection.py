"""Which labeller answers: `auto`, `engine` or `embedded`.

How it is used: `SelectingLabeller(engine, by_engine, embedded, choice)` in `server/parts.py`; it is a
`Labeller` itself, and every `Labelling` names the one that answered.

`auto` asks the engine when the model or adapter it was told to load is an EduGraph one by its name
(`edugraph` occurs in it) and it has not failed to load, even while it is still loading: the same
question is then answered by the same labeller from the first call on. Otherwise the embedded one
answers. What it leaves out: asking both.
"""

from collections.abc import Sequence
from typing import Literal

from chalklens.edugraph.published_model import is_edugraph_model
from chalklens.protocols import Engine, Labeller
from chalklens.types import EngineStatus, Labelling, Picture

LabellerChoice = Literal["auto", "engine", "embedded"]


def answers_with_labels(status: EngineStatus) -> bool:
    """Whether labels may be expected of an engine."""
    if status.state in ("absent", "failed"):
        return False
    return is_edugraph_model(status.model) or is_edugraph_model(status.adapter)


class SelectingLabeller:
    """Hands pictures to the engine's or to the embedded labeller."""

    def __init__(
        self,
        engine: Engine,
        by_engine: Labeller,
        embedded: Labeller,
        choice: LabellerChoice = "auto",
    ) -> None:
        self._engine = engine
        self._by_engine, self._embedded = by_engine, embedded
        self._choice: LabellerChoice = choice

    @property
    def current(self) -> Labeller:
        """The labeller that would answer now."""
        if self._choice == "auto":
            engine_first = answers_with_labels(self._engine.status())
        else:
            engine_first = self._choice == "engine"
        return self._by_engine if engine_first else self._embedded

    async def label(self, pictures: Sequence[Picture]) -> list[Labelling]:
        """Label pictures, all by the same labeller."""
        if self._choice == "auto":
            await self._engine.identify()
        return await self.current.label(pictures)
