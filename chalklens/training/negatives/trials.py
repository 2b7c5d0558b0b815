"""Pictures for testing refusal: negatives of kinds that nothing was fitted on, and worksheets in a bad state.

How it is used: `draw_trials(TEST_KINDS, 10, seed)` -> kind and picture, which should be refused;
`alter_sheets(pictures, seed)` -> condition and picture, which should not. The same arguments give the
same pixels; pictures are made when their turn comes. What it leaves out: asking a labeller
(`evaluation/refusals.py`).
"""

import random
from collections.abc import Iterable, Iterator, Sequence

from PIL import Image

from chalklens.training.negatives.catalogue import draw_negatives
from chalklens.training.negatives.conditions import CONDITIONS
from chalklens.training.negatives.readings import to_picture
from chalklens.types import Picture

UNALTERED = "unaltered"


def draw_trials(kinds: Sequence[str], per_kind: int, seed: int) -> Iterator[tuple[str, Picture]]:
    """Yield pictures of each kind; their names are kind and number."""
    for i, negative in enumerate(draw_negatives(kinds, per_kind, seed)):
        name = f"{negative.kind} {i % per_kind}"
        yield negative.kind, to_picture(negative.picture, name)


def alter_sheets(pictures: Iterable[Picture], seed: int) -> Iterator[tuple[str, Picture]]:
    """Yield each picture as it is (`UNALTERED`) and under every one of `CONDITIONS`."""
    for picture in pictures:
        yield UNALTERED, picture
        size = (picture.pixels_width_px, picture.pixels_height_px)
        image = Image.frombytes("RGB", size, picture.pixels)
        for condition, alter in CONDITIONS.items():
            rng = random.Random(f"{condition} {picture.name} {seed}")
            yield condition, to_picture(alter(image, rng), picture.name)
