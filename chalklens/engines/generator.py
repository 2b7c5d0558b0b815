"""Runs one batch of rows through the model.

How it is used: `generate(model, interrupter, rows)`; each row streams and finishes on its own, and
the call returns when all are over. One generation at a time for each model: `rope_deltas` is state
inside the module, and a second run would change it. A row alone goes on from what an earlier prompt left
behind (`reuse.py`). What it leaves out: rows that join a running batch.

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
from chalklens.engines.reuse import make_key
from chalklens.engines.rows import Row
from chalklens.engines.sampling import PresencePenalty, generation_config

SEEN_ALREADY = ("pixel_values", "image_grid_thw")
"""Inputs that belong to the part of a prompt whose keys and values are known."""


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
    options = {
        "generation_config": config,
        "logits_processor": processors,
        "stopping_criteria": StoppingCriteriaList([RowWatch(rows)]),
    }
    torch.manual_seed(SEED)  # the same question gets the same answer
    interrupter.rows = rows
    try:
        if len(rows) == 1:
            key = make_key(rows[0].request.pictures, int(rows[0].request.max_pixels * pixel_share))
            _generate_on(model, key, inputs, options)
        else:
            model.model.generate(**inputs, **options)
    except Interrupted:
        for row in rows:
            row.cancel()
    finally:
        interrupter.rows = ()


def _generate_on(model: LoadedModel, key: bytes, inputs: Any, options: dict[str, Any]) -> None:
    """Answer one row, going on from the longest beginning of its prompt that is known."""
    token_ids = inputs["input_ids"][0].tolist()
    kinds = inputs["mm_token_type_ids"][0].nonzero()
    prefix = model.reuse.prefixes.find(key, token_ids, int(kinds.max()) + 1 if len(kinds) else 0)
    if prefix.tokens:
        inputs = {**inputs, "position_ids": _find_positions(model, inputs)}
        inputs = {name: value for name, value in inputs.items() if name not in SEEN_ALREADY}
    try:
        with model.reuse.features.known_as(key):
            model.model.generate(**inputs, cache=prefix.cache, **options)
    except Interrupted:
        model.reuse.prefixes.keep(key, token_ids, prefix)
        raise
    model.reuse.prefixes.keep(key, token_ids, prefix)


def _find_positions(model: LoadedModel, inputs: Any) -> torch.Tensor:
    """Positions of a whole prompt, (4, 1, tokens): running, then time, height, width (M-RoPE)."""
    ids, mask = inputs["input_ids"], inputs["attention_mask"]
    running = mask.long().cumsum(-1) - 1
    inner = model.base.model
    if "image_grid_thw" not in inputs:
        inner.rope_deltas = torch.zeros_like(ids[:, :1])
        return running.expand(4, -1, -1)
    places, inner.rope_deltas = inner.get_rope_index(
        ids,
        image_grid_thw=inputs["image_grid_thw"],
        attention_mask=mask,
        mm_token_type_ids=inputs["mm_token_type_ids"],
    )
    return torch.cat([running[None], places])


def _processors(model: LoadedModel, rows: Sequence[Row], prompt_tokens: int) -> LogitsProcessorList:
    found = LogitsProcessorList()
    penalty = rows[0].request.parameters.presence_penalty
    if penalty:
        found.append(PresencePenalty(penalty, prompt_tokens))
    matchers = [row.request.matcher for row in rows]
    if any(matcher is not None for matcher in matchers):
        found.append(GrammarMask(matchers, model.vocabulary))
    return found
