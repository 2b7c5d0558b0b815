# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""The embedded labeller's weights put together: from page texts to labels. Worker side.

How it is used: `SheetModel.load(folder).label(texts)`; the recipe makes one and calls `save`. A
folder holds `model.safetensors` (heads in float16, idf, anchors), `config.json` (label names,
calibration, limits) and `vocabulary.json` (terms in the order of their columns); nothing in it is
code. What it leaves out: reading, and how the numbers were found (`training/labeller`).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from chalklens.errors import ModelError
from chalklens.labelling.encoder import SentenceEncoder
from chalklens.labelling.features import Encoder, PageFeatures, TermWeights
from chalklens.labelling.heads import LabelHeads
from chalklens.labelling.material import MaterialGate
from chalklens.labelling.wire import SheetLabels
from chalklens.types import LabelSet

Floats = NDArray[np.float32]

FORMAT = 1
FILES = ("model.safetensors", "config.json", "vocabulary.json")
REVISION_CHARACTERS = 12


@dataclass(frozen=True, slots=True)
class SheetModel:
    """Features, heads and gate, and what they are called.

    Attributes:
        name: Name of the weights.
        ontology: Version of the vocabulary the labels are in.
        dimensions: `area`, `scope` or `ability` of each label.
        low_confidence_below: Mean probability of the chosen labels under which a page is expected to
            be less than half right.
        revision: Content hash of the files, empty until saved or loaded.
    """

    name: str
    ontology: str
    features: PageFeatures
    heads: LabelHeads
    gate: MaterialGate
    dimensions: Mapping[str, str]
    low_confidence_below: float
    revision: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def label(self, texts: Sequence[str]) -> list[SheetLabels]:
        """Label the texts of pages."""
        rows = self.features.compute(texts)
        vectors = rows[:, -self.features.encoder.width :].toarray() / self.features.encoder_weight
        probabilities = self.heads.probabilities(rows)
        similarities = self.gate.similarities(vectors)
        return [
            self._decide(text, float(similarity), row)
            for text, similarity, row in zip(texts, similarities, probabilities, strict=True)
        ]

    def _decide(self, text: str, similarity: float, probabilities: Floats) -> SheetLabels:
        if self.gate.refuses(text, similarity, float(probabilities.max())):
            return SheetLabels(LabelSet(), {}, unsupported=True)
        chosen = self.heads.choose(probabilities)
        unsure = sum(chosen.values()) / len(chosen) < self.low_confidence_below
        return SheetLabels(self._sort(chosen), chosen, low_confidence=unsure)

    def _sort(self, ids: Mapping[str, float]) -> LabelSet:
        areas, scopes, abilities = (
            tuple(sorted(id_ for id_ in ids if self.dimensions[id_] == name))
            for name in ("area", "scope", "ability")
        )
        return LabelSet(areas, scopes, abilities)

    def save(self, folder: Path) -> None:
        """Write the three files."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays = save(
            {
                "weights": self.heads.weights.astype(np.float16),
                "bias": self.heads.bias.astype(np.float32),
                "raw_idf": self.features.raw.idf,
                "shape_idf": self.features.shape.idf,
                "anchors": self.gate.anchors.astype(np.float16),
            }
        )
        (folder / "model.safetensors").write_bytes(arrays)
        vocabulary = {"raw": self.features.raw.terms, "shape": self.features.shape.terms}
        _write(folder / "vocabulary.json", vocabulary, indent=0)
        _write(folder / "config.json", self._config(), indent=1)

    def _config(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "name": self.name,
            "ontology": self.ontology,
            "encoder_weight": self.features.encoder_weight,
            "slope": self.heads.slope,
            "shift": self.heads.shift,
            "threshold": self.heads.threshold,
            "low_confidence_below": self.low_confidence_below,
            "min_support": self.gate.min_support,
            "facts": dict(self.facts),
            "labels": [[id_, self.dimensions[id_]] for id_ in self.heads.labels],
        }

    @classmethod
    def load(cls, folder: Path, encoder: Encoder | None = None) -> "SheetModel":
        """Read the three files; `encoder` is for tests, the real one is loaded otherwise.

        Raises:
            ModelError: A file is missing, damaged or of another format.
        """
        try:
            config = json.loads((folder / "config.json").read_text("utf-8"))
            terms = json.loads((folder / "vocabulary.json").read_text("utf-8"))
            arrays = load_file(folder / "model.safetensors")
            _check(config, terms, arrays)
            features = _load_features(config, terms, arrays, encoder or SentenceEncoder.load())
            return cls(
                config["name"],
                config["ontology"],
                features,
                _load_heads(config, arrays),
                MaterialGate(arrays["anchors"].astype(np.float32), config["min_support"]),
                dict(config["labels"]),
                config["low_confidence_below"],
                hash_files(folder),
                config["facts"],
            )
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise ModelError(
                f"The labeller's weights in {folder.name} cannot be used ({error}).",
                "Reinstall chalklens, or train them again with `chalklens train labeller`.",
            ) from None


def _load_features(
    config: Mapping[str, Any],
    terms: Mapping[str, list[str]],
    arrays: Mapping[str, Floats],
    encoder: Encoder,
) -> PageFeatures:
    raw = TermWeights(tuple(terms["raw"]), arrays["raw_idf"])
    shape = TermWeights(tuple(terms["shape"]), arrays["shape_idf"])
    return PageFeatures(encoder, raw, shape, config["encoder_weight"])


def _load_heads(config: Mapping[str, Any], arrays: Mapping[str, Floats]) -> LabelHeads:
    return LabelHeads(
        tuple(id_ for id_, _ in config["labels"]),
        arrays["weights"].astype(np.float32),
        arrays["bias"],
        config["slope"],
        config["shift"],
        config["threshold"],
    )


def hash_files(folder: Path) -> str:
    """Content hash of a weights folder: what a result names as revision."""
    digest = hashlib.sha256()
    for name in FILES:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:REVISION_CHARACTERS]


def _check(config: Mapping[str, Any], terms: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Raise ValueError unless the three files belong together."""
    if config["format"] != FORMAT:
        raise ValueError(f"format {config['format']} instead of {FORMAT}")
    columns = len(terms["raw"]) + len(terms["shape"]) + arrays["anchors"].shape[1]
    if arrays["weights"].shape != (columns, len(config["labels"])):
        raise ValueError("vocabulary and heads do not fit together")


def _write(file: Path, content: Any, indent: int) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False, indent=indent) + "\n", "utf-8")
