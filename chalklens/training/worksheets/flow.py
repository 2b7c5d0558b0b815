"""Text, answer places and items below one another, as worksheets have them.

How it is used by a template:

    introduce(canvas, rng, INSTRUCTIONS, titles=TITLES)          # title or badge, then what to do
    for cell in lay_out(canvas, rng, count=6, width=120, height=40):
        write_expression(canvas, *cell.middle, ("3 + ", Blank("4"), " = 7"), anchor="m")

Every function moves `canvas.y` below what it wrote, but `write_expression`, which is for any place.
What it leaves out: figures (`figures_*`) and the wordings themselves (the template modules).
"""

import random
from collections.abc import Sequence

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.expressions import (
    Blank,
    Fraction,
    Part,
    measure_expression,
    write_blank,
    write_expression,
)
from chalklens.training.worksheets.style import WHITE, Colour, soften
from chalklens.training.worksheets.wordings import vary


def paragraph(
    canvas: Canvas,
    text: str,
    *,
    size: float | None = None,
    bold: bool = False,
    colour: Colour | None = None,
    centred: bool | None = None,
    within: Area | None = None,
) -> Area:
    """Write a text in lines as wide as the page (or a box, from its top); returns its box."""
    size = size or canvas.style.size
    centred = canvas.style.centred if centred is None else centred
    x0, x1 = (within.x0, within.x1) if within else (canvas.left, canvas.right)
    top = within.y0 if within else canvas.y
    y = top + size * 0.65
    for line in wrap_text(canvas, text, x1 - x0, size, bold=bold):
        anchor, x = ("m", (x0 + x1) / 2) if centred else ("l", x0)
        canvas.text(x, y, line, size=size, bold=bold, colour=colour, anchor=anchor)
        y += size * 1.3
    bottom = y - size * 0.65 + size * 0.15
    if not within:
        canvas.y = bottom
    return Area(x0, top, x1, bottom)


def wrap_text(
    canvas: Canvas, text: str, width: float, size: float, *, bold: bool = False
) -> list[str]:
    """Break a text into lines no wider than `width`; single words may be."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and canvas.measure(longer, size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def skip(canvas: Canvas, height: float) -> None:
    """Leave room below what was written last."""
    canvas.y += height


def introduce(
    canvas: Canvas,
    rng: random.Random,
    instructions: Sequence[str],
    *,
    titles: Sequence[str] = (),
    title_chance: float = 0.45,
    silence_chance: float = 0.0,
) -> None:
    """Write a title or badge (sometimes) and one of the instructions (unless kept silent).

    Both are patterns for `wordings.vary`: `[Find|Work out] the sum.`
    """
    if titles and rng.random() < title_chance:
        write_title(canvas, rng, vary(rng, rng.choice(titles)))
    if instructions and rng.random() >= silence_chance:
        bold = rng.random() < 0.3
        size = canvas.style.size * rng.choice((1.0, 1.0, 1.1, 1.25))
        paragraph(canvas, vary(rng, rng.choice(instructions)), size=size, bold=bold)
        skip(canvas, canvas.style.size * rng.uniform(0.4, 0.9))


def write_title(canvas: Canvas, rng: random.Random, title: str) -> None:
    """Write a title as a heading, in capitals, as a badge or on a coloured strip."""
    size = canvas.style.size
    look = rng.choice(("heading", "heading", "capitals", "badge", "strip"))
    if look in ("capitals", "badge") and rng.random() < 0.7:
        title = title.upper()
    if look == "heading":
        paragraph(canvas, title, size=size * rng.uniform(1.15, 1.5), bold=True)
    elif look == "capitals":
        paragraph(canvas, title, size=size * 0.75, bold=True, colour=canvas.style.accent)
    else:
        _write_in_box(
            canvas, title, size * (0.75 if look == "badge" else 1.1), wide=look == "strip"
        )
    skip(canvas, size * rng.uniform(0.25, 0.6))


def _write_in_box(canvas: Canvas, title: str, size: float, *, wide: bool) -> None:
    room = canvas.right - canvas.left - size * 1.6
    lines = wrap_text(canvas, title, room, size, bold=True)
    length = room if wide else max(canvas.measure(line, size, bold=True) for line in lines)
    centred = canvas.style.centred
    x0 = (canvas.width - length) / 2 - size * 0.8 if centred else canvas.left
    box = Area(x0, canvas.y, x0 + length + size * 1.6, canvas.y + size * (1.3 * len(lines) + 0.7))
    fill = canvas.style.accent if wide else soften(canvas.style.accent)
    canvas.rectangle(box, fill=fill, radius=canvas.style.corner or 3)
    colour = WHITE if wide else canvas.style.accent
    inner = Area(box.x0 + size * 0.8, box.y0 + size * 0.35, box.x1, box.y1)
    paragraph(canvas, title, size=size, bold=True, colour=colour, centred=False, within=inner)
    canvas.y = box.y1


def lay_out(
    canvas: Canvas,
    rng: random.Random,
    count: int,
    width: float,
    height: float,
    *,
    gap: float = 10,
    numbered: bool | None = None,
) -> list[Area]:
    """Cells for items, in rows and columns below one another; sometimes numbered or boxed.

    The cells are at least `width` by `height`. As many are returned as fit on the page, at least
    one and at most `count`. `numbered` is chosen at random for several items when None.
    """
    numbered = (count > 1 and rng.random() < 0.35) if numbered is None else numbered
    label = canvas.style.size * 1.9 if numbered else 0.0
    most = max(1, int((canvas.right - canvas.left + gap) / (width + label + gap)))
    columns = min(count, most if rng.random() < 0.6 else rng.randint(1, most))
    rows = max(1, min(-(-count // columns), int(canvas.room / (height + gap))))
    cell_width = (canvas.right - canvas.left + gap) / columns - gap
    cell_width = max(
        width + label, cell_width if rng.random() < 0.7 else min(cell_width, width * 1.6 + label)
    )
    used = columns * (cell_width + gap) - gap
    x = max(canvas.left, (canvas.width - used) / 2) if canvas.style.centred else canvas.left
    boxed = count > 1 and rng.random() < 0.2
    naming = rng.choice(("{n})", "{n}.", "({n})", "{a})", "{a}."))
    cells: list[Area] = []
    for index in range(min(count, rows * columns)):
        x0 = x + index % columns * (cell_width + gap)
        y0 = canvas.y + index // columns * (height + gap)
        cell = Area(x0, y0, x0 + cell_width, y0 + height)
        if boxed:
            colour = soften(canvas.style.ink, 0.6)
            canvas.rectangle(cell.inset(-gap * 0.3), outline=colour, radius=canvas.style.corner)
        if numbered:
            name = naming.format(n=index + 1, a="abcdefghijklmnopqrstuvwxyz"[index % 26])
            canvas.text(x0, (y0 + cell.y1) / 2, name, size=canvas.style.size * 0.85)
        cells.append(Area(x0 + label, y0, cell.x1, cell.y1))
    canvas.y = cells[-1].y1 + gap
    return cells


def write_answer_line(
    canvas: Canvas, rng: random.Random, answer: str, labels: Sequence[str] = ("Answer:",)
) -> None:
    """Write `Answer: ____`, or the answer on a solution page, wrapped where it is long."""
    if canvas.style.solution:
        paragraph(
            canvas, f"{rng.choice(labels)} {answer}".strip(), colour=canvas.style.accent, bold=True
        )
        return
    y = canvas.y + canvas.style.size * 0.8
    box = canvas.text(canvas.left, y, rng.choice(labels))
    end = min(canvas.right, box.x1 + rng.uniform(90, 260))
    canvas.line((box.x1 + 6, box.y1), (max(end, box.x1 + 60), box.y1), stroke=1.2)
    canvas.figure("answer_box", Area(box.x1 + 6, box.y0, max(end, box.x1 + 60), box.y1))
    canvas.y = box.y1 + 6


def write_lines(canvas: Canvas, count: int, *, spacing: float | None = None) -> None:
    """Draw empty lines to write an explanation on."""
    spacing = spacing or canvas.style.size * 1.7
    top = canvas.y
    for _ in range(count):
        canvas.y += spacing
        canvas.line(
            (canvas.left, canvas.y),
            (canvas.right, canvas.y),
            stroke=1,
            colour=soften(canvas.style.ink, 0.5),
        )
    canvas.figure("writing_lines", Area(canvas.left, top, canvas.right, canvas.y))
    canvas.y += 6


def write_choices(canvas: Canvas, choices: Sequence[str], answer: int) -> None:
    """Write options beside one another or below, the right one coloured on solution pages."""
    size = canvas.style.size * 0.9
    needed = sum(canvas.measure(choice, size) + 46 for choice in choices)
    across = needed <= canvas.right - canvas.left
    x = canvas.left
    for index, choice in enumerate(choices):
        y = canvas.y + size * 0.8
        right = canvas.style.solution and index == answer
        box = Area(x, y - size * 0.45, x + size * 0.9, y + size * 0.45)
        canvas.rectangle(
            box,
            outline=canvas.style.ink,
            radius=canvas.style.corner,
            fill=canvas.style.accent if right else None,
        )
        canvas.text(box.x1 + 7, y, choice, size=size, bold=right)
        if across:
            x += canvas.measure(choice, size, bold=True) + 46
        else:
            canvas.y += size * 1.6
    canvas.y += size * 1.8 if across else 4


def write_equation(
    canvas: Canvas,
    rng: random.Random,
    parts: Sequence[Part],
    *,
    least: float = 1.0,
    most: float = 1.4,
) -> None:
    """Write one expression on a line of its own, no wider than the page."""
    write_equations(canvas, rng, (parts,), least=least, most=most)


def write_equations(
    canvas: Canvas,
    rng: random.Random,
    lines: Sequence[Sequence[Part]],
    *,
    least: float = 1.0,
    most: float = 1.2,
) -> None:
    """Write expressions below one another, all in one size and with the same alignment."""
    size = canvas.style.size * rng.uniform(least, most)
    widest = max(measure_expression(canvas, parts, size) for parts in lines)
    size *= min(1.0, (canvas.right - canvas.left) / widest)
    centred = canvas.style.centred or rng.random() < 0.3
    x, anchor = (canvas.width / 2, "m") if centred else (canvas.left, "l")
    for parts in lines:
        half = size * (1.35 if any(isinstance(part, Fraction) for part in parts) else 0.85)
        y = canvas.y + half + 2
        write_expression(canvas, x, y, parts, size=size, anchor=anchor)
        canvas.y = y + half + 4


__all__ = [
    "Blank",
    "Fraction",
    "Part",
    "introduce",
    "lay_out",
    "measure_expression",
    "paragraph",
    "skip",
    "wrap_text",
    "write_answer_line",
    "write_blank",
    "write_choices",
    "write_equation",
    "write_equations",
    "write_expression",
    "write_lines",
    "write_title",
]
