# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""The small model's own tokenizer: byte-level BPE, one token per concept, Qwen3-VL's control tokens.

How it is used: `train_tokenizer(texts, concepts)`; then `encode_answer(tokenizer, labels)` gives the
ids the model learns to write and `tokenizer.decode` gives back JSON that `parse_labels` and the
grammar of `label_json_schema` accept:

    {"Area": ["Addition"], "Scope": ["Base10", "TwoOperands"], "Ability": []}

A concept's token is its id in quotation marks, so that the printed word "Addition" on a sheet stays
text. The brackets between dimensions are one token each, so an answer with seven labels has some
fifteen tokens. Text is read in lower case and digit by digit: layouts differ in capitals, numbers in
their digits.

What it leaves out: capitals in anything the model writes except concepts.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)
from transformers import PreTrainedTokenizerFast

CONTROL_TOKENS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
"""Names and roles as in Qwen3-VL's tokenizer; `<|im_end|>` ends a turn, `<|endoftext|>` pads."""

SEPARATOR = ", "
SCAFFOLD = ('{"Area": [', '], "Scope": [', '], "Ability": [', "]}")
DIMENSION_KEYS = ("area", "scope", "ability")


def train_tokenizer(
    texts: Iterable[str], concepts: Iterable[str], size: int
) -> PreTrainedTokenizerFast:
    """Learn merges from texts and add the answer's tokens.

    Args:
        texts: What the model will read.
        concepts: Ids; each becomes one token, in this order.
        size: Tokens of the BPE, control tokens and bytes among them; fewer when the texts are few.
    """
    core = Tokenizer(models.BPE())
    core.normalizer = normalizers.Lowercase()
    core.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(CONTROL_TOKENS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    core.train_from_iterator(texts, trainer)
    core = _with_unmerged(core, SEPARATOR.replace(" ", "Ġ"))
    answer = [*SCAFFOLD, *(quoted(concept) for concept in concepts)]
    core.add_tokens([AddedToken(token, normalized=False, special=False) for token in answer])
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens=[
            t for t in CONTROL_TOKENS if t not in ("<|im_end|>", "<|endoftext|>")
        ],
        clean_up_tokenization_spaces=False,
    )


def quoted(concept: str) -> str:
    """The text of a concept's token."""
    return f'"{concept}"'


def encode_answer(tokenizer: Any, labels: Mapping[str, Sequence[str]]) -> list[int]:
    """Ids of an answer and the end of the turn.

    Args:
        tokenizer: From `train_tokenizer`.
        labels: Ids per dimension (`area`, `scope`, `ability`).
    """
    parts: list[str] = []
    for opening, key in zip(SCAFFOLD, DIMENSION_KEYS, strict=False):
        parts.append(opening)
        for concept in sorted(labels[key]):
            parts += [quoted(concept), SEPARATOR.replace(" ", "Ġ")]
        if labels[key]:
            parts.pop()
    parts += [SCAFFOLD[-1], "<|im_end|>"]
    return [int(token) for token in tokenizer.convert_tokens_to_ids(parts)]


def _with_unmerged(core: Tokenizer, token: str) -> Tokenizer:
    """Add a token no merge leads to: the model can write it, and no text is ever read as it."""
    content = json.loads(core.to_str())
    content["model"]["vocab"][token] = len(content["model"]["vocab"])
    return Tokenizer.from_str(json.dumps(content))
