"""`chalklens train labeller`: from labelled pictures to the weights of the embedded labeller.

How it is used: `train_labeller(LabellerRecipe(data, out, cache), progress)`. Stages: read the
pictures, render sheets, train the figure tower, observe all pages, cross-validate over whole views of
`train`, calibrate on pages held out there, fit the material gate, fit on everything, save. What each
stage makes is kept in `cache`: run it again after an interruption and it continues. With the same
data, versions and seed one machine gives the same weights. `val` and `dev_views` are not opened.

What it leaves out: scoring (`evaluation/labels.py`), taking parts away (`ablation.py`).
"""

from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from chalklens.labelling.decision import DecisionRule, find_contradictions
from chalklens.labelling.experts import Experts, Familiarity
from chalklens.labelling.features import PageFeatures
from chalklens.labelling.heads import LabelHeads
from chalklens.labelling.model_files import hash_files, save_model
from chalklens.labelling.observations import Encoder
from chalklens.labelling.sheet_model import SheetModel
from chalklens.reading.cache import ReadingCache
from chalklens.training.labeller.assembly import fit_familiar, fit_features, fit_general
from chalklens.training.labeller.calibration import Calibration, calibrate
from chalklens.training.labeller.cross_validation import Validation
from chalklens.training.labeller.material import GateSource, fit_material_gate
from chalklens.training.labeller.plots import write_plots
from chalklens.training.labeller.preparation import Prepared, prepare
from chalklens.training.labeller.settings import LabellerRecipe, Progress
from chalklens.training.negatives.gate_fitting import FittedGate

NAME = "chalklens-labeller-2"


@dataclass(frozen=True, slots=True)
class TrainedLabeller:
    """What a run gives.

    Attributes:
        folder: Where the weights are.
        revision: Their content hash.
        calibration: Measured on pages left out of `train`.
    """

    folder: Path
    revision: str
    calibration: Calibration


def train_labeller(
    recipe: LabellerRecipe,
    progress: Progress,
    *,
    encoder: Encoder | None = None,
    readings: ReadingCache | None = None,
    gate: GateSource = fit_material_gate,
) -> TrainedLabeller:
    """Run the whole recipe.

    Args:
        recipe: What to train on, and how.
        progress: Called often.
        encoder: Instead of MiniLM.
        readings: Instead of the cache's `readings.jsonl`.
        gate: Instead of the real gate, which needs a reader for its negatives.

    Raises:
        InputError: The corpus is incomplete.
        TimeLimitError, WorkerError: A picture could not be read.
    """
    prepared = prepare(recipe, progress, encoder=encoder, readings=readings)
    calibration = calibrate_on_left_out(prepared, progress)
    prepared.journal.write("calibration", **asdict(recipe.candidate), **calibration.facts())
    for pages, bins in calibration.reliability.items():
        prepared.journal.write("reliability", pages=pages, bins=bins)
    with closing(prepared.corpus):
        fitted_gate = gate(prepared, progress)
    prepared.journal.write("gate", **fitted_gate.facts())
    model = fit_model(prepared, calibration, fitted_gate, progress)
    return _save(model, prepared, calibration)


def calibrate_on_left_out(prepared: Prepared, progress: Progress) -> Calibration:
    """Score pages left out of fits, and fit calibration and threshold on them."""
    recipe = prepared.recipe
    validation = Validation(
        prepared.worksheets,
        prepared.rendered,
        recipe.fit_settings,
        recipe.folds,
        recipe.cache,
        progress,
    )
    unseen = validation.score_unseen(recipe.candidate)
    known = validation.score_known(recipe.candidate)
    pages = prepared.worksheets
    matches = prepared.label_texts.match(pages.observed.texts, pages.observed.sentences)
    return calibrate(unseen, known, pages.targets, matches)


def fit_model(
    prepared: Prepared, calibration: Calibration, gate: FittedGate, progress: Progress
) -> SheetModel:
    """Fit on everything, and put together what ships."""
    recipe, sheets = prepared.recipe, prepared.worksheets
    features = fit_features(sheets, prepared.rendered, recipe.candidate, recipe.fit_settings)
    return SheetModel(
        name=NAME,
        ontology=prepared.sheets[0].ontology,
        observer=prepared.observer,
        features=features,
        label_texts=prepared.label_texts,
        experts=_fit_experts(prepared, features, calibration, progress),
        rule=DecisionRule(
            sheets.labels,
            calibration.threshold,
            calibration.low_confidence_below,
            find_contradictions(sheets.labels),
        ),
        gate=gate.gate,
        dimensions={id_: name for sheet in prepared.sheets for id_, name in sheet.dimensions},
        facts={**prepared.facts(), "left_out": calibration.facts(), "gate": gate.facts()},
    )


def _fit_experts(
    prepared: Prepared, features: PageFeatures, calibration: Calibration, progress: Progress
) -> Experts:
    candidate, settings = prepared.recipe.candidate, prepared.recipe.fit_settings
    sheets, rendered, journal = prepared.worksheets, prepared.rendered, prepared.journal
    with journal.record_losses("general") as record:
        general = fit_general(features, sheets, rendered, candidate, settings, progress, record)
    with journal.record_losses("familiar") as record:
        familiar = fit_familiar(features, sheets, candidate, settings, progress, record)
    return Experts(
        LabelHeads(general.weights, general.bias, *calibration.general),
        LabelHeads(familiar.weights, familiar.bias, *calibration.familiar),
        Familiarity(features.encode_thumbnails(sheets.observed), *calibration.familiarity),
    )


def _save(model: SheetModel, prepared: Prepared, calibration: Calibration) -> TrainedLabeller:
    folder, features = prepared.recipe.out, model.features
    save_model(model, folder)
    revision = hash_files(folder)
    prepared.journal.write(
        "saved",
        revision=revision,
        columns=features.width,
        general_columns=features.general_width,
    )
    write_plots(prepared.journal.file, prepared.recipe.cache)
    return TrainedLabeller(folder, revision, calibration)
