"""The engine of a server that has no model: it says how to get one.

How it is used: `registry.create_engine` returns it for `--model none` and when `auto` finds
nothing. What it leaves out: everything else.
"""

from collections.abc import AsyncGenerator

from chalklens.errors import ModelError
from chalklens.types import EngineStatus, GenerateRequest, Generation, TokenChunk

HINT = "Run `chalklens models pull qwen3-vl-4b` and restart the server, or name a model by --model."


class AbsentEngine:
    """Answers every request with the command that helps."""

    def __init__(self, reason: str = "No Qwen3-VL model is on this machine.") -> None:
        self.reason = reason

    def status(self) -> EngineStatus:
        """Say that there is no model, and what to do."""
        return EngineStatus(kind="absent", state="absent", detail=f"{self.reason} {HINT}")

    async def start(self) -> None:
        """There is nothing to start."""

    async def identify(self) -> EngineStatus:
        """Return the status: there is no name to wait for."""
        return self.status()

    async def generate(
        self, request: GenerateRequest
    ) -> AsyncGenerator[TokenChunk | Generation, None]:
        """Raise `ModelError` with the way out."""
        raise ModelError(self.reason, HINT, code="no_model")
        yield  # makes this an async generator, as the protocol asks

    async def close(self) -> None:
        """There is nothing to close."""
