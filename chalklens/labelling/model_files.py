# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""A `SheetModel` on disk: safetensors and JSON. Worker side.

How it is used: `save_model(model, folder)`, `load_model(folder)`. `model.safetensors` holds heads in
float16, idf, thumbnail axes and codes, tower and gate; `config.json` names, calibration and limits;
`vocabulary.json` terms in the order of their columns. Nothing in them is code. What it leaves out: older formats; weights and
code ship together.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from chalklens.errors import ModelError
from chalklens.labelling.decision import DecisionRule
from chalklens.labelling.encoder import SentenceEncoder
from chalklens.labelling.experts import Experts, Familiarity
from chalklens.labelling.features import BlockWeights, PageFeatures, TermWeights
from chalklens.labelling.figure_tower import FigureTower
from chalklens.labelling.heads import LabelHeads
from chalklens.labelling.label_texts import MATCHES, LabelTexts
from chalklens.labelling.material_gate import SIGNS, MaterialGate
from chalklens.labelling.observations import Encoder, Observer
from chalklens.labelling.page_facts import FACT_NAMES
from chalklens.labelling.sheet_model import SheetModel
from chalklens.labelling.thumbnail import PIXELS

Floats = NDArray[np.float32]

FORMAT = 3
FILES = ("model.safetensors", "config.json", "vocabulary.json")
REVISION_CHARACTERS = 12
CODE_STEPS = 127  # codes are unit vectors: eight bits a number cost less than 0.01 of correlation
TOWER = "tower."  # before the names of the figure tower's arrays
FACTS = len(FACT_NAMES)


def save_model(model: SheetModel, folder: Path) -> None:
    """Write the three files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.safetensors").write_bytes(save(_arrays(model)))
    terms = {"raw": model.features.raw.terms, "shape": model.features.shape.terms}
    _write(folder / "vocabulary.json", terms, indent=0)
    _write(folder / "config.json", _config(model), indent=1)


def _arrays(model: SheetModel) -> dict[str, NDArray[Any]]:
    features, experts = model.features, model.experts
    codes = np.rint(experts.familiarity.codes * CODE_STEPS).astype(np.int8)
    arrays: dict[str, NDArray[Any]] = {
        "general_weights": experts.general.weights.astype(np.float16),
        "general_bias": experts.general.bias.astype(np.float32),
        "familiar_weights": experts.familiar.weights.astype(np.float16),
        "familiar_bias": experts.familiar.bias.astype(np.float32),
        "familiarity_codes": codes,
        "raw_idf": features.raw.idf,
        "shape_idf": features.shape.idf,
        "fact_means": features.fact_means.astype(np.float32),
        "thumbnail_axes": features.thumbnail_axes.astype(np.float16),
        "definitions": model.label_texts.definitions.astype(np.float16),
    }
    tower = model.observer.tower
    if isinstance(tower, FigureTower):
        arrays |= {TOWER + name: a.astype(np.float16) for name, a in tower.weights.items()}
    return arrays | model.gate.to_arrays()


def _config(model: SheetModel) -> dict[str, Any]:
    features, experts, rule = model.features, model.experts, model.rule
    tower = model.observer.tower
    return {
        "format": FORMAT,
        "name": model.name,
        "ontology": model.ontology,
        "block_weights": asdict(features.weights),
        "sentence_width": features.sentence_width,
        "figures": list(tower.kinds) if tower else [],
        "general": [experts.general.slope, experts.general.shift, experts.general.matching],
        "familiar": [experts.familiar.slope, experts.familiar.shift, experts.familiar.matching],
        "familiarity": [experts.familiarity.slope, experts.familiarity.shift],
        "threshold": rule.threshold,
        "low_confidence_below": rule.low_confidence_below,
        "contradictions": sorted(sorted(pair) for pair in rule.contradictions),
        "labels": [[id_, model.dimensions[id_]] for id_ in rule.labels],
        "facts": dict(model.facts),
    }


def load_model(folder: Path, encoder: Encoder | None = None) -> SheetModel:
    """Read the three files; `encoder` is for tests, the real one is loaded otherwise.

    Raises:
        ModelError: One is missing, damaged or of another format.
    """
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        terms = json.loads((folder / "vocabulary.json").read_text("utf-8"))
        arrays = load_file(folder / "model.safetensors")
        if config["format"] != FORMAT:
            raise ValueError(f"format {config['format']} instead of {FORMAT}")
        return _assemble(folder, config, terms, arrays, encoder)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ModelError(
            f"The labeller's weights in {folder.name} cannot be used ({error}).",
            "Reinstall chalklens, or train them again with `chalklens train labeller`.",
        ) from None


def _assemble(
    folder: Path,
    config: Mapping[str, Any],
    terms: Mapping[str, list[str]],
    arrays: Mapping[str, Floats],
    encoder: Encoder | None,
) -> SheetModel:
    model = SheetModel(
        name=config["name"],
        ontology=config["ontology"],
        observer=Observer(encoder or SentenceEncoder.load(), _load_tower(config, arrays)),
        features=_load_features(config, terms, arrays),
        label_texts=_load_label_texts(config, arrays),
        experts=_load_experts(config, arrays),
        rule=_load_rule(config),
        gate=MaterialGate.from_arrays(arrays),
        dimensions=dict(config["labels"]),
        facts=config["facts"],
        revision=hash_files(folder),
    )
    _check(model)
    return model


def _load_features(
    config: Mapping[str, Any], terms: Mapping[str, list[str]], arrays: Mapping[str, Floats]
) -> PageFeatures:
    return PageFeatures(
        TermWeights(tuple(terms["raw"]), arrays["raw_idf"]),
        TermWeights(tuple(terms["shape"]), arrays["shape_idf"]),
        arrays["fact_means"],
        arrays["thumbnail_axes"].astype(np.float32),
        BlockWeights(**config["block_weights"]),
        config["sentence_width"],
        len(config["figures"]),
    )


def _load_label_texts(config: Mapping[str, Any], arrays: Mapping[str, Floats]) -> LabelTexts:
    labels = [id_ for id_, _ in config["labels"]]
    return LabelTexts.of(labels, arrays["definitions"].astype(np.float32))


def _load_experts(config: Mapping[str, Any], arrays: Mapping[str, Floats]) -> Experts:
    general, familiar = (
        LabelHeads(
            arrays[f"{name}_weights"].astype(np.float32),
            arrays[f"{name}_bias"],
            slope,
            shift,
            tuple(matching),
        )
        for name, (slope, shift, matching) in ((n, config[n]) for n in ("general", "familiar"))
    )
    codes = arrays["familiarity_codes"].astype(np.float32) / np.float32(CODE_STEPS)
    return Experts(general, familiar, Familiarity(codes, *config["familiarity"]))


def _load_rule(config: Mapping[str, Any]) -> DecisionRule:
    return DecisionRule(
        tuple(id_ for id_, _ in config["labels"]),
        config["threshold"],
        config["low_confidence_below"],
        frozenset(frozenset(pair) for pair in config["contradictions"]),
    )


def _load_tower(config: Mapping[str, Any], arrays: Mapping[str, Floats]) -> FigureTower | None:
    if not config["figures"]:
        return None
    own = {name.removeprefix(TOWER): a for name, a in arrays.items() if name.startswith(TOWER)}
    return FigureTower.from_arrays(own, tuple(config["figures"]))


def _check(model: SheetModel) -> None:
    """Raise ValueError unless the three files, the encoder and the code belong together."""
    features, experts, labels = model.features, model.experts, len(model.rule.labels)
    axes, encoder_width = len(features.thumbnail_axes), model.observer.encoder.width
    general, familiar = experts.general, experts.familiar
    shapes = {
        "vocabulary": (features.raw.idf.shape, (len(features.raw.terms),)),
        "vocabulary of shapes": (features.shape.idf.shape, (len(features.shape.terms),)),
        "general heads": (general.weights.shape, (features.general_width, labels)),
        "familiar heads": (familiar.weights.shape, (features.width, labels)),
        "biases": ((*general.bias.shape, *familiar.bias.shape), (labels, labels)),
        "matching": ((len(general.matching), len(familiar.matching)), (MATCHES, MATCHES)),
        "thumbnail axes": (features.thumbnail_axes.shape, (axes, PIXELS)),
        "thumbnail codes": (experts.familiarity.codes.shape[1:], (axes,)),
        "sentence encoder": (encoder_width, features.sentence_width),
        "definitions": (model.label_texts.definitions.shape, (labels, encoder_width)),
        "gate": (model.gate.weights.shape, (features.sentence_width + SIGNS,)),
        "facts": (len(features.fact_means) if features.weights.facts else FACTS, FACTS),
    }
    for name, (found, expected) in shapes.items():
        if found != expected:
            raise ValueError(f"the {name} do not fit the rest: {found} instead of {expected}")


def hash_files(folder: Path) -> str:
    """Content hash of a weights folder: what a result names as revision."""
    digest = hashlib.sha256()
    for name in FILES:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:REVISION_CHARACTERS]


def _write(file: Path, content: Any, indent: int) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False, indent=indent) + "\n", "utf-8")
