"""The MiniLM forward pass against vectors that sentence-transformers computed."""

import numpy as np
import pytest

from chalklens.labelling.encoder import SentenceEncoder

# sentence-transformers 6.2.0: SentenceTransformer(MODEL_DIR).encode(texts)[:, :6]
REFERENCE = {
    "Use the property relationship to find the missing value.\n4 + □ + 4 = 13": (
        0.03534, 0.09869, 0.00610, 0.02091, -0.06114, 0.06910
    ),
    "3 x 4": (0.04986, 0.01994, -0.06066, 0.01598, -0.02681, -0.05496),
    "": (-0.11884, 0.04831, -0.00255, -0.01101, 0.05195, 0.01029),
    "long " * 400: (-0.03374, -0.04158, 0.06168, 0.00103, -0.11218, -0.00457),
}  # fmt: skip


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder.load()


@pytest.mark.parametrize("text", REFERENCE)
def test_vectors_are_those_of_sentence_transformers(encoder: SentenceEncoder, text: str) -> None:
    [vector] = encoder.encode([text])
    assert vector[:6] == pytest.approx(REFERENCE[text], abs=2e-5)


def test_vectors_have_length_one_and_do_not_depend_on_their_neighbours(
    encoder: SentenceEncoder,
) -> None:
    together = encoder.encode(["3 x 4", "Which clock shows half past three?"])
    alone = encoder.encode(["3 x 4"])
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-5)
    assert together[0] == pytest.approx(alone[0], abs=1e-5)


def test_no_text_gives_no_vector(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.width)
