# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Is a page elementary mathematics at all? Worker side.

How it is used: `gate.refuse([vector], [reading], [picture])` before labels are given out. A page
without a letter or digit is refused; any other by one logistic regression over the sentence vector
of its text, the plain facts of its text and those of its pixels (`page_signs.py`). Without a picture
(labels for a known reading) the pixels count as average.

The weights are fitted by `training/negatives/gate_fitting.py` on worksheets and on drawn pictures of
other things; the limit is chosen on layouts and kinds that the fit had not seen. What it leaves out:
pages without text that show only shapes. They are refused, because nothing read supports a label.

Source: the sentence vector as features of a linear classifier follows Reimers and Gurevych,
Sentence-BERT, 2019, section 5 (SentEval).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from chalklens.labelling.page_signs import PIXEL_SIGNS, TEXT_SIGNS, describe_pixels, describe_texts
from chalklens.types import Picture, TextReading

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

SIGNS = TEXT_SIGNS + PIXEL_SIGNS
MAX_DEVIATION = 4.0  # standard deviations: no single sign decides alone
ARRAYS = ("gate_weights", "gate_centre", "gate_spread", "gate_limits")


@dataclass(frozen=True, slots=True)
class MaterialGate:
    """One linear boundary.

    Attributes:
        weights: Of the sentence vector and then of the signs, (width + SIGNS,).
        centre, spread: Mean and standard deviation of the signs, (SIGNS,).
        bias: Added to the weighted sum.
        limit: Pages less probable than this are refused.
    """

    weights: Floats
    centre: Floats
    spread: Floats
    bias: float
    limit: float

    def features(self, vectors: Floats, signs: Floats) -> Floats:
        """Line up sentence vectors (pages, width) and signs (pages, SIGNS), NaN for unknown ones."""
        return np.hstack([vectors, standardize(signs, self.centre, self.spread)])

    def probabilities(self, vectors: Floats, signs: Floats) -> Floats:
        """Probability of elementary mathematics, (pages,), of pages with a letter or digit."""
        scores = self.features(vectors, signs) @ self.weights + self.bias
        return expit(scores).astype(np.float32)

    def refuse(
        self,
        vectors: Floats,
        readings: Sequence[TextReading],
        pictures: Sequence[Picture | None],
    ) -> Flags:
        """Tell which pages are not elementary mathematics, (pages,)."""
        found = self.probabilities(vectors, describe_pages(readings, pictures))
        silent = np.asarray([not has_text(reading) for reading in readings], np.bool_)
        return silent | (found < self.limit)

    def to_arrays(self) -> dict[str, Floats]:
        """The gate as named arrays, for safetensors."""
        limits = np.asarray([self.bias, self.limit], np.float32)
        values = (self.weights, self.centre, self.spread, limits)
        return dict(zip(ARRAYS, values, strict=True))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Floats]) -> "MaterialGate":
        """Rebuild what `to_arrays` gave; other arrays may lie beside.

        Raises:
            KeyError: One is missing.
            ValueError: They do not fit together.
        """
        weights, centre, spread, limits = (arrays[name].astype(np.float32) for name in ARRAYS)
        if centre.shape != (SIGNS,) or spread.shape != (SIGNS,) or limits.shape != (2,):
            raise ValueError(f"the material gate is not one of {SIGNS} signs")
        if weights.ndim != 1 or len(weights) <= SIGNS:
            raise ValueError("the material gate has no weights for the sentence vector")
        return cls(weights, centre, spread, float(limits[0]), float(limits[1]))


def has_text(reading: TextReading) -> bool:
    """Whether there is a letter or digit on the page."""
    return any(character.isalnum() for line in reading.lines for character in line.text)


def describe_pages(readings: Sequence[TextReading], pictures: Sequence[Picture | None]) -> Floats:
    """Signs of texts and pixels, (pages, SIGNS); NaN where there is no picture."""
    pixels = np.full((len(readings), PIXEL_SIGNS), np.nan, np.float32)
    for row, picture in enumerate(pictures):
        if picture is not None:
            pixels[row] = describe_pixels(picture)
    return np.hstack([describe_texts(readings), pixels])


def standardize(signs: Floats, centre: Floats, spread: Floats) -> Floats:
    """In standard deviations from the mean, bounded; unknown signs are average."""
    steps = np.nan_to_num((signs - centre) / spread)
    return np.clip(steps, -MAX_DEVIATION, MAX_DEVIATION).astype(np.float32)
