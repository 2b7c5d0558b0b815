"""Documents to chunks: passages that are worth finding and citing on their own.

How it is used: `cut_document(document)`; `document.text[chunk.start : chunk.end] == chunk.text` holds,
chunks come in order, do not overlap and leave out nothing but white space. No chunk reaches across a
page or a heading of the outermost level; other headings are good places to cut. A document without
such boundaries stays whole up to `maximum`.

Where to cut is chosen for all chunks of a region together, so that the sum of costs is smallest (as
paragraphs are broken into lines in Knuth and Plass, "Breaking paragraphs into lines", 1981): a chunk
costs by how far it is from the target, a cut by what it cuts (`breaks`). So there is no small rest at
the end, and code or a table is cut only when it is larger than a chunk.

What it leaves out: overlap (neighbours are known by their ordinal) and the embedder's own tokens;
weights are characters, because 900 of them are about the 256 tokens that small encoders see.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from retrieval.breaks import Piece, list_pieces, weigh
from retrieval.documents import Chunk, Document, Section

ALGORITHM = "costs-1"
PIECES_PER_CHUNK = 3
GRAINS_PER_CHUNK = 18
SMALL_SHARE = 0.25
SMALL_COST = 0.5
CROSSED_HEADING_COST = 0.3


@dataclass(frozen=True, slots=True)
class ChunkSettings:
    """How large chunks are.

    Attributes:
        target: Weight aimed at: characters, of which East Asian wide ones count more.
        maximum: No chunk is heavier. A document without pages or headings up to this stays whole.
        wide_weight: What a wide character counts: 900 / 2.25 are 400 Chinese characters.
    """

    target: int = 900
    maximum: int = 2000
    wide_weight: float = 2.25

    def describe(self) -> str:
        """Say what chunks depend on; an index made with another description is rebuilt."""
        return f"{ALGORITHM} target={self.target} maximum={self.maximum} wide={self.wide_weight:g}"


DEFAULT = ChunkSettings()


@dataclass(frozen=True, slots=True)
class _Region:
    """A span that chunks stay inside; `inner` are the headings within it."""

    start: int
    end: int
    inner: tuple[int, ...]
    is_whole: bool


def cut_document(document: Document, settings: ChunkSettings = DEFAULT) -> tuple[Chunk, ...]:
    """Return a document's chunks in order; none when it holds only white space."""
    spans = [
        span
        for region in _list_regions(document)
        for span in _cut_region(document.text, region, settings)
    ]
    return tuple(_create_chunks(document, spans))


def _list_regions(document: Document) -> Iterator[_Region]:
    sections = document.sections or (Section(0),)
    bounds = [0]
    inner: list[list[int]] = [[]]
    for before, section in pairwise(sections):
        if _is_hard(before, section):
            bounds.append(section.start)
            inner.append([])
        else:
            inner[-1].append(section.start)
    ends = [*bounds[1:], len(document.text)]
    for start, end, headings in zip(bounds, ends, inner, strict=True):
        yield _Region(start, end, tuple(headings), is_whole=len(bounds) == 1)


def _is_hard(before: Section, section: Section) -> bool:
    is_outermost = len(section.headings) == 1 and section.headings != before.headings
    return (
        before.page != section.page or before.headings[:1] != section.headings[:1] or is_outermost
    )


def _cut_region(text: str, region: _Region, settings: ChunkSettings) -> Iterable[tuple[int, int]]:
    start, end = _strip(text, region.start, region.end)
    if start == end:
        return ()
    if region.is_whole and not region.inner and _fits(text, start, end, settings):
        return ((start, end),)
    pieces = _list_grains(text, start, end, region.inner, settings)
    cuts = _choose_cuts(pieces, frozenset(region.inner), settings)
    spans = zip([start, *cuts[:-1]], cuts, strict=True)
    stripped = (_strip(text, first, last) for first, last in spans)
    return [(first, last) for first, last in stripped if first < last]


def _fits(text: str, start: int, end: int, settings: ChunkSettings) -> bool:
    return (
        end - start <= settings.maximum
        and weigh(text[start:end], settings.wide_weight) <= settings.maximum
    )


def _list_grains(
    text: str, start: int, end: int, headings: Iterable[int], settings: ChunkSettings
) -> list[Piece]:
    """Pieces of a region, small ones joined so that there are only so many ways to cut."""
    grains: list[Piece] = []
    smallest = settings.target / GRAINS_PER_CHUNK
    for first, last in _between(start, end, headings):
        weight = 0.0
        for piece in list_pieces(
            text,
            first,
            last,
            wide_weight=settings.wide_weight,
            piece_weight=settings.target / PIECES_PER_CHUNK,
            block_weight=settings.maximum,
        ):
            weight += piece.weight
            if grains and _ends_better(grains[-1], piece, weight, smallest):
                weight += grains.pop().weight
                grains.append(Piece(piece.end, weight, piece.cost))
                weight = 0.0
            elif weight >= smallest or piece.end == last:
                grains.append(Piece(piece.end, weight, piece.cost))
                weight = 0.0
    return grains


def _ends_better(grain: Piece, piece: Piece, weight: float, smallest: float) -> bool:
    """Tell whether a grain should go on to the end of the next piece, such as the end of its row."""
    return piece.cost < grain.cost and grain.weight + weight <= 2 * smallest


def _between(start: int, end: int, headings: Iterable[int]) -> Iterator[tuple[int, int]]:
    places = [start, *(place for place in headings if start < place < end), end]
    yield from pairwise(places)


def _choose_cuts(
    pieces: list[Piece], headings: frozenset[int], settings: ChunkSettings
) -> list[int]:
    """Return where chunks end, the region's end included, at the lowest sum of costs.

    Dynamic programming over the pieces; a chunk holds few of them, so time is linear in the text.
    """
    target, maximum = settings.target, settings.maximum
    totals, crossed = [0.0], [0]
    best, previous = [0.0], [0]
    first = 0
    for last, piece in enumerate(pieces, start=1):
        total = totals[-1] + piece.weight
        while total - totals[first] > maximum and first < last - 1:
            first += 1
        lowest, origin = float("inf"), first
        for i in range(first, last):
            weight = total - totals[i]
            cost = best[i] + (weight / target - 1) ** 2
            cost += CROSSED_HEADING_COST * (crossed[-1] - crossed[i])
            if weight < SMALL_SHARE * target:
                cost += SMALL_COST
            if cost < lowest:
                lowest, origin = cost, i
        totals.append(total)
        crossed.append(crossed[-1] + (piece.end in headings))
        best.append(lowest + piece.cost)
        previous.append(origin)
    return _trace_back(pieces, previous)


def _trace_back(pieces: list[Piece], previous: list[int]) -> list[int]:
    cuts: list[int] = []
    last = len(pieces)
    while last:
        cuts.append(pieces[last - 1].end)
        last = previous[last]
    return cuts[::-1]


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out white space at both ends of a span."""
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    return start, max(start, end - len(part) + len(part.rstrip()))


def _create_chunks(document: Document, spans: Iterable[tuple[int, int]]) -> Iterator[Chunk]:
    sections = document.sections or (Section(0),)
    current = 0
    for ordinal, (start, end) in enumerate(spans):
        while current + 1 < len(sections) and sections[current + 1].start <= start:
            current += 1
        section = sections[current]
        yield Chunk(ordinal, start, end, document.text[start:end], section.headings, section.page)
