"""Read lines for tests, laid out as a reader would give them."""

from chalklens.types import Box, TextLine

HEIGHT_PX = 20
ROW_PX = 30
CHARACTER_PX = 10


def place(text: str, x: int, y: int) -> TextLine:
    """One line whose box begins at `x`, `y`."""
    box = Box(x, y, x + CHARACTER_PX * max(1, len(text)), y + HEIGHT_PX)
    return TextLine(text, box, 1.0)


def rows(*texts: str) -> list[TextLine]:
    """Each text a row; `|` parts it into lines side by side."""
    lines: list[TextLine] = []
    for i, text in enumerate(texts):
        x = 0
        for part in text.split("|"):
            lines.append(place(part.strip(), x, i * ROW_PX))
            x = lines[-1].box.x1 + 2 * HEIGHT_PX
    return lines


def column(*texts: str, right: int = 200, y: int = 0) -> list[TextLine]:
    """Texts below each other, right edges in line."""
    return [
        place(text, right - CHARACTER_PX * len(text), y + i * ROW_PX)
        for i, text in enumerate(texts)
    ]
