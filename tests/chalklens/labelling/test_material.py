"""Pages that are not elementary mathematics."""

import numpy as np
import pytest

from chalklens.labelling.material import MaterialGate

GATE = MaterialGate(np.eye(3, dtype=np.float32)[:2], min_support=0.2)


def test_similarity_is_that_of_the_nearest_anchor() -> None:
    vectors = np.asarray([[0.6, 0.8, 0.0], [0.0, 0.0, 1.0]], np.float32)
    assert GATE.similarities(vectors) == pytest.approx([0.8, 0.0])


@pytest.mark.parametrize(
    ("text", "similarity", "best", "refused"),
    [
        ("3 + 4", 0.5, 0.9, False),
        ("", 0.5, 0.9, True),
        ("-- . --", 0.5, 0.9, True),
        ("Dear Anna", 0.1, 0.9, True),
        ("Dear Anna", 0.5, 0.3, True),
    ],
)
def test_empty_far_and_doubtful_pages_are_refused(
    text: str, similarity: float, best: float, refused: bool
) -> None:
    assert GATE.refuses(text, similarity, best) is refused
