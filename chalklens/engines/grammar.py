"""JSON by construction: tokens that would break the schema get no chance.

How it is used: `Grammars(tokenizer, ...)` once per model, `compile(schema)` per request, and one
`GrammarMask` per generation, with a matcher for each row that wants one. xgrammar does the work;
its own Hugging Face processor wants a grammar on every row and stops at rows that ended early,
which a batch of strangers has. What it leaves out: schemas xgrammar does not know.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
import re
from collections.abc import Sequence
from typing import Any

import torch
import xgrammar
from transformers import LogitsProcessor

from chalklens.errors import InputError
from chalklens.types import JsonObject

CACHE_BYTES = 64 << 20


class Grammars:
    """Compiles JSON Schemas for one tokenizer; xgrammar keeps up to 64 MiB of them."""

    def __init__(self, tokenizer: Any, vocabulary: int, stop_ids: Sequence[int]) -> None:
        info = xgrammar.TokenizerInfo.from_huggingface(
            tokenizer, vocab_size=vocabulary, stop_token_ids=list(stop_ids)
        )
        self.vocabulary = vocabulary
        self._compiler = xgrammar.GrammarCompiler(
            info, max_threads=1, cache_limit_bytes=CACHE_BYTES
        )

    def matcher(self, schema: JsonObject) -> Any:
        """Return a fresh matcher for a schema.

        Raises:
            InputError: The schema cannot be compiled.
        """
        try:
            compiled = self._compiler.compile_json_schema(json.dumps(schema), any_whitespace=False)
        except Exception as error:
            # xgrammar puts a time and a source line in front of its messages.
            reason = re.sub(r"^\[\S+\] \S+:\d+: ", "", str(error).partition("\n")[0])
            raise InputError(
                f"The JSON Schema cannot be used: {reason[:200]}",
                "Use plain types, properties, items, enum and required.",
            ) from error
        return xgrammar.GrammarMatcher(compiled)


class GrammarMask(LogitsProcessor):
    """Masks the scores of the rows that have a matcher; scores are (rows, vocabulary)."""

    def __init__(self, matchers: Sequence[Any], vocabulary: int) -> None:
        self._matchers = list(matchers)
        self._mask = xgrammar.allocate_token_bitmask(len(matchers), vocabulary)
        self._began = False

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Take in the tokens chosen last, then forbid what cannot follow."""
        if self._began:
            self._accept(input_ids[:, -1].tolist())
        self._began = True
        self._mask.fill_(-1)  # all bits set: everything is allowed
        for row, matcher in enumerate(self._matchers):
            if matcher is not None:
                matcher.fill_next_token_bitmask(self._mask, row)
        xgrammar.apply_token_bitmask_inplace(scores, self._mask.to(scores.device))
        return scores

    def _accept(self, token_ids: list[int]) -> None:
        for row, matcher in enumerate(self._matchers):
            if matcher is None:
                continue
            # A row that ended is padded on: its padding is no part of the grammar.
            if not matcher.accept_token(token_ids[row]) or matcher.is_terminated():
                self._matchers[row] = None
