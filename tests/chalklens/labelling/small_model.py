# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""A labeller small enough to be made by hand, for tests that need one but no training."""

import numpy as np
from numpy.typing import NDArray

from chalklens.labelling.decision import DecisionRule
from chalklens.labelling.experts import Experts, Familiarity
from chalklens.labelling.features import BlockWeights, PageFeatures, TermWeights, mask_digits
from chalklens.labelling.figure_tower import FigureTower, array_shapes
from chalklens.labelling.heads import LabelHeads
from chalklens.labelling.label_texts import LabelTexts
from chalklens.labelling.material_gate import SIGNS, MaterialGate
from chalklens.labelling.observations import Encoder, FigureFinder, Observations, Observer, Page
from chalklens.labelling.sheet_model import SheetModel
from tests.chalklens.labelling.sheets import (
    CLOCKS,
    SUMS,
    LetterEncoder,
    make_reading,
    make_texts,
    paint,
    to_picture,
)

LABELS = tuple(sorted({*SUMS, *CLOCKS}))
DIMENSIONS = {
    id_: name
    for labels in (SUMS, CLOCKS)
    for id_, name in zip(labels, ("area", "scope", "ability"), strict=True)
}
ALL_BLOCKS = BlockWeights(sentence=1.5, facts=0.5, figures=0.5, thumbnail=1.0)
FIGURES = ("clock", "coin")
AXES = 5


def make_pages() -> list[Page]:
    """The pages of the small corpus."""
    return [
        Page(to_picture(paint(number, view)), make_reading(text))
        for number, (text, view, _) in enumerate(make_texts())
    ]


def make_targets() -> NDArray[np.bool_]:
    """Their labels, (pages, labels)."""
    return np.asarray([[id_ in labels for id_ in LABELS] for _, _, labels in make_texts()])


def make_gate(width: int) -> MaterialGate:
    """Lets every page with a letter or digit pass."""
    weights, centre = np.zeros(width + SIGNS, np.float32), np.zeros(SIGNS, np.float32)
    return MaterialGate(weights, centre, np.ones(SIGNS, np.float32), 4.0, 0.5)


def make_tower() -> FigureTower:
    """A figure tower that has learnt nothing."""
    generator = np.random.default_rng(5)
    arrays = {
        name: generator.normal(0, 0.05, shape).astype(np.float16)
        for name, shape in array_shapes(len(FIGURES)).items()
    }
    return FigureTower.from_arrays(arrays, FIGURES)


def make_features(seen: Observations, blocks: BlockWeights = ALL_BLOCKS) -> PageFeatures:
    """Features for the given pages."""
    texts = [text.lower() for text in seen.texts]
    return PageFeatures(
        TermWeights.fit(texts, 1, 1000),
        TermWeights.fit(map(mask_digits, texts), 1, 1000),
        seen.facts.mean(0),
        np.linalg.svd(seen.thumbnails, full_matrices=False)[2][:AXES],
        blocks,
        seen.sentences.shape[1],
        seen.figures.shape[1],
    )


def make_model(
    *,
    encoder: Encoder | None = None,
    tower: FigureFinder | None = None,
    blocks: BlockWeights = ALL_BLOCKS,
) -> SheetModel:
    """Heads that point to the mean of each label's pages of the small corpus."""
    observer = Observer(encoder or LetterEncoder(), tower)
    seen = observer.observe(make_pages())
    features = make_features(seen, blocks)
    signs = np.where(make_targets(), 1, -1).astype(np.float32)
    weights = features.compute(seen).T @ signs / 9
    bias = np.zeros(len(LABELS), np.float32)
    return SheetModel(
        name="small",
        ontology="0.21.0",
        observer=observer,
        features=features,
        label_texts=LabelTexts.build(LABELS, observer.encoder),
        experts=Experts(
            LabelHeads(weights[: features.general_width], bias, 1.5, -0.1),
            LabelHeads(weights, bias, 2.0, 0.1),
            Familiarity(features.encode_thumbnails(seen), 8.0, -5.0),
        ),
        rule=DecisionRule(LABELS, 0.5, 0.6, frozenset({frozenset(("Addition", "AnalogClock"))})),
        gate=make_gate(observer.encoder.width),
        dimensions=DIMENSIONS,
        facts={"seed": 0},
    )
