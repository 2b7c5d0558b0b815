"""Runs one batch of rows through the model.

How it is used: `generate(model, rows, grammars)`; each row streams and finishes on its own, and
the call returns when all are over. One generation at a time for each model: `rope_deltas` is state
inside the module, and a second run would change it. What it leaves out: reuse of keys, values and
picture features between requests; rows that join a running batch.

Rows of a batch are padded on the left. Alone a row gives the ids of plain `model.generate`; in a
batch the sums are taken in another order, which in half precision may decide a near tie otherwise.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Sequence
from typing import Any

import torch
from transformers import LogitsProcessorList, StoppingCriteria, StoppingCriteriaList

from chalklens.engines.grammar import GrammarMask
from chalklens.engines.loading import LoadedModel
from chalklens.engines.parameters import SEED
from chalklens.engines.prompts import encode
from chalklens.engines.rows import Row
from chalklens.engines.sampling import PresencePenalty, generation_config


class Interrupted(Exception):
    """Everybody left while the model was computing."""


class StreamDecoder:
    """Text of one answer as its tokens come in (`rows.TextDecoder`).

    Byte-level tokens may end in the middle of a character: they are held back until it is whole,
    or until `LONGEST_CHARACTER` tokens show that it never will be.
    """

    LONGEST_CHARACTER = 4

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._held: list[int] = []

    def step(self, token_id: int) -> str:
        """Return what one more token makes readable."""
        self._held.append(token_id)
        text = self.decode(self._held)
        if text.endswith("\N{REPLACEMENT CHARACTER}") and len(self._held) < self.LONGEST_CHARACTER:
            return ""
        self._held = []
        return text

    def decode(self, token_ids: Sequence[int]) -> str:
        """Return the whole text."""
        return str(self._tokenizer.decode(list(token_ids), skip_special_tokens=True))


class RowWatch(StoppingCriteria):
    """Hands each new token to its row and tells `generate` which rows are over."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        """Return one boolean for each row."""
        newest = input_ids[:, -1].tolist()
        over = [row.accept(token) for row, token in zip(self._rows, newest, strict=True)]
        return torch.tensor(over, device=input_ids.device)


class Interrupter:
    """Stops the forward pass between two layers when nobody waits any more.

    The stopping criteria only see finished tokens; the first one of a big picture on a CPU takes
    many seconds.
    """

    def __init__(self, model: Any) -> None:
        self.rows: Sequence[Row] = ()
        for name, module in model.named_modules():
            parent, _, last = name.rpartition(".")
            if last.isdigit() and parent.endswith((".layers", ".blocks")):
                module.register_forward_pre_hook(self._check)

    def _check(self, module: Any, arguments: Any) -> None:
        if self.rows and all(row.done for row in self.rows):
            raise Interrupted


def generate(
    model: LoadedModel,
    interrupter: Interrupter,
    rows: Sequence[Row],
    pixel_share: float = 1.0,
) -> None:
    """Answer all rows; their parameters must be alike (`worker.py` groups them).

    Raises:
        InputError: A prompt is longer than the model's context.
        torch.OutOfMemoryError: And other errors of torch, as they are.
    """
    inputs = encode(model, rows, pixel_share)
    config = generation_config(
        rows[0].request.parameters,
        max(row.request.max_new_tokens for row in rows),
        model.stop_ids,
        model.pad_id,
    )
    processors = _processors(model, rows, inputs["input_ids"].shape[1])
    torch.manual_seed(SEED)  # the same question gets the same answer
    interrupter.rows = rows
    try:
        model.model.generate(
            **inputs,
            generation_config=config,
            logits_processor=processors,
            stopping_criteria=StoppingCriteriaList([RowWatch(rows)]),
        )
    except Interrupted:
        for row in rows:
            row.cancel()
    finally:
        interrupter.rows = ()


def _processors(model: LoadedModel, rows: Sequence[Row], prompt_tokens: int) -> LogitsProcessorList:
    found = LogitsProcessorList()
    penalty = rows[0].request.parameters.presence_penalty
    if penalty:
        found.append(PresencePenalty(penalty, prompt_tokens))
    matchers = [row.request.matcher for row in rows]
    if any(matcher is not None for matcher in matchers):
        found.append(GrammarMask(matchers, model.vocabulary))
    return found
