"""The embedded labeller put together: from pages to labels. Worker side.

How it is used: `load_model(folder).label([Page(picture, reading)])`, with `load_model` from
`model_files.py`; the recipe makes one and saves it there. What it leaves out: files, reading, and how
the numbers were found (`training/labeller`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalklens.labelling.decision import DecisionRule
from chalklens.labelling.evidence import EvidenceSearch, PlacedFigure, place_figures
from chalklens.labelling.experts import Experts
from chalklens.labelling.features import PageFeatures
from chalklens.labelling.label_texts import LabelTexts
from chalklens.labelling.material_gate import MaterialGate
from chalklens.labelling.observations import Observations, Observer, Page
from chalklens.labelling.wire import SheetLabels
from chalklens.types import LabelSet, Picture

Floats = NDArray[np.float32]

RECOGNISED = 0.5
"""Share of the familiar heads from which a page is a worksheet, whatever the gate says of its text."""
SURE_FIGURE = 0.5
"""Probability from which a figure is shown as evidence."""
MIN_SIDE_PX = 48
"""Below it nobody can read a sheet; the smallest training page has 60."""


@dataclass(frozen=True, slots=True)
class SheetModel:
    """Everything between a page and its labels.

    Attributes:
        name: Name of the weights.
        ontology: Version of the vocabulary the labels are in.
        observer: Makes the observations.
        features: Turns them into rows.
        label_texts: Names and definitions of the labels.
        experts: Heads on these rows.
        rule: Chooses labels.
        gate: Tells what is not elementary mathematics.
        dimensions: `area`, `scope` or `ability` of each label.
        facts: What the recipe measured, for people.
        revision: Content hash of the files, empty until saved or loaded.
    """

    name: str
    ontology: str
    observer: Observer
    features: PageFeatures
    label_texts: LabelTexts
    experts: Experts
    rule: DecisionRule
    gate: MaterialGate
    dimensions: Mapping[str, str]
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    revision: str = ""

    def label(self, pages: Sequence[Page]) -> list[SheetLabels]:
        """Label pages."""
        observed = self.observer.observe(pages)
        probabilities, shares = self.judge(observed)
        readings, pictures = [p.reading for p in pages], [p.picture for p in pages]
        strange = self.gate.refuse(observed.sentences, readings, pictures)
        refused = strange & (shares < RECOGNISED)
        return [
            SheetLabels(LabelSet(), {}, unsupported=True)
            if refused[i]
            else self._decide(page, probabilities[i], float(shares[i]))
            for i, page in enumerate(pages)
        ]

    def judge(self, observed: Observations) -> tuple[Floats, Floats]:
        """Return probabilities (pages, labels) and the familiar heads' shares (pages,)."""
        codes = self.features.encode_thumbnails(observed)
        matches = self.label_texts.match(observed.texts, observed.sentences)
        return self.experts.judge(self.features.compute(observed, codes), codes, matches)

    def _decide(self, page: Page, probabilities: Floats, share: float) -> SheetLabels:
        chosen = self.rule.choose(probabilities)
        columns = {
            label: self.experts.weigh_columns(share, self.rule.labels.index(label))
            for label in chosen
        }
        return SheetLabels(
            labels=self._sort(chosen),
            confidence=chosen,
            low_confidence=self.rule.is_unsure(probabilities, chosen) or is_tiny(page.picture),
            probabilities=self.rule.report(probabilities),
            evidence=EvidenceSearch(self.features, page.reading, self._find_figures(page)).search(
                columns
            ),
        )

    def _find_figures(self, page: Page) -> list[PlacedFigure]:
        tower = self.observer.tower
        if tower is None or not self.features.weights.figures:
            return []
        found = tower.locate(page.picture, SURE_FIGURE)
        return place_figures(self.features, tower.kinds, found)

    def _sort(self, ids: Mapping[str, float]) -> LabelSet:
        areas, scopes, abilities = (
            tuple(sorted(id_ for id_ in ids if self.dimensions[id_] == name))
            for name in ("area", "scope", "ability")
        )
        return LabelSet(areas, scopes, abilities)


def is_tiny(picture: Picture) -> bool:
    """Whether a picture is too small for its labels to be relied on."""
    return min(picture.width_px, picture.height_px) < MIN_SIDE_PX
