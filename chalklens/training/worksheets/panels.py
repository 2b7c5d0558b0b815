"""Places for figures, choices to pick from, and answers: what stands below an instruction.

How it is used by a template, after `flow.introduce`:

    place = reserve(canvas, rng, height=120)                     # a place for one figure
    write_choices(canvas, rng, ["Cube", "Cone"], right={1})      # words to choose from
    for cell in lay_out_choices(canvas, rng, 4, 90, 80, {2}): ... # figures to choose from
    write_answer(canvas, rng, ("m∠AOB = ", Blank("60"), "°"))
    write_conclusion(canvas, rng, "Angle AOB measures 60°.")     # on solution pages only

What it leaves out: rows of plain items (`flow.lay_out`) and what is drawn in the places.
"""

import random
from collections.abc import Collection, Sequence

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.flow import (
    Blank,
    Part,
    measure_expression,
    paragraph,
    wrap_text,
    write_expression,
)
from chalklens.training.worksheets.style import WHITE, soften

_LETTERS = "ABCDEFGH"


def reserve(
    canvas: Canvas,
    rng: random.Random,
    height: float,
    width: float = 0,
    *,
    framed: bool | None = None,
) -> Area:
    """Keep a place of a height for a figure, as wide as the page or as told; sometimes framed."""
    room = canvas.right - canvas.left
    width = min(width or room, room)
    x0 = canvas.left + (
        (room - width) / 2 if canvas.style.centred else min(room - width, rng.choice((0, 0, 20)))
    )
    box = Area(x0, canvas.y, x0 + width, canvas.y + height)
    framed = rng.random() < 0.35 if framed is None else framed
    if framed:
        fill = rng.choice((None, soften(canvas.style.accent, 0.93), WHITE))
        canvas.rectangle(
            box, fill=fill, outline=soften(canvas.style.ink, 0.7), radius=canvas.style.corner
        )
    canvas.y = box.y1 + rng.uniform(6, 14)
    return box.inset(8) if framed else box.inset(2)


def split(box: Area, columns: int, rows: int = 1, gap: float = 8) -> list[Area]:
    """Equal parts of a box, row by row."""
    width = (box.width - gap * (columns - 1)) / columns
    height = (box.height - gap * (rows - 1)) / rows
    return [
        Area(x, y, x + width, y + height)
        for y in (box.y0 + row * (height + gap) for row in range(rows))
        for x in (box.x0 + column * (width + gap) for column in range(columns))
    ]


# Choices


def write_choices(
    canvas: Canvas, rng: random.Random, choices: Sequence[str], right: Collection[int]
) -> None:
    """Write texts to choose from as boxes, a list or a row; on solution pages the right ones are marked."""
    size = canvas.style.size * rng.uniform(0.8, 1.0)
    widest = max(canvas.measure(choice, size) for choice in choices) + size * 2.6
    naming = rng.choice(("", "", "{a}", "{a})", "{a}.", "({a})"))
    room = canvas.right - canvas.left
    columns = max(1, min(len(choices), int(room / widest), rng.choice((1, 2, 2, 3, 4))))
    boxed = rng.random() < 0.6
    names = [f"{naming.format(a=_LETTERS[i])} {c}".strip() for i, c in enumerate(choices)]
    width = room / columns - 8
    for start in range(0, len(choices), columns):
        chosen = range(start, min(start + columns, len(choices)))
        lines = max(len(wrap_text(canvas, names[i], width - size * 1.8, size)) for i in chosen)
        height = size * (1.3 * lines + 0.7)
        for column, index in enumerate(chosen):
            x0 = canvas.left + column * (width + 8)
            box = Area(x0, canvas.y, x0 + width, canvas.y + height)
            _write_choice(canvas, box, names[index], size, boxed=boxed, right=index in right)
        canvas.y += height + size * 0.4


def _write_choice(
    canvas: Canvas, box: Area, text: str, size: float, *, boxed: bool, right: bool
) -> None:
    marked = right and canvas.style.solution
    if boxed:
        mark_box(canvas, box, right=right)
    else:
        spot = (box.x0 + size * 0.6, box.y0 + size * 0.9)
        canvas.disc(
            *spot,
            size * 0.42,
            outline=canvas.style.ink,
            fill=canvas.style.accent if marked else None,
        )
    inner = Area(box.x0 + size * (0.6 if boxed else 1.5), box.y0 + size * 0.3, box.x1 - 4, box.y1)
    colour = canvas.style.accent if marked else None
    paragraph(canvas, text, size=size, bold=marked, centred=boxed, colour=colour, within=inner)


def mark_box(canvas: Canvas, box: Area, *, right: bool) -> None:
    """Draw the frame of a choice, coloured where it is right on a solution page."""
    accent = canvas.style.accent
    if right and canvas.style.solution:
        canvas.rectangle(
            box, fill=soften(accent, 0.88), outline=accent, stroke=2, radius=canvas.style.corner
        )
        return
    canvas.rectangle(
        box, outline=soften(canvas.style.ink, 0.65), stroke=1, radius=canvas.style.corner
    )


def lay_out_choices(
    canvas: Canvas,
    rng: random.Random,
    count: int,
    height: float,
    right: Collection[int],
    *,
    captions: Sequence[str] = (),
    columns: int = 0,
) -> list[Area]:
    """Places for figures to choose from, lettered and captioned; on solution pages the right ones are marked."""
    size = canvas.style.size * 0.85
    columns = columns or (count if count <= 3 else rng.choice((2, count)))
    room, gap = canvas.right - canvas.left, 8.0
    width = room / columns - gap
    below = size * 1.4 if captions else 0.0
    naming = rng.choice(("{a}", "{a}", "{a}.", "{a})", "Figure {a}", "{n}", "{n})"))
    boxed = rng.random() < 0.65
    places: list[Area] = []
    for index in range(count):
        x0 = canvas.left + index % columns * (width + gap)
        y0 = canvas.y + index // columns * (height + below + gap)
        box = Area(x0, y0, x0 + width, y0 + height + below)
        if boxed or (index in right and canvas.style.solution):
            mark_box(canvas, box, right=index in right)
        name = naming.format(a=_LETTERS[index], n=index + 1)
        canvas.text(x0 + 5, y0 + size * 0.75, name, size=size, bold=True)
        if captions:
            small = min(size, size * width / max(1.0, canvas.measure(captions[index], size) + 4))
            canvas.text(
                (x0 + box.x1) / 2, box.y1 - size * 0.8, captions[index], size=small, anchor="m"
            )
        places.append(Area(x0 + 6, y0 + size * 1.4, box.x1 - 6, y0 + height - 4))
    canvas.y += -(-count // columns) * (height + below + gap)
    return places


# Answers


def write_answer(
    canvas: Canvas, rng: random.Random, parts: Sequence[Part], *, boxed: bool | None = None
) -> None:
    """Write a sentence or equation with places for answers, on its own line, sometimes in a box."""
    size = canvas.style.size * rng.uniform(0.9, 1.15)
    wide = measure_expression(canvas, parts, size)
    room = canvas.right - canvas.left - 12
    size *= min(1.0, room / max(1.0, wide))
    boxed = rng.random() < 0.35 if boxed is None else boxed
    height = size * 2.4
    if boxed:
        box = Area(canvas.left, canvas.y, canvas.right, canvas.y + height)
        canvas.rectangle(box, outline=soften(canvas.style.ink, 0.6), radius=canvas.style.corner)
    centred = canvas.style.centred
    x = canvas.width / 2 if centred else canvas.left + (8 if boxed else 0)
    write_expression(
        canvas, x, canvas.y + height / 2, parts, size=size, anchor="m" if centred else "l"
    )
    canvas.y += height + size * 0.3


def write_quantity(
    canvas: Canvas, rng: random.Random, answer: str, unit: str = "", before: Sequence[str] = ("",)
) -> None:
    """Write a place for a number with its unit, maybe after a word such as `Answer:`."""
    lead = rng.choice(before)
    parts: list[Part] = [
        f"{lead} " if lead else "",
        Blank(answer, digits=rng.randint(2, 5)),
        f" {unit}" if unit else "",
    ]
    write_answer(canvas, rng, [part for part in parts if part], boxed=None)


def write_conclusion(canvas: Canvas, rng: random.Random, *sentences: str) -> None:
    """Write what comes out, on solution pages only: a strip, a box or plain text."""
    if not canvas.style.solution:
        return
    size = canvas.style.size * rng.uniform(0.8, 0.95)
    text = " ".join(sentences)
    if rng.random() < 0.4:
        paragraph(canvas, text, size=size, colour=canvas.style.accent, bold=rng.random() < 0.5)
        return
    lines = wrap_text(canvas, text, canvas.right - canvas.left - size * 1.6, size)
    box = Area(canvas.left, canvas.y, canvas.right, canvas.y + size * (1.3 * len(lines) + 0.8))
    canvas.rectangle(
        box,
        fill=soften(canvas.style.accent, 0.88),
        outline=canvas.style.accent,
        radius=canvas.style.corner,
    )
    paragraph(
        canvas,
        text,
        size=size,
        within=Area(box.x0 + size * 0.8, box.y0 + size * 0.35, box.x1 - size * 0.8, box.y1),
    )
    canvas.y = box.y1 + size * 0.4


def write_hint(canvas: Canvas, rng: random.Random, *hints: str) -> None:
    """Write a small line of help below a figure, sometimes none."""
    if rng.random() < 0.6:
        colour = soften(canvas.style.ink, 0.25)
        paragraph(canvas, rng.choice(hints), size=canvas.style.size * 0.8, colour=colour)
        canvas.y += 3
