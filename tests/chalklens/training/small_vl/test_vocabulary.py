# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""The small model's tokenizer and the answers it writes."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from chalklens.edugraph.labels import parse_labels
from chalklens.edugraph.ontology import Ontology
from chalklens.training.small_vl.vocabulary import (
    CONTROL_TOKENS,
    encode_answer,
    quoted,
    train_tokenizer,
)

ONTOLOGY = Ontology.load()
TEXTS = ["Add the numbers. 3 + 9 =", "What time does the clock show?", "Count the apples."]
TOKENIZER: Any = train_tokenizer(TEXTS, ONTOLOGY.concepts, 400)


def test_every_concept_is_one_token() -> None:
    lengths = {len(TOKENIZER.encode(quoted(id_))) for id_ in ONTOLOGY.concepts}
    ids = {TOKENIZER.convert_tokens_to_ids(quoted(id_)) for id_ in ONTOLOGY.concepts}
    assert lengths == {1}
    assert len(ids) == len(ONTOLOGY.concepts) == 729


@settings(max_examples=30)
@given(st.sets(st.sampled_from(sorted(ONTOLOGY.concepts)), max_size=12))
def test_an_answer_decodes_to_json_with_the_same_labels(chosen: set[str]) -> None:
    labels = {
        key: [id_ for id_ in chosen if ONTOLOGY[id_].dimension.lower() == key]
        for key in ("area", "scope", "ability")
    }
    ids = encode_answer(TOKENIZER, labels)
    parsed = parse_labels(TOKENIZER.decode(ids, skip_special_tokens=True), ONTOLOGY)
    assert set(parsed.labels.ids) == chosen
    assert not parsed.rejected
    assert not parsed.truncated
    assert len(ids) <= 2 * len(chosen) + 5


def test_a_printed_word_is_no_answer() -> None:
    printed = TOKENIZER.encode("Addition, Subtraction")
    answers = TOKENIZER.convert_tokens_to_ids([quoted("Addition"), quoted("Subtraction"), ",Ġ"])
    assert not set(printed) & set(answers)


@settings(max_examples=50)
@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_text_comes_back_in_lower_case(text: str) -> None:
    if any(token in text for token in CONTROL_TOKENS):
        return
    normal = TOKENIZER.backend_tokenizer.normalizer.normalize_str(text)
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == normal


def test_digits_are_read_one_by_one() -> None:
    assert TOKENIZER.tokenize("1234")[-4:] == ["1", "2", "3", "4"]


def test_the_control_tokens_are_those_of_qwen3_vl_and_stay_so_on_disk(tmp_path: Path) -> None:
    TOKENIZER.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path, local_files_only=True)
    assert [loaded.encode(token) for token in CONTROL_TOKENS] == [[i] for i in range(8)]
    assert (loaded.eos_token, loaded.pad_token) == ("<|im_end|>", "<|endoftext|>")
    answer = {"area": ["Addition"], "scope": ["Base10", "TwoOperands"], "ability": []}
    assert encode_answer(loaded, answer) == encode_answer(TOKENIZER, answer)
    assert set(CONTROL_TOKENS) <= set(loaded.all_special_tokens)


@pytest.mark.parametrize("text", ["", "\n", "😀"])
def test_odd_texts_are_read(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text
