"""The seams: what an engine, a reader, a labeller and a retriever can do; each is taken as argument.

How it is used: the concrete classes (`engines/local.py`, `engines/fake.py`, `reading/`,
`labelling/`) are put together in `server/parts.py` and nowhere else. What it leaves out: how any of
them works.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from chalklens.types import (
    EngineStatus,
    GenerateRequest,
    Generation,
    Labelling,
    Picture,
    SearchRequest,
    SearchResult,
    TextReading,
    TokenChunk,
)


class Engine(Protocol):
    """A vision-language model, wherever it runs."""

    def status(self) -> EngineStatus:
        """Describe the engine without waiting for it."""
        ...

    async def start(self) -> None:
        """Begin to load the model and return at once; errors show up in `status`."""
        ...

    async def identify(self) -> EngineStatus:
        """Return the status once the model has a name, without loading it: an endpoint is asked."""
        ...

    def generate(self, request: GenerateRequest) -> AsyncGenerator[TokenChunk | Generation, None]:
        """Stream an answer: chunks, then exactly one `Generation`.

        Closing the iterator, or cancelling the task that reads it, cancels the generation within
        16 tokens.

        Raises:
            ModelError: There is no model, or it cannot be loaded.
            BusyError: The queue is full.
            WorkerError: The worker died; the next call starts a new one.
        """
        ...

    async def close(self) -> None:
        """Stop the worker and wait for it."""
        ...


class Reader(Protocol):
    """Reads the text in a picture."""

    async def read(self, picture: Picture) -> TextReading:
        """Return all lines in reading order, boxes in original pixels."""
        ...


class Labeller(Protocol):
    """Names the EduGraph concepts a worksheet needs."""

    async def label(self, pictures: Sequence[Picture]) -> list[Labelling]:
        """Return one labelling per picture, in order."""
        ...


class Retriever(Protocol):
    """Finds passages in the knowledge base."""

    async def search(self, request: SearchRequest) -> SearchResult:
        """Return the best passages, best first.

        Raises:
            InputError: The query is empty or too long, or the filter cannot be used.
            UnavailableError: The index cannot be read and cannot be rebuilt either.
        """
        ...
