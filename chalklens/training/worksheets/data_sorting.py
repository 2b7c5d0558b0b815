"""Worksheets about sorting objects into groups, counting the groups, and the most or least.

How it is used: importing it registers its templates. Labels, as the corpus gives them: classifying
and counting is ConceptClassification with ObjectSorting and the range of the counts; finding the
group with the most or least is ProcedureExecution with NumericOrder; groups of shapes or colours are
ShapeProperties.

What it leaves out: graphs of groups (`data_graphs`).
"""

import random

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_shapes import Look, draw_shape
from chalklens.training.worksheets.flow import Blank, write_blank
from chalklens.training.worksheets.labels import number_labels
from chalklens.training.worksheets.objects import THINGS, Thing
from chalklens.training.worksheets.panels import reserve, write_choices
from chalklens.training.worksheets.phrasing import instruct, join_words
from chalklens.training.worksheets.style import Colour
from chalklens.training.worksheets.templates import template

_BASE = frozenset(
    ("NumbersWithoutNegatives", "NumbersWithoutZero", "NumerationWithIntegers", "ObjectSorting")
)
_TITLES = (
    "Sort and count",
    "Sorting",
    "Classify and count",
    "Groups",
    "How many of each?",
    "Sort by shape",
)
_COLOURS: dict[str, Colour] = {
    "Red": (220, 38, 38),
    "Blue": (37, 99, 235),
    "Green": (22, 163, 74),
    "Yellow": (234, 179, 8),
    "Purple": (147, 51, 234),
}
_SHAPES = ("circle", "square", "triangle", "rectangle", "star", "heart", "hexagon")


class Groups:
    """Objects in groups: by shape, by colour, or everyday things by kind.

    Attributes:
        by: `shape`, `color` or `kind`.
        names: Of the groups.
        counts: How many objects each has.
    """

    def __init__(self, rng: random.Random, most: int) -> None:
        """Choose three (sometimes two or four) groups with different counts up to `most`."""
        self.by = rng.choice(("shape", "shape", "color", "kind"))
        number = rng.choice((2, 3, 3, 3, 4))
        self._things = {thing.plural.capitalize(): thing for thing in rng.sample(THINGS, number)}
        self.names = {
            "shape": [name.capitalize() for name in rng.sample(_SHAPES, number)],
            "color": rng.sample(tuple(_COLOURS), number),
            "kind": list(self._things),
        }[self.by]
        self.counts = rng.sample(range(1, most + 1), number)
        self._plain = rng.choice(_SHAPES[:3])
        self._colours = rng.sample(tuple(_COLOURS.values()), 3)

    def draw_all(self, canvas: Canvas, rng: random.Random, place: Area) -> None:
        """All objects, mixed, in rows or a little scattered; one figure for the whole."""
        members = [
            name for name, count in zip(self.names, self.counts, strict=True) for _ in range(count)
        ]
        rng.shuffle(members)
        columns = max(4, min(len(members), int(place.width / 34)))
        rows = -(-len(members) // columns)
        width, height = place.width / columns, place.height / rows
        shift = rng.choice((0, 0, 3))
        for index, name in enumerate(members):
            x = place.x0 + (index % columns + 0.5) * width + rng.uniform(-shift, shift)
            y = place.y0 + (index // columns + 0.5) * height + rng.uniform(-shift, shift)
            self.draw(canvas, rng, name, x, y, min(width, height, 34) * 0.4)
        canvas.figure("object_group", place)

    def draw(
        self, canvas: Canvas, rng: random.Random, name: str, x: float, y: float, radius: float
    ) -> None:
        """One object of a group."""
        box = Area(x - radius, y - radius, x + radius, y + radius)
        if self.by == "kind":
            thing: Thing = self._things[name]
            thing.draw(canvas, x, y, radius, canvas.style.palette[self.names.index(name) % 6])
        elif self.by == "color":
            draw_shape(
                canvas,
                Look(_COLOURS[name], canvas.style.ink),
                rng.choice((self._plain, "circle")),
                box,
            )
        else:
            draw_shape(canvas, Look(rng.choice(self._colours), canvas.style.ink), name.lower(), box)


def _label_numbers(groups: Groups) -> frozenset[str]:
    labels = number_labels(groups.counts, bounds=(10, 20))
    return labels if groups.by == "kind" else labels | {"ShapeProperties"}


@template
def sorting_counting(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Mixed objects; each group is to be counted."""
    groups = Groups(rng, rng.choice((6, 8, 10, 10, 12)))
    instruct(
        canvas,
        rng,
        _COUNT,
        _TITLES,
        by=groups.by,
        names=join_words([name.lower() for name in groups.names]),
    )
    rows = -(-sum(groups.counts) // 12)
    groups.draw_all(canvas, rng, reserve(canvas, rng, 40 * rows + 30))
    size = canvas.style.size
    across = rng.random() < 0.35
    width = (canvas.right - canvas.left) / (len(groups.names) if across else 1)
    for index, (name, count) in enumerate(zip(groups.names, groups.counts, strict=True)):
        x, y = canvas.left + width * index * across, canvas.y + 20
        if not across:
            groups.draw(canvas, rng, name, x + 14, y, 11)
        canvas.text(x + (0 if across else 36), y, name, size=size * 0.8)
        end = x + width - 12 if across else min(canvas.right, x + 240)
        write_blank(canvas, Area(end - 40, y - 14, end, y + 14), Blank(str(count)))
        canvas.y += 0 if across else 36
    canvas.y += 40 if across else 6
    return _BASE | _label_numbers(groups) | {"ArabicNumerals", "Base10", "ConceptClassification"}


_COUNT = (
    "[Classify|Sort] by {by}, then count [each group|the groups].",
    "[Sort|Group] the objects by {by}. [How many are in each group?|Count each group.]",
    "How many of each {by} are there?",
    "Count the {names}.",
    "[Sort|Put] the objects into groups[ by {by}|]. Write how many [there are|each group has].",
    "[Count|Find] the number [of objects |]in each group: {names}.",
    "Look at the {by} of each object. [Write the counts.|How many of each are there?]",
    "Group by {by} and count.",
)


@template
def sorting_extreme(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Mixed objects; the group with the most or least is to be found."""
    groups, extreme = Groups(rng, rng.choice((6, 8, 10, 10, 12))), rng.choice(("most", "least"))
    right = groups.counts.index((max if extreme == "most" else min)(groups.counts))
    word = rng.choice(
        ("most", "greatest number of", "largest number of")
        if extreme == "most"
        else ("least", "fewest", "smallest number of")
    )
    instruct(canvas, rng, _EXTREME, (*_TITLES, "Most and least"), by=groups.by, word=word)
    rows = -(-sum(groups.counts) // 12)
    groups.draw_all(canvas, rng, reserve(canvas, rng, 40 * rows + 30))
    write_choices(canvas, rng, groups.names, {right})
    return (
        _BASE
        | _label_numbers(groups)
        | {"NumericOrder", "ProcedureExecution", extreme.capitalize()}
    )


_EXTREME = (
    "Which {by} do you find on the {word} objects?",
    "Which group [by {by} |]has the {word} objects?",
    "[Count|Sort and count] the objects. Which {by} has the {word} objects?",
    "[Find|Circle|Mark] the {by} with the {word} items.",
    "Group the objects by {by}. Which group has the {word} [objects|items]?",
    "Of which {by} are there the {word} objects?",
)
