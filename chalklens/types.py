"""The nouns everybody shares: pictures, boxes, read text, label sets, generations.

How it is used: frozen, slotted dataclasses that cross module and process borders. Pydantic models
live at the MCP border only (`tools/`). What it leaves out: behaviour beyond derived properties.

Coordinates: boxes are `(x0, y0, x1, y1)` in pixels of the *original* picture as displayed (EXIF
orientation applied), origin at the top left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

JsonObject = Mapping[str, Any]

FinishReason = Literal["stop", "length", "cancelled", "loop"]


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in original pixels."""

    x0: int
    y0: int
    x1: int
    y1: int

    def to_thousandths(self, width_px: int, height_px: int) -> "Box":
        """The same box on Qwen3-VL's 0-1000 grid (Qwen3-VL technical report, grounding format)."""
        x, y = 1000 / max(1, width_px), 1000 / max(1, height_px)
        return Box(round(self.x0 * x), round(self.y0 * y), round(self.x1 * x), round(self.y1 * y))


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture or PDF page.

    Attributes:
        name: What a user may see of where it came from; never a path outside the allowed folders.
        sha256: Hex digest of the source bytes (the whole file, also for one page of it).
        mime_type: As sniffed from the bytes, e.g. `image/png` or `application/pdf`.
        width_px, height_px: Size as displayed, before any reduction.
        pixels: RGB, 8 bit, row by row: `pixels_width_px * pixels_height_px * 3` bytes.
        pixels_width_px, pixels_height_px: Size of `pixels`; smaller than the original when reduced.
        whole_width_px, whole_height_px: Size of the whole, when this is only a region of it.
        page: 1-based page of a PDF, or of a TIFF with several; None for a picture.
        page_count: Pages in the document, or frames in an animation (the first is taken).
    """

    name: str
    sha256: str
    mime_type: str
    width_px: int
    height_px: int
    pixels: bytes = field(repr=False)
    pixels_width_px: int
    pixels_height_px: int
    page: int | None = None
    page_count: int = 1
    whole_width_px: int | None = None
    whole_height_px: int | None = None


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of read text. `confidence` is 0 to 1; `box` in original pixels."""

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a picture's text, or a drawn figure such as `[clock]`, and where it is in pixels."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class TextReading:
    """What a reader saw on one picture, lines in reading order."""

    lines: tuple[TextLine, ...]
    reader: str

    @property
    def text(self) -> str:
        """All lines, one per row."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class LabelSet:
    """EduGraph labels in the three dimensions, bare ids, each sorted."""

    areas: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    abilities: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids, areas first."""
        return self.areas + self.scopes + self.abilities


@dataclass(frozen=True, slots=True)
class Labelling:
    """A labeller's answer for one picture.

    Attributes:
        labels: The chosen set; empty when `unsupported`.
        confidence: Probability per chosen id, 0 to 1; empty when the labeller has none to give.
        labeller: `engine` or `embedded`.
        model: Name of the weights.
        revision: Version or content hash of the weights, empty when unknown.
        adapter: Name of the adapter in use, empty for none.
        ontology: Version of the vocabulary the labels are in.
        unsupported: The picture is not elementary mathematics (`UnsupportedMaterial`).
        low_confidence: The labeller itself would not rely on this answer.
        rejected: Terms a model gave that no ontology version knows.
        reading: The text the labels rest on, when the labeller read it.
        probabilities: Of every label from 0.05 up, chosen or not; empty when the labeller has none.
        evidence: Pieces of text that speak for each chosen label; empty for a label supported by
            nothing that can be pointed at.
    """

    labels: LabelSet
    confidence: Mapping[str, float]
    labeller: str
    model: str
    revision: str = ""
    adapter: str = ""
    ontology: str = ""
    unsupported: bool = False
    low_confidence: bool = False
    rejected: tuple[str, ...] = ()
    reading: TextReading | None = None
    probabilities: Mapping[str, float] = field(default_factory=dict[str, float])
    evidence: Mapping[str, tuple[Span, ...]] = field(default_factory=dict[str, tuple[Span, ...]])


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """One question to a vision-language model.

    Attributes:
        prompt: The user's turn, after the pictures.
        pictures: 0 to 8 pictures, shown in this order before the prompt.
        system: System prompt; None leaves the model's chat template alone.
        task: Name of the generation parameters to use (see `engines.parameters`).
        max_new_tokens: Upper bound, itself bounded by the engine's limit; None takes the task's.
        json_schema: When given, the answer is constrained to this JSON Schema by grammar.
        principal: Who asks; requests of different principals are served in turn.
    """

    prompt: str
    pictures: tuple[Picture, ...] = ()
    system: str | None = None
    task: str = "answer"
    max_new_tokens: int | None = None
    json_schema: JsonObject | None = None
    principal: str = "local"


@dataclass(frozen=True, slots=True)
class TokenChunk:
    """A piece of an answer while it is being generated; `tokens` as in `Generation`."""

    text: str
    token_ids: tuple[int, ...] = ()
    tokens: int = 0

    def __post_init__(self) -> None:
        """Count the ids, where there are any."""
        object.__setattr__(self, "tokens", len(self.token_ids) or self.tokens)


@dataclass(frozen=True, slots=True)
class Generation:
    """A finished answer.

    `finish_reason`: `stop` (end of turn), `length` (token limit), `cancelled`, `loop` (the same
    words over and over: cut). Times are wall seconds. `tokens` counts `token_ids`; an engine that
    runs elsewhere tells a number and no ids.
    """

    text: str
    token_ids: tuple[int, ...]
    finish_reason: FinishReason
    prompt_tokens: int
    model: str
    revision: str = ""
    adapter: str = ""
    first_token_s: float = 0.0
    total_s: float = 0.0
    tokens: int = 0

    def __post_init__(self) -> None:
        """Count the ids, where there are any."""
        object.__setattr__(self, "tokens", len(self.token_ids) or self.tokens)


EngineState = Literal["absent", "idle", "loading", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What an engine is and how it is. `detail` says why when `failed` or `absent`."""

    kind: str
    state: EngineState
    model: str = ""
    revision: str = ""
    adapter: str = ""
    quantize: str = "none"
    device: str = ""
    dtype: str = ""
    waiting: int = 0
    load_s: float = 0.0
    worker_pid: int | None = None
    detail: str = ""


RerankMode = Literal["auto", "on", "off"]


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Which passages may be found; an empty field allows all.

    Attributes:
        collections: Names of collections, any of them.
        sources: Shell patterns (`*.pdf`, `guides/*`) on the source's name, any of them.
        first_page, last_page: 1-based, both included; passages without a page are left out.
        tags: Words given when the document was added, all of them.
        modified_from, modified_to: UTC seconds since 1970, both included.
    """

    collections: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    first_page: int | None = None
    last_page: int | None = None
    tags: tuple[str, ...] = ()
    modified_from: float | None = None
    modified_to: float | None = None


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One question to the knowledge base.

    Attributes:
        query: In the user's words; `"double quotes"` mark phrases that must occur.
        k: Passages wanted, 1 to 100.
        filter: Where to look.
        rerank: `auto` reranks only where a reranker is present and within its time budget.
        expand: Neighbouring chunks to add before and after each hit, 0 to 3.
    """

    query: str
    k: int = 8
    filter: SearchFilter = field(default_factory=SearchFilter)
    rerank: RerankMode = "auto"
    expand: int = 0


@dataclass(frozen=True, slots=True)
class ScoreParts:
    """Where a score comes from; ranks from 1, None where a stage did not find the passage."""

    fused: float
    sparse: float | None = None
    sparse_rank: int | None = None
    dense: float | None = None
    dense_rank: int | None = None
    rerank: float | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found.

    Attributes:
        id: Of the chunk; stable as long as its document does not change.
        document: Id of the document.
        text: Exactly the document's characters `start` to `end`.
        source: What a user may see of where it came from: a name below its folder, or a URL.
        headings: From the outermost to the one above the passage.
        page: 1-based, None for material without pages.
        start, end: Characters in the document's text.
        modified: UTC seconds since 1970.
        score: What the order rests on: `parts.rerank` if there is one, else `parts.fused`.
        before, after: Text of neighbours, when asked for.
    """

    id: str
    document: str
    collection: str
    text: str
    source: str
    title: str
    headings: tuple[str, ...]
    page: int | None
    start: int
    end: int
    modified: float
    tags: tuple[str, ...]
    score: float
    parts: ScoreParts
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found, best first.

    Attributes:
        hits: At most `k`.
        store: Kind of store.
        embedder, reranker: Names of what took part; empty for none.
        stages_ms: Wall time per stage, by name.
        notes: What the caller should know, e.g. that a stage was left out and why.
    """

    hits: tuple[Hit, ...]
    store: str
    embedder: str = ""
    reranker: str = ""
    stages_ms: Mapping[str, float] = field(default_factory=dict[str, float])
    notes: tuple[str, ...] = ()
