"""Worksheets about where things are, and about shapes that roll, stack or fold.

How it is used: importing it registers its templates. Labels, as the corpus gives them: position words
are a SpatialInterpretation of their position, sorting by what shapes do a ConceptClassification.

What it leaves out: names of shapes (`geometry_naming`).
"""

import random

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_scenes import draw_position
from chalklens.training.worksheets.figures_shapes import choose_look, draw_shape
from chalklens.training.worksheets.geometry_naming import SHAPE_IDS
from chalklens.training.worksheets.panels import (
    reserve,
    split,
    write_choices,
)
from chalklens.training.worksheets.phrasing import instruct
from chalklens.training.worksheets.style import soften
from chalklens.training.worksheets.templates import template

_POSITIONS = {
    "above": ("Above", "Above the {box}"),
    "below": ("Below", "Below the {box}"),
    "beside": ("Beside", "Next to the {box}"),
    "behind": ("Behind", "Behind the {box}"),
    "ahead": ("Ahead", "In front of the {box}"),
}


@template
def shape_position(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A ball and a box; a position word is to be chosen."""
    position = rng.choice(tuple(_POSITIONS))
    thing, box = (
        rng.choice(("ball", "ball", "star", "coin", "cube")),
        rng.choice(("box", "box", "table", "chest", "block")),
    )
    instruct(
        canvas,
        rng,
        _POSITION,
        ("Where is it?", "Position words", "Positions"),
        thing=thing,
        box=box,
    )
    place = reserve(canvas, rng, rng.uniform(120, 150), rng.uniform(160, 260))
    draw_position(canvas, rng, place, position, thing)
    canvas.figure("grid_map", place)
    names = [
        position,
        *rng.sample([p for p in _POSITIONS if p != position], rng.choice((1, 2, 2, 3))),
    ]
    rng.shuffle(names)
    write_choices(
        canvas,
        rng,
        [_POSITIONS[name][1].format(box=box) for name in names],
        {names.index(position)},
    )
    return frozenset(("SpatialInterpretation", "SpatialPosition", _POSITIONS[position][0]))


_POSITION = (
    "Seen from the {box}, where is the {thing}?",
    "Where is the {thing}?",
    "[Look at|See] the {thing} and the {box}. [Which words are right|Where is the {thing}]?",
    "The {thing} is ... the {box}.",
    "[Choose|Circle|Mark] the words that tell where the {thing} is.",
    "[Tell|Say] where the {thing} [is|lies], seen from the {box}.",
    "Which words [fit|say where the {thing} is]?",
    "Is the {thing} above, below, beside, behind or in front of the {box}?",
)


_SORTINGS = {
    "roll": ("Rollable", "sphere", ("cube", "rectangular prism", "square pyramid")),
    "stack": ("Stackable", "cube", ("sphere", "cone", "sphere")),
    "fold": ("Foldable", "rectangle", ("sphere", "cube", "cone")),
}


@template
def shape_sorting(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Shapes to be sorted by whether they roll, stack or fold."""
    action = rng.choice(tuple(_SORTINGS))
    id_, yes, others = _SORTINGS[action]
    shapes = [yes, *dict.fromkeys(rng.sample(others, 2))]
    rng.shuffle(shapes)
    instruct(
        canvas,
        rng,
        _SORT,
        ("Sorting shapes", "Roll, stack, fold", "What can it do?"),
        action=action,
    )
    place = reserve(canvas, rng, 95)
    for box, name in zip(split(place, len(shapes)), shapes, strict=True):
        draw_shape(
            canvas, choose_look(canvas, rng), name, Area(box.x0, box.y0, box.x1, box.y1 - 22)
        )
        caption = "Rectangular sheet" if name == "rectangle" else name.capitalize()
        canvas.text(
            box.middle[0],
            box.y1 - 8,
            caption,
            size=min(13, canvas.style.size * 0.8, 1.7 * box.width / len(caption)),
            anchor="m",
        )
    _draw_bins(
        canvas,
        rng,
        (f"Can {action}", f"{rng.choice(('Does not', 'Cannot', 'Will not'))} {action}"),
        yes,
        shapes,
    )
    return frozenset(("ConceptClassification", "ObjectSorting", id_, SHAPE_IDS[yes]))


def _draw_bins(
    canvas: Canvas, rng: random.Random, names: tuple[str, str], yes: str, shapes: list[str]
) -> None:
    for index, box in enumerate(split(reserve(canvas, rng, 64, framed=False), 2)):
        canvas.rectangle(box, outline=soften(canvas.style.accent, 0.3), radius=canvas.style.corner)
        canvas.text(
            box.middle[0], box.y0 + 12, names[index], size=canvas.style.size * 0.8, anchor="m"
        )
        if canvas.style.solution:
            inside = [name for name in shapes if (name == yes) == (index == 0)]
            canvas.text(
                box.middle[0],
                box.y0 + 40,
                ", ".join(inside),
                size=11,
                anchor="m",
                colour=canvas.style.accent,
            )


_SORT = (
    "[Sort|Group] the shapes: does it {action} or not?",
    "Which shapes can {action}? [Sort them.|Put them into the right box.]",
    "[Sort|Put] the shapes into two groups: can {action}, cannot {action}.",
    "Decide for each shape: can it {action}?",
    "[Write|Draw] each shape in the box [where it belongs|that fits]. Can it {action}?",
    "Find the shapes that {action} and those that do not.",
)
