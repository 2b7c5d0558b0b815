# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Embedders and rerankers made of tiny random models, saved as a hub would have them."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chalklens.engines.torchvision_operators import declare_operators
from chalklens.errors import ModelError
from retrieval.embedders import SentenceTransformersEmbedder, create_embedder
from retrieval.rerank import CrossEncoderReranker, QwenReranker, create_reranker

pytestmark = pytest.mark.filterwarnings("ignore")  # what the libraries say of themselves
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "yes", "no", "a", "b", "c", "query", "passage", ":"]
SIZES: Any = {
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_attention_heads": 2,
    "num_hidden_layers": 1,
}


def save_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    ).save_pretrained(folder)


def describe_modules(folder: Path) -> None:
    parts = [("0", "", "Transformer"), ("1", "1_Pooling", "Pooling")]
    modules = [
        {"idx": i, "name": name, "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (name, path, kind) in enumerate(parts)
    ]
    (folder / "modules.json").write_text(json.dumps(modules), "utf-8")
    (folder / "1_Pooling").mkdir()
    pooling = {"word_embedding_dimension": 16, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling), "utf-8")


@pytest.fixture(scope="module")
def embedder_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    declare_operators()
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("models") / "tiny-embedder"
    BertModel(BertConfig(vocab_size=len(WORDS), **SIZES)).save_pretrained(folder)
    save_tokenizer(folder)
    describe_modules(folder)
    prompts = {"prompts": {"query": "query : ", "document": "passage : "}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts), "utf-8")
    return folder


@pytest.fixture(scope="module")
def classifier_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    declare_operators()
    from transformers import BertConfig, BertForSequenceClassification

    folder = tmp_path_factory.mktemp("models") / "tiny-classifier"
    config = BertConfig(vocab_size=len(WORDS), id2label={0: "relevant"}, **SIZES)
    BertForSequenceClassification(config).save_pretrained(folder)
    save_tokenizer(folder)
    return folder


@pytest.fixture(scope="module")
def language_model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    declare_operators()
    from transformers import Qwen3Config, Qwen3ForCausalLM

    folder = tmp_path_factory.mktemp("models") / "tiny-qwen3-reranker"
    config = Qwen3Config(
        vocab_size=len(WORDS), num_key_value_heads=2, head_dim=8, pad_token_id=0, **SIZES
    )
    Qwen3ForCausalLM(config).save_pretrained(folder)
    save_tokenizer(folder)
    return folder


def test_a_model_embeds_questions_and_passages_with_its_own_prompts(embedder_folder: Path) -> None:
    embedder = create_embedder(str(embedder_folder))
    assert isinstance(embedder, SentenceTransformersEmbedder)
    assert (embedder.name, embedder.dimensions) == ("tiny-embedder", 16)
    questions, passages = embedder.encode_queries(["a b"]), embedder.encode_passages(["a b", "c"])
    assert passages.shape == (2, 16)
    assert np.allclose(np.linalg.norm(passages, axis=1), 1, atol=1e-5)
    assert not np.allclose(questions[0], passages[0], atol=1e-4)


def test_an_e5_gets_the_prompts_of_its_model_card(tmp_path: Path, embedder_folder: Path) -> None:
    folder = tmp_path / "tiny-e5-small"
    shutil.copytree(embedder_folder, folder)
    (folder / "config_sentence_transformers.json").unlink()
    e5, plain = create_embedder(str(folder)), create_embedder(str(embedder_folder))
    assert e5 is not None
    assert plain is not None
    assert np.allclose(e5.encode_queries(["a"]), plain.encode_queries(["a"]), atol=1e-5)
    assert np.allclose(e5.encode_passages(["a"]), plain.encode_passages(["a"]), atol=1e-5)


def test_a_random_model_understands_no_chinese(embedder_folder: Path) -> None:
    assert create_embedder(str(embedder_folder)).scripts == {"latin"}  # type: ignore[union-attr]


def test_a_cross_encoder_scores_between_0_and_1_whatever_the_company(
    classifier_folder: Path,
) -> None:
    reranker = create_reranker(str(classifier_folder))
    assert isinstance(reranker, CrossEncoderReranker)
    scores = reranker.score("a", ["b", "c c c c"])
    assert all(0 < score < 1 for score in scores)
    assert reranker.score("a", ["b"])[0] == pytest.approx(scores[0], abs=1e-5)


def test_a_language_model_scores_by_yes_and_no(language_model_folder: Path) -> None:
    reranker = create_reranker(str(language_model_folder))
    assert isinstance(reranker, QwenReranker)
    scores = reranker.score("a", ["b", "c c c c c c"])
    assert all(0 < score < 1 for score in scores)
    assert reranker.score("a", ["b"])[0] == pytest.approx(scores[0], abs=1e-4)


def test_a_passage_without_end_is_cut_and_the_question_is_not(language_model_folder: Path) -> None:
    reranker = create_reranker(str(language_model_folder))
    assert reranker is not None
    long, longer = reranker.score("a", ["b " * 600 + "c", "b " * 900])
    assert long == pytest.approx(longer, abs=1e-5)


def test_weights_that_are_code_are_refused(tmp_path: Path, classifier_folder: Path) -> None:
    folder = tmp_path / "pickled"
    folder.mkdir()
    for file in classifier_folder.iterdir():
        if file.suffix == ".json":
            (folder / file.name).write_bytes(file.read_bytes())
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(ModelError, match="safetensors"):
        create_reranker(str(folder))
    with pytest.raises(ModelError, match="safetensors"):
        create_embedder(str(folder))
