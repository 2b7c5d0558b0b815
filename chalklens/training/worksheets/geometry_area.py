"""Worksheets about area: unit squares, rows and columns, products of sides, figures cut in rectangles.

How it is used: importing it registers its templates. Labels, as the corpus gives them: counted unit
squares are an Iteration on the TileScale (with the square unit's own scale), sides that are multiplied
a Multiplication of TwoOperands, with a formula also an Equation; counting equal squares without a
unit is ShapeDecomposition in a BoxArrangement.

What it leaves out: perimeter (`geometry_perimeter`).
"""

import random
from dataclasses import dataclass

from chalklens.training.worksheets.canvas import Area, Canvas
from chalklens.training.worksheets.figures_shares import (
    draw_grid,
    fit_grid,
    number_squares,
    write_sides,
)
from chalklens.training.worksheets.flow import Blank, write_lines
from chalklens.training.worksheets.panels import (
    reserve,
    write_answer,
    write_conclusion,
    write_hint,
    write_quantity,
)
from chalklens.training.worksheets.phrasing import count_of, instruct
from chalklens.training.worksheets.templates import template
from chalklens.training.worksheets.wordings import vary

_UNITS = {
    "unit": "",
    "centimeter": "SquareCentimeterScale",
    "meter": "SquareMeterScale",
    "inch": "SquareInchScale",
    "foot": "SquareFootScale",
}
_PLURALS = {"foot": "feet", "inch": "inches"}
_TITLES = (
    "Area",
    "Finding area",
    "Square units",
    "Area of rectangles",
    "Rows and columns",
    "How much space?",
)
_PRODUCT = frozenset(("AreaCalculation", "Multiplication", "Rectangle", "TwoOperands"))
_ARRAY = frozenset(("BoxArrangement", "EqualShares", "Rectangle", "ShapeDecomposition", "Square"))


@dataclass(frozen=True, slots=True)
class Grid:
    """A rectangle of squares."""

    rows: int
    columns: int

    @property
    def count(self) -> int:
        """How many squares."""
        return self.rows * self.columns


def choose_grid(rng: random.Random, most: int = 7) -> Grid:
    """At least two rows and columns."""
    return Grid(rng.randint(2, most), rng.randint(2, most))


def _draw(
    canvas: Canvas, rng: random.Random, grid: Grid, sides: tuple[str, str], *, lined: bool = True
) -> Area:
    """The grid in the flow of the page with its sides written on it."""
    place = reserve(canvas, rng, min(215, 34 * grid.rows + 50), rng.uniform(240, 400))
    box = fit_grid(
        Area(place.x0 + 70, place.y0 + 24, place.x1 - 70, place.y1 - 4), grid.rows, grid.columns
    )
    draw_grid(canvas, box, grid.rows, grid.columns, lined=lined, chequered=rng.random() < 0.3)
    if sides[0]:
        write_sides(canvas, box, *sides)
    return box


def _count_sides(rng: random.Random, grid: Grid) -> tuple[str, str]:
    look = rng.choice(
        (("{c} columns", "{r} rows"), ("{c} columns", "{r} rows"), ("{c}", "{r}"), ("", ""))
    )
    return look[0].format(c=grid.columns), look[1].format(r=grid.rows)


def _length_sides(rng: random.Random, grid: Grid) -> tuple[str, str]:
    unit = rng.choice((" units", " units", " u", ""))
    return f"{grid.columns}{unit}", f"{grid.rows}{unit}"


@template
def area_counting(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Unit squares to be counted; the area in square units."""
    grid, unit = choose_grid(rng, 6), rng.choice(tuple(_UNITS))
    plural = _PLURALS.get(unit, f"{unit}s")
    instruct(
        canvas, rng, _COUNT, _TITLES, unit=unit, plural=plural, rows=grid.rows, columns=grid.columns
    )
    box = _draw(canvas, rng, grid, _count_sides(rng, grid))
    if canvas.style.solution:
        number_squares(canvas, box, grid.rows, grid.columns)
    write_quantity(
        canvas, rng, str(grid.count), f"square {plural}", ("Area =", "Area:", "", "Answer:")
    )
    labels = {
        "AreaCalculation",
        "IntegerNumbers",
        "Iteration",
        "ProcedureExecution",
        "Square",
        "TileScale",
    }
    return frozenset(labels | ({_UNITS[unit]} if _UNITS[unit] else set[str]()))


_COUNT = (
    "Every tile is a square of 1 {unit} by 1 {unit}. [Count them all.|Count row by row.] What is the area in square {plural}?",
    "{rows} rows of {columns} unit tiles cover a floor. Each tile is 1 square {unit}. [How large is the floor?|What is the area of the floor?]",
    "[Count the squares.|] Each square is 1 square {unit}. [Find|What is] the area of the [figure|rectangle].",
    "How many square {plural} [cover|fill|tile] the rectangle? [Count them.|Count one by one.|]",
    "Count the [tiles|unit squares] to find the area in square {plural}.",
    "One [tile|square] = 1 square {unit}. [Count on to find|Count] the whole area.",
    "[A wall|A patio|A mat|A tray] is covered with tiles of 1 square {unit} without gaps. [How large is its area?|What is its area?]",
    "Find the area by counting unit squares of 1 square {unit}.",
)


@template
def area_product(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Two sides; the area is their product. As a picture or as a story."""
    grid, story = choose_grid(rng, 9), rng.random() < 0.4
    names = {"long": grid.columns, "wide": grid.rows}
    instruct(canvas, rng, _STORY if story else _PRODUCTS, _TITLES, **names)
    _draw(canvas, rng, grid, _length_sides(rng, grid), lined=rng.random() < 0.7)
    if canvas.style.solution or rng.random() < 0.7:
        write_quantity(
            canvas,
            rng,
            str(grid.count),
            "square units",
            ("Area =", f"Area = {grid.rows} × {grid.columns} =", "A ="),
        )
    return _PRODUCT | {"ProcedureExecution"} | ({"TextualReception"} if story else set[str]())


_PRODUCTS = (
    "[Find|Give] the area: {long} units by {wide} units.",
    "[What is|Find|Calculate] the area of the rectangle.",
    "Multiply the side lengths to find the area.",
    "Length {long} units, width {wide} units. [Find|Work out] the area.",
    "[Multiply|Use the side lengths]. How many square units [is the area|are there]?",
    "The sides measure {long} units and {wide} units. What is the area?",
    "[Calculate|Work out] the area in square units.",
    "How [large|big] is the [area|surface] of the rectangle?",
)
_STORY = (
    "A garden measures {long} units by {wide} units. How large is its area?",
    "A [rug|poster|field|table top] has sides of {long} and {wide} units. [Find its area.|How large is its area?]",
    "A [room|wall|court] measures {long} units by {wide} units. What area [does it have|must be painted]?",
    "[Grass|Cloth|Paper] for a rectangle of {long} units by {wide} units: how many square units are needed?",
    "The [playground|pool|carpet] has sides of {long} units and {wide} units. How many square units [does it cover|is that]?",
)


@template
def area_formula(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """The area formula with its numbers put in."""
    grid = choose_grid(rng, 12)
    instruct(
        canvas,
        rng,
        _FORMULA,
        (*_TITLES, "Area formula", "Length times width"),
        long=grid.columns,
        wide=grid.rows,
    )
    place = reserve(canvas, rng, rng.uniform(90, 120), rng.uniform(260, 380))
    box = Area(place.x0 + 80, place.y0 + 24, place.x1 - 40, place.y1 - 6)
    draw_grid(canvas, box, 1, 1, lined=False)
    worded = rng.random() < 0.5
    write_sides(
        canvas,
        box,
        f"{'length: ' if worded else ''}{grid.columns} units",
        f"{'width: ' if worded else ''}{grid.rows} units",
    )
    letters = vary(rng, "[A = length × width|A = l × w|Area = length × width]")
    if rng.random() < 0.7:
        write_answer(canvas, rng, (letters,))
    write_answer(
        canvas, rng, (f"A = {grid.columns} × {grid.rows} = ", Blank(str(grid.count), digits=3))
    )
    write_conclusion(canvas, rng, f"Area: {grid.count} square units")
    return _PRODUCT | {"Equation", "IntegerNumbers", "ProcedureExecution"}


_FORMULA = (
    "What area does the formula give for a rectangle of {long} by {wide} units?",
    "[Use|Apply] the area formula to find the area of the rectangle.",
    "A rectangular [garden|field|room] measures {long} units by {wide} units. Find its area with the formula.",
    "[Put|Fill] length and width into the formula. [What is the area?|Find A.]",
    "[Calculate|Find] A with the formula A = length × width.",
    "Use A = l × w with l = {long} and w = {wide}.",
)


@template
def area_explaining(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A tiled rectangle; why sides are multiplied is to be explained."""
    grid = choose_grid(rng, 6)
    instruct(canvas, rng, _WHY, _TITLES)
    _draw(canvas, rng, grid, _length_sides(rng, grid))
    if not canvas.style.solution:
        write_lines(canvas, rng.choice((1, 2, 3)))
    write_conclusion(
        canvas,
        rng,
        f"There are {grid.rows} rows with {grid.columns} squares in each, that is {grid.rows} × {grid.columns} = {grid.count}.",
    )
    return _PRODUCT | {"BoxArrangement", "ProcedureUnderstanding", "Square"}


_WHY = (
    "The area of the tiled rectangle is the product of its sides. Why?",
    "Explain why [you can multiply|multiplying] the sides [to get|gives] the number of [tiles|unit squares].",
    "How do rows and columns show that area is length times width? [Explain.|]",
    "[Explain|Tell] why you do not have to count every [square|tile] to find the area.",
    "Use the rows of squares to explain why the sides are multiplied.",
    "Why is counting all [squares|tiles] the same as multiplying the side lengths?",
)


@template
def array_counting(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """Equal squares in rows and columns to be counted."""
    grid = choose_grid(rng, 5)
    instruct(
        canvas,
        rng,
        _SQUARES,
        ("Rows and columns", "Equal squares", "Squares in a rectangle", "Arrays"),
        rows=grid.rows,
        columns=grid.columns,
    )
    box = _draw(canvas, rng, grid, _count_sides(rng, grid))
    if canvas.style.solution:
        number_squares(canvas, box, grid.rows, grid.columns)
    write_quantity(
        canvas,
        rng,
        str(grid.count),
        rng.choice(("", "squares", "equal squares")),
        ("", "Squares:", "Answer:"),
    )
    return _ARRAY | {"ProcedureExecution"}


_SQUARES = (
    "How many squares of equal size [do you see|make up the rectangle]?",
    "A [shelf|window|game board|calendar] has {rows} rows and {columns} columns of square [fields|boxes]. How many [fields|boxes] is that?",
    "Count the equal squares in the rectangle.",
    "The rectangle is [divided|cut] into equal squares. How many are there?",
    "Into how many equal squares is the rectangle [divided|partitioned|cut]?",
    "[Find|Write] the [total |]number of [same-size|equal] squares.",
)


@template
def array_partition(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """A rectangle to be cut into rows and columns of equal squares."""
    grid = choose_grid(rng, 5)
    rows, columns = count_of(grid.rows, "row"), count_of(grid.columns, "column")
    instruct(
        canvas,
        rng,
        _CUT,
        ("Rows and columns", "Partition rectangles", "Equal squares"),
        rows=rows,
        columns=columns,
    )
    sides = rng.choice(((columns, rows), ("", "")))
    _draw(canvas, rng, grid, sides, lined=canvas.style.solution)
    write_hint(canvas, rng, "Use a ruler.", "All squares are the same size.")
    return _ARRAY | {"VisualArticulation"}


_CUT = (
    "Partition it: {rows}, {columns}, all squares equal.",
    "[Divide|Cut] this rectangle so that it has {rows} and {columns}.",
    "Draw lines to make {rows} and {columns} of squares[ of the same size|].",
    "[Draw|Make] a grid of equal squares [in the rectangle|]: {rows}, {columns}.",
    "Split it into equal squares: {rows} and {columns}.",
    "Show {rows} with equal squares in {columns}.",
)


@template
def area_decomposition(canvas: Canvas, rng: random.Random) -> frozenset[str]:
    """An L-shaped figure to be cut into two rectangles."""
    width, height = rng.randint(2, 4), rng.randint(3, 6)
    wide, low = rng.randint(1, 4), rng.randint(1, height - 1)
    instruct(canvas, rng, _DECOMPOSE, (*_TITLES, "Area of L-shapes", "Cut and add"))
    _draw_corner_figure(canvas, rng, (width, height, wide, low))
    first, second = width * height, wide * low
    if rng.random() < 0.6:
        parts = (
            Blank(str(first)),
            " + ",
            Blank(str(second)),
            " = ",
            Blank(str(first + second)),
            " square units",
        )
        write_answer(canvas, rng, parts)
    else:
        write_quantity(canvas, rng, str(first + second), "square units", ("Area =", "Area:", ""))
    write_conclusion(
        canvas,
        rng,
        f"{width} × {height} = {first}, {wide} × {low} = {second}, {first} + {second} = {first + second} square units.",
    )
    return frozenset(
        (
            "Addition",
            "AreaCalculation",
            "ProcedureExecution",
            "Rectangle",
            "ShapeDecomposition",
            "VisualDecomposition",
        )
    )


def _draw_corner_figure(
    canvas: Canvas, rng: random.Random, sides: tuple[int, int, int, int]
) -> None:
    """Two rectangles side by side on one base line: width x height and wide x low."""
    width, height, wide, low = sides
    unit = min(26, 150 / height, 260 / (width + wide))
    place = reserve(canvas, rng, unit * height + 52, max(260, unit * (width + wide) + 150))
    x0, y1 = place.middle[0] - unit * (width + wide) / 2, place.y1 - 24
    x1, x2, y0, y2 = (
        x0 + unit * width,
        x0 + unit * (width + wide),
        y1 - unit * height,
        y1 - unit * low,
    )
    canvas.polygon(
        ((x0, y0), (x1, y0), (x1, y2), (x2, y2), (x2, y1), (x0, y1)),
        outline=canvas.style.ink,
        stroke=2,
    )
    if rng.random() < 0.5:
        _draw_squares(canvas, Area(x0, y0, x1, y1), unit)
        _draw_squares(canvas, Area(x1, y2, x2, y1), unit)
    if canvas.style.solution:
        canvas.dashed_line((x1, y2), (x1, y1), colour=(220, 38, 38))
    size, unit_name = canvas.style.size * 0.72, rng.choice((" units", " u", ""))
    canvas.text((x0 + x1) / 2, y0 - 9, f"{width}{unit_name}", size=size, anchor="m")
    canvas.text(x0 - 5, (y0 + y1) / 2, f"{height}{unit_name}", size=size, anchor="r")
    canvas.text((x1 + x2) / 2 + 6, y2 - 9, f"{wide}{unit_name}", size=size, anchor="m")
    canvas.text(x2 + 5, (y2 + y1) / 2, f"{low}{unit_name}", size=size)
    canvas.figure("polygon", Area(x0, y0, x2, y1))


def _draw_squares(canvas: Canvas, box: Area, unit: float) -> None:
    for step in range(1, round(box.width / unit)):
        canvas.line((box.x0 + step * unit, box.y0), (box.x0 + step * unit, box.y1), stroke=0.7)
    for step in range(1, round(box.height / unit)):
        canvas.line((box.x0, box.y0 + step * unit), (box.x1, box.y0 + step * unit), stroke=0.7)


_DECOMPOSE = (
    "Decompose this rectilinear figure. What is its area?",
    "[Cut|Divide|Split] the figure into [two |]rectangles. [Find|Add] the areas.",
    "Find the area of the [L-shaped|rectilinear] figure. [Cut it into rectangles.|Use two rectangles.]",
    "What is the area of the [whole |]figure? Add the areas of two rectangles.",
    "Draw a line to make two rectangles. Then find the [total|whole] area.",
    "[Break|Take] the figure apart into rectangles and add their areas.",
)
