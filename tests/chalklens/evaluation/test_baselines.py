# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""The simple methods on worksheets of our own."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from chalklens.errors import InputError
from chalklens.evaluation.baselines import (
    BASELINES,
    PageFacts,
    TextVectorizer,
    find_nearest,
    predict_baselines,
)
from chalklens.evaluation.regression import fit_regressions
from tests.chalklens.labelling.sheets import LetterEncoder, make_texts

SUMS = frozenset({"Addition", "Base10", "ProcedureExecution"})
CLOCKS = frozenset({"MeasuringTime", "AnalogClock", "VisualRecognition"})


def quiet(*progress: object) -> None:
    """Nobody listens."""


def make_pages(texts: Sequence[str], labels: Sequence[frozenset[str]] = ()) -> PageFacts:
    """Thumbnails are dark for clocks, light for sums."""
    shades = [20 if "clock" in text else 220 for text in texts]
    return PageFacts(tuple(texts), np.asarray([[s] * 4 for s in shades], np.uint8), tuple(labels))


def make_known() -> PageFacts:
    rows = make_texts()
    return make_pages([text for text, _, _ in rows], [frozenset(labels) for _, _, labels in rows])


ASKED = make_pages(["Add the numbers. 31 + 42 =", "What does this clock show? 9 o'clock"])


def test_every_baseline_tells_sums_from_clocks(tmp_path: Path) -> None:
    found = predict_baselines(make_known(), ASKED, LetterEncoder(), tmp_path, quiet)
    assert list(found) == list(BASELINES)
    assert found.pop("most_frequent_set") == [SUMS, SUMS]  # nine of each, sums come first
    assert list(found.values()) == [[SUMS, CLOCKS]] * 4


def test_fits_are_kept_under_their_content_and_used_again(tmp_path: Path) -> None:
    first = predict_baselines(make_known(), ASKED, LetterEncoder(), tmp_path, quiet)
    told: list[str] = []

    def listen(done: int, total: int, what: str) -> None:
        told.append(what)

    assert predict_baselines(make_known(), ASKED, LetterEncoder(), tmp_path, listen) == first
    assert told == []
    fewer = make_known()
    fewer = PageFacts(fewer.texts[2:], fewer.thumbnails[2:], fewer.labels[2:])
    again = predict_baselines(fewer, ASKED, LetterEncoder(), tmp_path, listen)
    assert again["most_frequent_set"] == [CLOCKS, CLOCKS]
    assert set(told) == {"fitting tfidf + regression", "fitting minilm-tfidf + regression"}


def test_training_pages_without_text_are_an_error(tmp_path: Path) -> None:
    blank = make_pages([" ", ""], [SUMS, SUMS])
    with pytest.raises(InputError, match="No text"):
        predict_baselines(blank, ASKED, LetterEncoder(), tmp_path, quiet)


def test_single_digits_and_signs_count_and_other_digits_look_alike() -> None:
    vectorizer = TextVectorizer(["3 + 4", "3 - 4", "15 + 12"])
    plus, minus, other = vectorizer.transform(["3 + 4", "3 - 4", "77 + 88"]).toarray()
    assert plus @ minus < plus @ plus - 0.1  # the sign matters
    assert other.any()  # no number of it was seen, its shape was


def test_the_nearest_thumbnail_is_the_one_with_the_smallest_distance() -> None:
    generator = np.random.default_rng(0)
    known = generator.integers(0, 256, (9, 16), np.uint8)
    asked = generator.integers(0, 256, (5, 16), np.uint8)
    gaps = known[None].astype(float) - asked[:, None]
    assert find_nearest(known, asked).tolist() == (gaps**2).sum(2).argmin(1).tolist()


def test_regressions_are_those_of_scikit_learn() -> None:
    known = make_known()
    rows = TextVectorizer(known.texts).transform(known.texts)
    sums = np.asarray(["Addition" in labels for labels in known.labels])
    targets: NDArray[np.bool_] = np.stack([sums, ~sums], 1)
    ours = fit_regressions(rows, targets, 20.0, quiet).probabilities(rows)
    theirs = OneVsRestClassifier(LogisticRegression(C=20.0)).fit(rows, targets)
    assert ours == pytest.approx(theirs.predict_proba(rows), abs=1e-4)


def test_a_label_that_all_or_no_pages_have_is_certain() -> None:
    known = make_known()
    rows = TextVectorizer(known.texts).transform(known.texts)
    targets = np.zeros((len(known.texts), 2), np.bool_)
    targets[:, 0] = True
    found = fit_regressions(rows, targets, 20.0, quiet).probabilities(rows)
    assert (found[:, 0] > 0.99).all()
    assert (found[:, 1] < 0.01).all()
