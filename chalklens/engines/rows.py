"""One answer in the making: takes tokens one by one, streams text, decides when it is over.

How it is used: `row.accept(token_id)` after each step returns whether the row is done; the answer
is sent the moment it is. A batch is a list of rows. What it leaves out: tensors (`generator.py`).
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from chalklens.engines.loop_guard import CHECK_EVERY, repetition_start
from chalklens.engines.parameters import GenerationParameters
from chalklens.types import FinishReason, JsonObject, Picture


class Caller(Protocol):
    """Whoever waits for the answer: `workers.host.Call`."""

    @property
    def cancelled(self) -> bool:
        """Nobody waits any more."""
        ...

    def emit(self, fields: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> None:
        """Send a part."""
        ...

    def finish(self, fields: Mapping[str, Any], blobs: Sequence[bytes] = ()) -> None:
        """Send the answer."""
        ...

    def fail(self, error: Exception) -> None:
        """Send the reason why there is none."""
        ...


class TextDecoder(Protocol):
    """Token ids to text; `step` gives what one more token makes readable."""

    def step(self, token_id: int) -> str:
        """Return new text, or nothing in the middle of a character."""
        ...

    def decode(self, token_ids: Sequence[int]) -> str:
        """Return the text of all tokens."""
        ...


@dataclass(frozen=True, slots=True)
class RowRequest:
    """What a row has to answer.

    `max_pixels` bounds each picture; `matcher` is the grammar, None without a schema.
    """

    prompt: str
    system: str | None
    pictures: tuple[Picture, ...]
    parameters: GenerationParameters
    max_new_tokens: int
    max_pixels: int
    json_schema: JsonObject | None = None
    matcher: Any = None


class Row:
    """State of one answer.

    Args:
        caller: Gets the stream.
        request: What to answer.
        decoder: Fresh, one per row.
        stop_ids: Tokens that end a turn.
        think_end_id: Token after which a thinking model's answer begins; None when all of it is.
    """

    def __init__(
        self,
        caller: Caller,
        request: RowRequest,
        decoder: TextDecoder,
        stop_ids: Sequence[int],
        think_end_id: int | None = None,
    ) -> None:
        self.caller = caller
        self.request = request
        self.token_ids: list[int] = []
        self.finish_reason: FinishReason | None = None
        self.prompt_tokens = 0
        self._decoder = decoder
        self._stop_ids = frozenset(stop_ids)
        self._think_end_id = think_end_id
        self._answer_start = 0
        self._shown = ""
        self._began_s = time.monotonic()
        self._first_token_s = 0.0

    @property
    def done(self) -> bool:
        """The row has its answer, or needs none."""
        return self.finish_reason is not None or self.caller.cancelled

    def accept(self, token_id: int) -> bool:
        """Take the next token; return whether the row is over."""
        if self.finish_reason:
            return True
        if self.caller.cancelled:
            return self._finish("cancelled")
        if token_id in self._stop_ids:
            return self._finish("stop")
        self._take(token_id)
        if len(self.token_ids) % CHECK_EVERY == 0 and self._cut_loop():
            return self._finish("loop")
        if len(self.token_ids) >= self.request.max_new_tokens:
            return self._finish("length")
        return False

    def cancel(self) -> None:
        """End a row whose caller left before there was a token."""
        if not self.finish_reason:
            self._finish("cancelled")

    def fail(self, error: Exception) -> None:
        """End the row without an answer, unless it has one."""
        if not self.finish_reason:
            self.finish_reason = "cancelled"
            self.caller.fail(error)

    def _take(self, token_id: int) -> None:
        if not self.token_ids:
            self._first_token_s = time.monotonic() - self._began_s
        self.token_ids.append(token_id)
        text = ""
        if token_id == self._think_end_id:
            self._answer_start, self._think_end_id = len(self.token_ids), None
        elif self._think_end_id is None:
            text = self._decoder.step(token_id)
            self._shown += text
        self.caller.emit({"text": text, "token_ids": [token_id]})

    def _cut_loop(self) -> bool:
        start = repetition_start(self.token_ids, self.request.parameters.loop_tokens)
        if start is not None:
            del self.token_ids[start:]
        return start is not None

    def _finish(self, reason: FinishReason) -> bool:
        self.finish_reason = reason
        thinking = self._think_end_id is not None
        text = "" if thinking else self._decoder.decode(self.token_ids[self._answer_start :])
        if text.startswith(self._shown) and text != self._shown:
            # Bytes that never became a character show up in the full text only.
            self.caller.emit({"text": text[len(self._shown) :], "token_ids": []})
        fields = {
            "text": text,
            "token_ids": self.token_ids,
            "finish_reason": reason,
            "prompt_tokens": self.prompt_tokens,
            "first_token_s": self._first_token_s,
            "total_s": time.monotonic() - self._began_s,
        }
        self.caller.finish(fields)
        return True
