"""The recipe's stage for refusal: negatives drawn and read, the material gate fitted.

How it is used: `fit_material_gate(prepared, progress)`. Negatives are read by the same reader as
worksheets, in this process, and kept in the same cache. What it leaves out: drawing and fitting
(`training/negatives`).
"""

from collections.abc import Callable
from dataclasses import replace

from chalklens.training.labeller.preparation import Prepared
from chalklens.training.labeller.settings import Progress
from chalklens.training.negatives.gate_fitting import FittedGate, GateSettings, fit_gate
from chalklens.training.negatives.gate_pages import (
    GateMaterial,
    gather_negatives,
    gather_sheets,
)

GateSource = Callable[[Prepared, Progress], FittedGate]


def fit_material_gate(prepared: Prepared, progress: Progress) -> FittedGate:
    """Draw, read and fit.

    Raises:
        InputError: A picture of the corpus is missing.
    """
    from chalklens.reading.recognizer import TextRecognizer

    recipe = prepared.recipe
    material = replace(GateMaterial(), seed=recipe.seed)
    sheets = gather_sheets(prepared.sheets, prepared.readings, prepared.corpus.load, material)
    negatives = gather_negatives(prepared.cached, TextRecognizer(1).read, progress, material)
    progress(1, 2, "fitting the material gate")
    settings = GateSettings(seed=recipe.seed)
    fitted = fit_gate(sheets, negatives, prepared.observer.encoder, settings)
    progress(2, 2, "fitting the material gate")
    return fitted
