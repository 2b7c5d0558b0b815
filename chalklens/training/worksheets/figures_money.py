"""Coins and bills with their values.

How it is used: `draw_money(canvas, rng, place, [100, 25, 25])` draws bills and coins worth so many
cents each, in rows, and declares each. Coins say their value, their name or both.

What it leaves out: what the money is for (`money_*`).
"""

import random
from collections.abc import Sequence

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.style import Colour, soften

COIN_NAMES = {1: "penny", 5: "nickel", 10: "dime", 25: "quarter"}
_SIZES = {1: 0.78, 5: 0.9, 10: 0.72, 25: 1.0}
_COPPER: Colour = (205, 127, 50)
_SILVER: Colour = (176, 182, 190)
_GOLD: Colour = (250, 204, 21)
_GREEN: Colour = (134, 187, 134)
DENOMINATIONS = {
    1: "HundredthDenomination",
    5: "TwentiethDenomination",
    10: "TenthDenomination",
    25: "QuarterDenomination",
}


def label_pieces(pieces: Sequence[int]) -> frozenset[str]:
    """Labels of coins and bills, given in cents: the denominations that are there."""
    labels = {DENOMINATIONS[piece] for piece in pieces if piece in DENOMINATIONS}
    if labels:
        labels.add("Coins")
    if any(piece >= 100 for piece in pieces):
        labels |= {"Banknotes", "MajorDenomination"}
    return frozenset(labels)


def write_amount(cents: int) -> str:
    """`45¢`, `$3` or `$3.45`."""
    if cents < 100:
        return f"{cents}¢"
    return f"${cents // 100}" if cents % 100 == 0 else f"${cents / 100:.2f}"


def draw_money(canvas: Canvas, rng: random.Random, place: Area, pieces: Sequence[int]) -> None:
    """Draw pieces in rows from the top left of a place; they get smaller where they are many."""
    size = _fitting_size(place, pieces)
    look = rng.random()
    x, y = place.x0, place.y0
    for piece in pieces:
        width = size * 1.9 if piece >= 100 else size
        if x + width > place.x1 + 0.5:
            x, y = place.x0, y + size * 1.12
        draw_piece(canvas, random.Random(look), Area(x, y, x + width, y + size), piece)
        x += width * 1.1


def _fitting_size(place: Area, pieces: Sequence[int]) -> float:
    for size in range(44, 12, -2):
        rows, x = 1, 0.0
        for piece in pieces:
            width = size * (1.9 if piece >= 100 else 1.0)
            if x + width > place.width:
                rows, x = rows + 1, 0.0
            x += width * 1.1
        if rows * size * 1.12 <= place.height:
            return size
    return 12


def draw_piece(canvas: Canvas, rng: random.Random, box: Area, cents: int) -> None:
    """Draw one coin or bill and declare it."""
    if cents >= 100:
        _draw_bill(canvas, rng, box.inset(0, box.height * 0.06), cents)
        return
    (x, y), radius = (
        box.middle,
        min(box.width, box.height) / 2 * (_SIZES[cents] if rng.random() < 0.6 else 0.95),
    )
    metal = rng.choice((_GOLD, _COPPER if cents == 1 else _SILVER, _SILVER))
    fill = rng.choice((metal, soften(metal, 0.5), soften(_GOLD, 0.8)))
    canvas.disc(x, y, radius, fill=fill, outline=rng.choice((canvas.style.ink, (161, 98, 7))))
    if rng.random() < 0.4:
        canvas.disc(x, y, radius * 0.82, outline=(130, 130, 130))
    named = rng.random() < 0.25 and radius > 13
    text = COIN_NAMES[cents] if named else f"{cents}¢"
    size = radius * (0.52 if named else 0.72)
    canvas.text(x, y, text, size=max(9.0, size), anchor="m", bold=not named, colour=(40, 30, 10))
    canvas.figure("coin", Area(x - radius, y - radius, x + radius, y + radius))


def _draw_bill(canvas: Canvas, rng: random.Random, box: Area, cents: int) -> None:
    canvas.rectangle(
        box,
        fill=rng.choice((soften(_GREEN, 0.5), soften(_GREEN, 0.75), _GREEN)),
        outline=(22, 101, 52),
        radius=3,
    )
    if rng.random() < 0.4:
        canvas.rectangle(box.inset(3), outline=(22, 101, 52), stroke=0.8)
    if rng.random() < 0.3:
        canvas.ellipse(
            box.inset(box.width * 0.34, box.height * 0.14), outline=(22, 101, 52), stroke=0.8
        )
    canvas.text(
        *box.middle,
        f"${cents // 100}",
        size=box.height * 0.45,
        bold=True,
        anchor="m",
        colour=(20, 60, 30),
    )
    canvas.figure("bill", box)
