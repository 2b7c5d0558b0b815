"""A sheet being drawn: shapes and text in page units, recorded first and painted when asked.

How it is used by a template: absolute drawing (`line`, `rectangle`, `text` ...) or, with `flow`, text
and items below one another at `canvas.y`. Whatever is written becomes words with boxes, whatever is
declared with `figure` a figure. `picture()` paints; `words()` and `figures()` need no painting.

Page units are about one pixel of the finished picture: a page is 380 to 700 wide and as high as what
stands on it; both sides are reduced together when the longer one passes 512 pixels.

What it leaves out: the looks (`style`), wrapping and answer blanks (`flow`), labels (`labels`).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw

from chalklens.training.worksheets.content import FIGURE_KINDS, Figure, Word, order_words
from chalklens.training.worksheets.style import Colour, Style, load_font, measure_text

MAX_SIDE_PX = 512
_OVERSAMPLING = 2  # shapes are painted larger and reduced: smooth edges
MAX_OPERATIONS = 20_000

Point = tuple[float, float]
Painter = Callable[[ImageDraw.ImageDraw, float], None]


class Area(NamedTuple):
    """An upright rectangle in page units."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Length from left to right."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Length from top to bottom."""
        return self.y1 - self.y0

    @property
    def middle(self) -> Point:
        """The centre."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def inset(self, dx: float, dy: float | None = None) -> "Area":
        """The rectangle made smaller on every side."""
        dy = dx if dy is None else dy
        return Area(self.x0 + dx, self.y0 + dy, self.x1 - dx, self.y1 - dy)


class Canvas:
    """One sheet in the making.

    Attributes:
        style: The looks of this sheet.
        width, margin: Of the page.
        y: Where the next thing in the flow goes.
        texts: Every word written so far with its place, in order of writing.
    """

    def __init__(self, style: Style, width: float, margin: float) -> None:
        self.style = style
        self.width = width
        self.margin = margin
        self.y = margin
        self.texts: list[tuple[str, Area]] = []
        self._figures: list[tuple[str, Area]] = []
        self._painters: list[Painter] = []
        self._bottom = margin
        self._right = width - margin

    @property
    def left(self) -> float:
        """Where the text begins."""
        return self.margin

    @property
    def right(self) -> float:
        """Where the text ends."""
        return self.width - self.margin

    @property
    def room(self) -> float:
        """Height that is left before the page becomes so tall that its text gets small."""
        return max(0.0, self.width * 1.15 - self.y - self.margin)

    # Text

    def measure(self, text: str, size: float | None = None, *, bold: bool = False) -> float:
        """Width of a text in page units."""
        face = self.style.bold if bold else self.style.regular
        return measure_text(face, size or self.style.size, text)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float | None = None,
        bold: bool = False,
        colour: Colour | None = None,
        anchor: str = "l",
    ) -> Area:
        """Write one line, its middle at height `y`; `anchor` is l, m or r of `x`. Its box."""
        size = size or self.style.size
        x -= {"l": 0.0, "m": 0.5, "r": 1.0}[anchor] * self.measure(text, size, bold=bold)
        start, space = x, self.measure(" ", size, bold=bold)
        for word in text.split(" "):
            if word:
                end = x + self.measure(word, size, bold=bold)
                self._word(word, Area(x, y - size * 0.52, end, y + size * 0.52), size, bold, colour)
                x = end
            x += space
        return Area(start, y - size * 0.52, x - space, y + size * 0.52)

    def _word(self, word: str, box: Area, size: float, bold: bool, colour: Colour | None) -> None:
        face = self.style.bold if bold else self.style.regular
        ink = colour or self.style.ink
        left, baseline = box.x0, box.y1 - size * 0.18

        def paint(draw: ImageDraw.ImageDraw, scale: float) -> None:
            font = load_font(face, size * scale, word)
            draw.text((left * scale, baseline * scale), word, fill=ink, font=font, anchor="ls")

        self.texts.append((word, box))
        self._add(box, paint)

    # Shapes

    def line(
        self, *points: Point, colour: Colour | None = None, stroke: float | None = None
    ) -> None:
        """Draw a line through points."""
        ink, width = colour or self.style.ink, stroke or self.style.stroke

        def paint(draw: ImageDraw.ImageDraw, scale: float) -> None:
            draw.line(_scaled(points, scale), fill=ink, width=_px(width * scale), joint="curve")

        self._add(_bounds(points), paint)

    def dashed_line(
        self, start: Point, end: Point, *, dash: float = 5, colour: Colour | None = None
    ) -> None:
        """Draw a dashed line."""
        (x0, y0), (x1, y1) = start, end
        count = max(1, int(max(abs(x1 - x0), abs(y1 - y0)) / (2 * dash)))
        for step in range(count):
            a, b = step / count, (step + 0.5) / count
            self.line(
                (x0 + (x1 - x0) * a, y0 + (y1 - y0) * a),
                (x0 + (x1 - x0) * b, y0 + (y1 - y0) * b),
                colour=colour,
            )

    def arrow(
        self, start: Point, end: Point, *, colour: Colour | None = None, head: float = 7
    ) -> None:
        """Draw a line with a head at its end."""
        (x0, y0), (x1, y1) = start, end
        length = max(1e-6, ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5)
        ux, uy = (x1 - x0) / length, (y1 - y0) / length
        bx, by = x1 - ux * head, y1 - uy * head
        self.line(start, (bx, by), colour=colour)
        wing = head * 0.45
        corners = ((x1, y1), (bx - uy * wing, by + ux * wing), (bx + uy * wing, by - ux * wing))
        self.polygon(corners, fill=colour or self.style.ink, outline=None)

    def rectangle(
        self,
        box: Area,
        *,
        fill: Colour | None = None,
        outline: Colour | None = None,
        stroke: float | None = None,
        radius: float = 0,
    ) -> None:
        """Draw a rectangle; without fill and outline, the outline is drawn in ink."""
        ink = outline or (None if fill else self.style.ink)
        width = stroke or self.style.stroke

        def paint(draw: ImageDraw.ImageDraw, scale: float) -> None:
            corners = _scaled(((box.x0, box.y0), (box.x1, box.y1)), scale)
            _draw_rounded(draw, corners, radius * scale, fill, ink, _px(width * scale))

        self._add(box, paint)

    def ellipse(
        self,
        box: Area,
        *,
        fill: Colour | None = None,
        outline: Colour | None = None,
        stroke: float | None = None,
    ) -> None:
        """Draw an ellipse; without fill and outline, the outline is drawn in ink."""
        ink = outline or (None if fill else self.style.ink)
        width = stroke or self.style.stroke

        def paint(draw: ImageDraw.ImageDraw, scale: float) -> None:
            corners = _scaled(((box.x0, box.y0), (box.x1, box.y1)), scale)
            draw.ellipse(corners, fill, ink, _px(width * scale))

        self._add(box, paint)

    def disc(
        self,
        x: float,
        y: float,
        radius: float,
        *,
        fill: Colour | None = None,
        outline: Colour | None = None,
    ) -> None:
        """Draw a circle around a point."""
        self.ellipse(
            Area(x - radius, y - radius, x + radius, y + radius), fill=fill, outline=outline
        )

    def slice(
        self,
        box: Area,
        start_deg: float,
        end_deg: float,
        *,
        fill: Colour | None = None,
        outline: Colour | None = None,
    ) -> None:
        """Draw a sector of an ellipse; degrees clockwise from three o'clock."""
        ink, width = outline or self.style.ink, self.style.stroke

        def paint(draw: ImageDraw.ImageDraw, scale: float) -> None:
            corners = _scaled(((box.x0, box.y0), (box.x1, box.y1)), scale)
            draw.pieslice(corners, start_deg, end_deg, fill, ink, _px(width * scale))

        self._add(box, paint)

    def arc(
        self,
        box: Area,
        start_deg: float,
        end_deg: float,
        *,
        colour: Colour | None = None,
        stroke: float | None = None,
    ) -> None:
        """Draw a part of an ellipse's outline; degrees clockwise from three o'clock."""
        ink, width = colour or self.style.ink, stroke or self.style.stroke

        def paint(draw: ImageDraw.ImageDraw, scale: float) -> None:
            corners = _scaled(((box.x0, box.y0), (box.x1, box.y1)), scale)
            draw.arc(corners, start_deg, end_deg, ink, _px(width * scale))

        self._add(box, paint)

    def polygon(
        self,
        points: Sequence[Point],
        *,
        fill: Colour | None = None,
        outline: Colour | None = None,
        stroke: float | None = None,
    ) -> None:
        """Draw a closed polygon."""
        width = stroke or self.style.stroke

        def paint(draw: ImageDraw.ImageDraw, scale: float) -> None:
            corners = _scaled(points, scale)
            if fill:
                draw.polygon(corners, fill)
            if outline:
                closed = [*corners, *corners[:4]]
                draw.line(closed, fill=outline, width=_px(width * scale), joint="curve")

        self._add(_bounds(points), paint)

    def frame(self, inset: float, colour: Colour) -> None:
        """Draw a border around the page as it will be when everything is on it."""
        radius, width = self.style.corner, self.style.stroke

        def paint(draw: ImageDraw.ImageDraw, scale: float) -> None:
            corners = ((inset, inset), (self.full_width - inset, self.height - inset))
            stroke = _px(width * scale)
            _draw_rounded(draw, _scaled(corners, scale), radius * scale, None, colour, stroke)

        self._painters.append(paint)

    # Result

    def figure(self, kind: str, box: Area) -> None:
        """Declare what is drawn in a place; `kind` is one of `FIGURE_KINDS`."""
        if kind not in FIGURE_KINDS:
            raise ValueError(f"{kind} is no kind of figure; the kinds are in sheet.FIGURE_KINDS")
        self._figures.append((kind, box))

    @property
    def height(self) -> float:
        """Height of the page as it is now."""
        return max(self._bottom, self.y) + self.margin * 0.8

    @property
    def full_width(self) -> float:
        """Width of the page: more than `width` only when something reached further."""
        return max(self.width, self._right + self.margin)

    @property
    def scale(self) -> float:
        """Pixels per page unit in the finished picture."""
        return min(1.0, MAX_SIDE_PX / max(self.full_width, self.height))

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the finished picture."""
        return max(1, int(self.full_width * self.scale)), max(1, int(self.height * self.scale))

    def picture(self) -> Image.Image:
        """Paint everything, RGB."""
        width, height = self.size_px
        size = width * _OVERSAMPLING, height * _OVERSAMPLING
        image = Image.new("RGB", size, self.style.paper)
        draw = ImageDraw.Draw(image)
        for paint in self._painters:
            paint(draw, self.scale * _OVERSAMPLING)
        return image.reduce(_OVERSAMPLING)

    def words(self) -> tuple[Word, ...]:
        """Every word with its box in pixels, in reading order."""
        return order_words(Word(text, self._to_px(box)) for text, box in self.texts)

    def figures(self) -> tuple[Figure, ...]:
        """Every figure with its box in pixels."""
        return tuple(Figure(kind, self._to_px(box)) for kind, box in self._figures)

    def _to_px(self, box: Area) -> tuple[int, int, int, int]:
        x0, y0, x1, y1 = (round(value * self.scale) for value in box)
        return x0, y0, max(x0 + 1, x1), max(y0 + 1, y1)

    def _add(self, box: Area, painter: Painter) -> None:
        if len(self._painters) >= MAX_OPERATIONS:
            raise ValueError(f"a sheet may hold {MAX_OPERATIONS} drawing operations")
        self._painters.append(painter)
        self._bottom = max(self._bottom, box.y1)
        self._right = max(self._right, box.x1)


def _scaled(points: Sequence[Point], scale: float) -> list[float]:
    return [value * scale for point in points for value in point]


def _bounds(points: Sequence[Point]) -> Area:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Area(min(xs), min(ys), max(xs), max(ys))


def _px(width: float) -> int:
    return max(1, round(width))


def _draw_rounded(
    draw: ImageDraw.ImageDraw,
    corners: Sequence[float],
    radius: float,
    fill: Colour | None,
    ink: Colour | None,
    width: int,
) -> None:
    """Draw a rectangle; where its corners all but meet, which Pillow cannot draw, a little less round."""
    try:
        draw.rounded_rectangle(corners, radius, fill, ink, width)
    except ValueError:
        draw.rounded_rectangle(corners, radius - 1, fill, ink, width)
