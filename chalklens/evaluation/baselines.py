# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Simple methods a labeller has to beat, on the same pages and the same read text.

How it is used: `predict_baselines(known, asked, work, progress)` -> a label set per page from each of
`BASELINES`. `known` are labelled training pages, `asked` the pages to label, as `PageFacts`.

Text is TF-IDF of words, numbers and single signs, alone and in pairs, once as they are and once with
every digit as 0, sublinear in the count: scikit-learn's `TfidfVectorizer`, fitted on the training
pages and independent of the labeller's own features. Sentence vectors and fitted regressions are
kept in `work` under names that depend on everything they rest on. What it leaves out: tuning; the
settings are fixed and stated in `BASELINES`.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from chalklens.errors import InputError
from chalklens.evaluation.regression import LabelRegressions, fit_regressions
from chalklens.labelling.features import mask_digits
from chalklens.labelling.kept_rows import KeptRows

Labels = frozenset[str]
Progress = Callable[[int, int, str], None]

TERM = r"\w+|[^\w\s]"
CHUNK_PAGES = 512
THRESHOLD = 0.3
TFIDF_STRENGTH = 20.0
SENTENCE_STRENGTH = 10.0
SENTENCE_WEIGHT = 1.5

BASELINES = {
    "most_frequent_set": ("Most frequent set", "the set that most training pages have"),
    "nearest_thumbnail": (
        "Nearest thumbnail",
        "the set of the training page nearest as a 32 x 32 grey thumbnail (Euclidean)",
    ),
    "nearest_text": (
        "Nearest text",
        "the set of the training page with the nearest text (cosine of TF-IDF)",
    ),
    "tfidf_regression": (
        "TF-IDF + logistic regression",
        f"one regression per label, C {TFIDF_STRENGTH:g}; labels from {THRESHOLD:g} up, maybe none",
    ),
    "minilm_tfidf_regression": (
        "MiniLM + TF-IDF + logistic regression",
        f"MiniLM times {SENTENCE_WEIGHT:g} beside the TF-IDF, C {SENTENCE_STRENGTH:g}; "
        f"labels from {THRESHOLD:g} up, maybe none",
    ),
}
"""Title and rule of each baseline, by its key in reports."""


class Encoder(Protocol):
    """Turns texts into unit vectors."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one vector per text."""
        ...


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Pages as the baselines see them.

    Attributes:
        texts: What was read.
        thumbnails: Grey pictures, uint8 (pages, pixels).
        labels: The truth; empty for pages that are asked about.
    """

    texts: tuple[str, ...]
    thumbnails: NDArray[np.uint8]
    labels: tuple[Labels, ...] = ()


def predict_baselines(
    known: PageFacts, asked: PageFacts, encoder: Encoder, work: Path, progress: Progress
) -> dict[str, list[Labels]]:
    """Label pages by every baseline, in the order of `BASELINES`.

    Args:
        known: Training pages with their labels.
        asked: Pages to label.
        encoder: Makes sentence vectors.
        work: Folder for vectors and fits.
        progress: Called often while something is computed that is not known yet.

    Raises:
        InputError: No training page has any text.
    """
    if not any(re.search(TERM, text) for text in known.texts):
        raise InputError("No text was read on the training pages.", "Use --no-baselines.")
    vectorizer = TextVectorizer(known.texts)
    rows, questions = vectorizer.transform(known.texts), vectorizer.transform(asked.texts)
    sentences = _encode([*known.texts, *asked.texts], encoder, work, progress)
    sentences *= np.float32(SENTENCE_WEIGHT)
    wide = _beside(rows, sentences[: len(known.texts)])
    wide_questions = _beside(questions, sentences[len(known.texts) :])
    regressions = _Regressions(known, work, progress)
    return {
        "most_frequent_set": [_find_most_frequent(known.labels)] * len(asked.texts),
        "nearest_thumbnail": _pick(known, find_nearest(known.thumbnails, asked.thumbnails)),
        "nearest_text": _pick(known, _find_most_similar(rows, questions)),
        "tfidf_regression": regressions.predict("tfidf", rows, questions, TFIDF_STRENGTH),
        "minilm_tfidf_regression": regressions.predict(
            "minilm-tfidf", wide, wide_questions, SENTENCE_STRENGTH
        ),
    }


class TextVectorizer:
    """TF-IDF of texts as they are, beside TF-IDF of the same texts with every digit as 0."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._raw = _fit_tfidf(texts)
        self._shape = _fit_tfidf([mask_digits(text) for text in texts])

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Return one row per text."""
        masked = [mask_digits(text) for text in texts]
        parts = [self._raw.transform(texts), self._shape.transform(masked)]
        return csr_matrix(hstack(parts, format="csr", dtype=np.float32))


def find_nearest(known: NDArray[np.uint8], asked: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the row of `known` with the smallest Euclidean distance to each row of `asked`."""
    ours, theirs = known.astype(np.float32), asked.astype(np.float32)
    lengths = (ours * ours).sum(1)
    chunks = [
        (lengths - 2 * theirs[start : start + CHUNK_PAGES] @ ours.T).argmin(1)
        for start in range(0, len(theirs), CHUNK_PAGES)
    ]
    return np.concatenate(chunks)


class _Regressions:
    """Fits on the training pages, from `work` where they are known."""

    def __init__(self, known: PageFacts, work: Path, progress: Progress) -> None:
        self._work, self._progress = work, progress
        self._labels = sorted(frozenset[str]().union(*known.labels))
        column = {id_: i for i, id_ in enumerate(self._labels)}
        self._targets = np.zeros((len(known.labels), len(column)), np.bool_)
        for row, labels in zip(self._targets, known.labels, strict=True):
            row[[column[id_] for id_ in labels]] = True
        self._content = json.dumps([known.texts, [sorted(labels) for labels in known.labels]])

    def predict(
        self, name: str, rows: csr_matrix, questions: csr_matrix, strength: float
    ) -> list[Labels]:
        fitted = self._fit(name, rows, strength)
        chosen = fitted.probabilities(questions) >= THRESHOLD
        return [frozenset(self._labels[i] for i in np.flatnonzero(row)) for row in chosen]

    def _fit(self, name: str, rows: csr_matrix, strength: float) -> LabelRegressions:
        import sklearn

        settings = [name, strength, SENTENCE_WEIGHT, TERM, sklearn.__version__, self._content]
        file = self._work / f"baseline-{name}-{_hash(json.dumps(settings))}.safetensors"
        if file.exists():
            return LabelRegressions.load(file)
        fitted = fit_regressions(
            rows,
            self._targets,
            strength,
            lambda done, total: self._progress(done, total, f"fitting {name} + regression"),
        )
        fitted.save(file)
        return fitted


def _fit_tfidf(texts: Sequence[str]) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    options: dict[str, Any] = {"sublinear_tf": True, "dtype": np.float32}
    tfidf = TfidfVectorizer(ngram_range=(1, 2), token_pattern=TERM, **options)
    return tfidf.fit(texts)


def _encode(
    texts: Sequence[str], encoder: Encoder, work: Path, progress: Progress
) -> NDArray[np.float32]:
    store = KeptRows(work / "minilm-vectors.safetensors")
    return store.collect(
        [_hash(text) for text in texts],
        lambda missing: encoder.encode([texts[i] for i in missing]),
        lambda done, total: progress(done, total, "encoding texts"),
    )


def _beside(rows: csr_matrix, dense: NDArray[np.float32]) -> csr_matrix:
    return csr_matrix(hstack([rows, csr_matrix(dense)], format="csr", dtype=np.float32))


def _find_most_frequent(sets: Sequence[Labels]) -> Labels:
    [(labels, _)] = Counter(sets).most_common(1)
    return labels


def _find_most_similar(rows: csr_matrix, questions: csr_matrix) -> NDArray[np.int64]:
    """Rows have equal length, so the product ranks like the cosine; the first of equals wins."""
    chunks = [
        np.asarray((questions[start : start + CHUNK_PAGES] @ rows.T).argmax(axis=1)).ravel()
        for start in range(0, questions.get_shape()[0], CHUNK_PAGES)
    ]
    return np.concatenate(chunks)


def _pick(known: PageFacts, chosen: NDArray[np.int64]) -> list[Labels]:
    return [known.labels[i] for i in chosen]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
