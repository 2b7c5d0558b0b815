"""Worksheets about equal shares of a whole: cutting, naming, comparing and putting them together.

How it is used: importing it registers its templates. Labels, as the corpus gives them: EqualShares
with the whole (Circle, Rectangle) and unit or non-unit fractions; cutting is VisualArticulation,
reading a shaded part Interpretation, naming it ActiveVocabulary.

What it leaves out: arithmetic with fractions (the fractions family).
"""

import random

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_shares import (
    Shares,
    draw_odd_halves,
    draw_parts,
    draw_shares,
)
from chalklens.training.worksheets.flow import Blank, Fraction, paragraph
from chalklens.training.worksheets.panels import (
    lay_out_choices,
    reserve,
    split,
    write_answer,
    write_conclusion,
)
from chalklens.training.worksheets.phrasing import instruct
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import name_number, vary

_WHOLES = {"circle": "Circle", "rectangle": "Rectangle"}
_SHARES = {
    2: ("half", "halves"),
    3: ("third", "thirds"),
    4: ("fourth", "fourths"),
    6: ("sixth", "sixths"),
    8: ("eighth", "eighths"),
}
_TITLES = (
    "Equal shares",
    "Parts of a whole",
    "Halves and fourths",
    "Fractions of shapes",
    "Equal parts",
    "Sharing equally",
)


def _choose_whole(rng: random.Random) -> str:
    return rng.choice(tuple(_WHOLES))


def _place_whole(canvas: Canvas, rng: random.Random) -> Area:
    place = reserve(canvas, rng, rng.uniform(100, 145), rng.uniform(180, 300))
    return place.inset(place.width * 0.12, place.height * 0.06)


@template
def share_partition(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A whole to be cut into two or four equal shares."""
    shape, parts = _choose_whole(rng), rng.choice((2, 4))
    one, many = _SHARES[parts]
    names = {
        "shape": rng.choice(("shape", shape)),
        "count": name_number(parts),
        "share": f"1/{parts}",
        "many": many,
        "one": one,
    }
    instruct(canvas, rng, _PARTITION, _TITLES, **names)
    draw_shares(canvas, Shares(shape, parts, cut=canvas.style.solution), _place_whole(canvas, rng))
    if rng.random() < 0.4:
        paragraph(
            canvas,
            vary(rng, f"[1/{parts}|one {one}] for each part[.|]"),
            size=canvas.style.size * 0.8,
        )
    return frozenset(
        ("EqualShares", "ShapeDecomposition", "UnitFractions", "VisualArticulation", _WHOLES[shape])
    )


_PARTITION = (
    "Make {count} equal parts of the {shape}, each {share} of the whole.",
    "[Cut|Divide|Split] the {shape} into {count} equal [parts|shares].",
    "Draw lines to [make|show] {many}.",
    "Partition the {shape} [equally|fairly] in {count} parts.",
    "[Share|Cut] the {shape} equally: {count} [equal |]parts.",
    "Show {many}: [divide|partition] the {shape} into {count} equal shares.",
    "Draw how to cut the {shape} so that {count} [friends|children] get the same.",
    "Make {count} equal shares of the {shape}. Each is one {one}.",
    "How can you cut the {shape} into {many}? [Draw it.|]",
)


@template
def share_labelling(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A whole to be cut, and one share to be labelled with its unit fraction."""
    shape, parts = _choose_whole(rng), rng.choice((3, 4, 6, 8))
    instruct(
        canvas,
        rng,
        _LABEL,
        _TITLES,
        shape=rng.choice(("shape", shape)),
        count=name_number(parts),
        share=f"1/{parts}",
    )
    solved = canvas.style.solution
    box = _place_whole(canvas, rng)
    draw_shares(canvas, Shares(shape, parts, shaded=int(solved), cut=solved), box)
    if rng.random() < 0.6:
        write_answer(canvas, rng, (Blank(f"1/{parts}", digits=5),))
    write_conclusion(canvas, rng, f"Each part is 1/{parts} of the whole.")
    return frozenset(
        (
            "EqualShares",
            "UnitFractions",
            "VisualArticulation",
            "Formalization",
            "ProportionSense",
            _WHOLES[shape],
        )
    )


_LABEL = (
    "Make {count} equal parts in the {shape}. Then label one of them {share}.",
    "[Divide|Split] the {shape} into {count} parts of equal area. [Write|Label] one of them {share}.",
    "[Cut|Divide] the {shape} into {count} equal parts. Write {share} in one part.",
    "Make {count} parts with equal area and name [one part|each part] as a [unit |]fraction.",
    "[Show|Draw] {share} of the {shape}: {count} equal parts, one with its fraction.",
    "Draw lines for {count} equal parts. What fraction of the {shape} is each part? [Write it in.|]",
)


@template
def share_fraction(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A whole with shaded shares; the fraction is asked for."""
    shape, parts = _choose_whole(rng), rng.choice((2, 3, 4, 6, 8))
    shaded = 1 if parts == 2 or rng.random() < 0.4 else rng.randint(2, parts - 1)
    instruct(
        canvas, rng, _FRACTION, _TITLES, shaded=rng.choice(("highlighted", "shaded", "colored"))
    )
    draw_shares(canvas, Shares(shape, parts, shaded=shaded), _place_whole(canvas, rng))
    _ask_fraction(canvas, rng, shaded, parts)
    write_conclusion(canvas, rng, f"{shaded} of {parts} equal parts: {shaded}/{parts}.")
    kind = "UnitFractions" if shaded == 1 else "NonUnitFractions"
    return frozenset(
        (
            "EqualShares",
            "FractionNotation",
            "Interpretation",
            "ProportionSense",
            kind,
            _WHOLES[shape],
        )
    )


def _ask_fraction(canvas: Canvas, rng: random.Random, shaded: int, parts: int) -> None:
    if rng.random() < 0.5:
        write_answer(canvas, rng, (Blank(f"{shaded}/{parts}", digits=4),))
    else:
        write_answer(canvas, rng, (Fraction(Blank(str(shaded)), Blank(str(parts))),))


_FRACTION = (
    "What fraction is {shaded}?",
    "[Write|Name|Find] the fraction that is {shaded}.",
    "[Which|What] [part|fraction] of the shape is {shaded}?",
    "How much of the shape is {shaded}? [Write a fraction.|]",
    "[Look at the equal parts.|] Write the {shaded} part as a fraction.",
    "What part of the whole [do you see|is {shaded}]?",
    "Name the {shaded} part with a fraction.",
)


@template
def share_naming(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A whole with one shaded share; words for it and for the whole are asked for."""
    shape, parts = _choose_whole(rng), rng.choice((2, 4))
    one, many = _SHARES[parts]
    instruct(canvas, rng, _NAMING, _TITLES)
    draw_shares(canvas, Shares(shape, parts, shaded=1), _place_whole(canvas, rng))
    write_answer(canvas, rng, ("One share: ", Blank(f"one {one}", "line", digits=9)))
    if rng.random() < 0.7:
        write_answer(
            canvas,
            rng,
            (
                rng.choice(("All shares: ", "The whole: ")),
                Blank(f"{name_number(parts)} {many}", "line", digits=9),
            ),
        )
    return frozenset(
        (
            "ActiveVocabulary",
            "EqualShares",
            "FractionInterpretation",
            "UnitFractions",
            _WHOLES[shape],
        )
    )


_NAMING = (
    "Name the shaded share with a fraction word. What are all shares together?",
    "[Name|Say] the [highlighted|shaded] share in words. [Then describe the whole.|]",
    "Which words name the shaded share? [Use|Choose] half, fourth or quarter.",
    "[Write|Use] words: what is one share called, and what do all shares make?",
    "Describe the shaded share [and the whole|] with words like half or fourth.",
    "What is the [shaded|colored] share called? [Use fraction words.|Write words, not numbers.]",
)


@template
def share_comparing(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A half and a fourth (or a third) of equal wholes; the smaller share is asked for."""
    shape = _choose_whole(rng)
    parts = rng.sample(rng.choice(((2, 4), (2, 4), (3, 4), (2, 3))), 2)
    right = parts.index(max(parts))
    instruct(canvas, rng, _COMPARING, _TITLES)
    captions = [_SHARES[count][0] for count in parts]
    for place, count in zip(
        lay_out_choices(canvas, rng, 2, 105, {right}, captions=captions), parts, strict=True
    ):
        draw_shares(canvas, Shares(shape, count, shaded=1), place.inset(place.width * 0.14, 2))
    write_conclusion(canvas, rng, "More equal shares make smaller shares.")
    labels = (
        "ConceptDerivation",
        "EqualShares",
        "FractionCommonNumeratorComparison",
        "Less",
        "UnitFractions",
    )
    return frozenset((*labels, _WHOLES[shape]))


_COMPARING = (
    "Which share is smaller?",
    "[Compare|Look at] the [two |]shares. Which [one |]is smaller?",
    "Both wholes are [the same size|equal]. Which share is smaller?",
    "[Circle|Mark|Choose] the smaller share.",
    "Who gets less? [Mark the smaller share.|Look at the shaded shares.]",
    "Which [shaded |]part is the smaller one?",
)


@template
def share_composing(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """All shares of a whole; what they make together is asked for."""
    shape, parts = _choose_whole(rng), rng.choice((2, 3, 4))
    many = _SHARES[parts][1]
    instruct(canvas, rng, _COMPOSING, _TITLES, many=many, count=name_number(parts))
    if canvas.style.solution:
        draw_shares(canvas, Shares(shape, parts), _place_whole(canvas, rng))
    else:
        draw_parts(
            canvas,
            Shares(shape, parts),
            reserve(canvas, rng, rng.uniform(80, 110), rng.uniform(220, 320)),
        )
    write_answer(
        canvas, rng, (f"{name_number(parts)} {many} = ", Blank("one whole", "line", digits=10))
    )
    return frozenset(
        (
            "ConceptComposition",
            "EqualShares",
            "FractionInterpretation",
            "UnitFractions",
            _WHOLES[shape],
        )
    )


_COMPOSING = (
    "What do these {many} make?",
    "Put the {many} together. What do [you get|they make]?",
    "{count} {many} make ...",
    "What [is|do you get from] {count} {many} [together|]?",
    "[Join|Put together] all the {many}. [What is it?|What do they make?]",
    "How much is {count} {many}?",
)


@template
def share_equivalence(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Two equal wholes halved in different ways; whether the shares are equal is asked."""
    shape = _choose_whole(rng)
    instruct(canvas, rng, _EQUIVALENCE, (*_TITLES, "Different shapes, equal shares"))
    wholes = split(reserve(canvas, rng, rng.uniform(115, 145), framed=False), 2)
    names = rng.choice((("Whole A", "Whole B"), ("A", "B"), ("First", "Second")))
    for index, (box, name) in enumerate(zip(wholes, names, strict=True)):
        canvas.text(box.middle[0], box.y0 + 9, name, size=canvas.style.size * 0.8, anchor="m")
        inner = Area(box.x0 + box.width * 0.15, box.y0 + 22, box.x1 - box.width * 0.15, box.y1)
        if index:
            draw_odd_halves(canvas, shape, inner)
        else:
            draw_shares(canvas, Shares(shape, 2), inner)
    answer = "Yes: the shares look different, but they are halves in both."
    if not canvas.style.solution:
        write_answer(
            canvas, rng, (rng.choice(("Answer: ", "", "Yes or no? ")), Blank("Yes", digits=8))
        )
    write_conclusion(canvas, rng, answer)
    return frozenset(
        ("ConceptDerivation", "EqualShares", "ShapeEquivalenceRelations", _WHOLES[shape])
    )


_EQUIVALENCE = (
    "Has each of the two wholes equal shares?",
    "The wholes have the same size. Is each one cut in equal halves?",
    "Are the shares [of A and B|in both wholes] equal, although they look different?",
    "Can equal shares have different shapes? [Look at the two wholes.|]",
    "The wholes are identical. Is each of them cut into two equal shares?",
    "Compare the shares of the two [wholes|shapes]. Are they [equal|halves in both]?",
)
