"""From a question to passages: words and meaning, fused, reranked, checked, cited. Worker side.

How it is used:

    pipeline = SearchPipeline(store, embedder, reranker)
    result = pipeline.search(SearchRequest("what is a unit fraction?", k=5))

`rank` stops before passages are fetched and tells what each stage found; evaluation uses it. A stage
that cannot take part is left out with a note, never silently: no embedder, an index made with another
one, a question in a script the embedder does not understand, a reranker that would take too long.

What it leaves out: keeping the index up to date, and processes (`worker.py`).
"""

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace

from chalklens.errors import InputError
from chalklens.types import Hit, SearchRequest, SearchResult
from retrieval.documents import StoredChunk
from retrieval.embedders import Embedder, identify_embedder
from retrieval.fusion import Fused, FusionSettings, fuse
from retrieval.phrases import has_phrases
from retrieval.query import Query, check_range, parse_query
from retrieval.repeats import Repeats
from retrieval.rerank import Reranker, RerankLimits, RerankStage
from retrieval.stores.store import Answers, Found, Store, StoreInfo, Vectors
from retrieval.tokens import tokenize_phrase, tokenize_query

MAX_HITS = 100
MAX_EXPAND = 3
MAX_QUERY_TOKENS = 512
PHRASE_STEP = 32  # passages fetched at a time when many may turn out not to have a phrase


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """Sizes of the stages.

    Attributes:
        pool: Candidates of each stage, at least the number of hits wanted.
        fusion: How two orders become one.
        rerank: What a reranker may cost.
    """

    pool: int = 64
    fusion: FusionSettings = field(default_factory=FusionSettings)
    rerank: RerankLimits = field(default_factory=RerankLimits)


@dataclass(frozen=True, slots=True)
class Ranking:
    """What the stages found, best first; `notes` say which were left out."""

    sparse: Found
    dense: Found
    fused: Sequence[Fused]
    store: StoreInfo
    notes: tuple[str, ...] = ()


class Stages:
    """Wall time per stage in milliseconds, one stage after the other."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.times_ms: dict[str, float] = {}
        self._clock = clock
        self._began = clock()

    def end(self, stage: str) -> None:
        """Add the time since the former stage ended."""
        now = self._clock()
        took_ms = (now - self._began) * 1000
        self.times_ms[stage] = round(self.times_ms.get(stage, 0.0) + took_ms, 3)
        self._began = now


class SearchPipeline:
    """A store with those who rank for it. Not for several threads at a time."""

    def __init__(
        self,
        store: Store,
        embedder: Embedder | None = None,
        reranker: Reranker | None = None,
        settings: SearchSettings | None = None,
    ) -> None:
        self.store = store
        self.embedder = embedder
        self.reranker = reranker
        self.settings = settings or SearchSettings()
        self._rerank = RerankStage(reranker, self.settings.rerank) if reranker else None

    def search(self, request: SearchRequest) -> SearchResult:
        """Return the best passages, best first.

        Raises:
            InputError: The query or a number is out of bounds, or the filter cannot be used.
            UnavailableError: The store cannot be read.
        """
        _check(request)
        stages = Stages()
        query = parse_query(request)
        stages.end("query")
        vector = self._embed(query, stages)
        with self.store.answering() as answers:
            ranking = self._rank(answers, query, vector, request.k, stages)
            notes = [*query.notes, *ranking.notes]
            found = self._choose(answers, query, ranking.fused, self._count_wanted(request), notes)
            stages.end("fetch")
        found, reranker = self._reorder(request, query, found, notes)
        stages.end("rerank")
        hits = [self._expand(hit, place, request.expand) for hit, place in found[: request.k]]
        stages.end("expand")
        if not hits:
            notes += self._explain_nothing(query, ranking)
        return SearchResult(
            hits=tuple(hits),
            store=ranking.store.kind,
            embedder=self.embedder.name if self.embedder and ranking.dense else "",
            reranker=reranker,
            stages_ms=stages.times_ms,
            notes=tuple(notes),
        )

    def rank(self, query: Query, k: int = 10, stages: Stages | None = None) -> Ranking:
        """Return what words, meaning and both together find, without fetching it."""
        stages = stages or Stages()
        vector = self._embed(query, stages)
        with self.store.answering() as answers:
            return self._rank(answers, query, vector, k, stages)

    def _embed(self, query: Query, stages: Stages) -> Vectors | None:
        """Return the question's vector, before the store is asked, which others may wait for."""
        if self.embedder is None or query.script not in self.embedder.scripts:
            return None
        vector: Vectors = self.embedder.encode_queries([query.text])[0]
        stages.end("embed")
        return vector

    def _rank(
        self, answers: Answers, query: Query, vector: Vectors | None, k: int, stages: Stages
    ) -> Ranking:
        info = answers.describe()
        pool = max(self.settings.pool, k)
        phrases = [run for phrase in query.phrases for run in tokenize_phrase(phrase)]
        tokens = tokenize_query(query.text)[:MAX_QUERY_TOKENS]
        sparse = answers.search_sparse(tokens, pool, query.filter, phrases) if tokens else Found()
        stages.end("sparse")
        reason = self._explain_no_dense(query, info)
        if reason is not None or vector is None:
            fused = fuse(sparse, Found(), settings=self.settings.fusion)
            stages.end("fuse")
            return Ranking(sparse, Found(), fused, info, (reason,) if reason else ())
        dense = answers.search_dense(vector, pool, query.filter)
        stages.end("dense")
        fused = fuse(sparse, dense, vector, answers.read_vectors, self.settings.fusion)
        stages.end("fuse")
        return Ranking(sparse, dense, fused, info)

    def _explain_no_dense(self, query: Query, info: StoreInfo) -> str | None:
        """Return why meaning takes no part: a note, or empty when nobody expects it to."""
        if self.embedder is None:
            return ""
        made_with = info.parameters.embedder
        if made_with != identify_embedder(self.embedder)[0]:
            return (
                f"Searched by words only: the index was made with {made_with or 'no embedder'}, not with "
                f"{self.embedder.name}; `chalklens knowledge sync` makes it anew."
            )
        if query.script not in self.embedder.scripts:
            return (
                f"Searched by words only: {self.embedder.name} does not understand this script; a "
                "multilingual model would (--embedder)."
            )
        return None

    def _count_wanted(self, request: SearchRequest) -> int:
        if self._rerank is None or request.rerank == "off":
            return request.k
        return max(request.k, self.settings.rerank.max_pairs)

    def _choose(
        self,
        answers: Answers,
        query: Query,
        fused: Sequence[Fused],
        wanted: int,
        notes: list[str],
    ) -> list[tuple[Hit, int]]:
        """Fetch from the best downwards: passages with all phrases, none of them twice.

        Returns hits with their places in their documents.
        """
        repeats, repeated = Repeats(), 0
        found: list[tuple[Hit, int]] = []
        step = max(wanted, PHRASE_STEP) if query.phrases else wanted
        for candidate, stored in _fetch(answers, fused, step):
            if query.phrases and not has_phrases(_write_shown(stored), query.phrases):
                continue
            if repeats.add(stored.chunk.text, candidate.parts.fused):
                repeated += 1
                continue
            found.append((_make_hit(candidate, stored), stored.chunk.ordinal))
            if len(found) == wanted:
                break
        if repeated:
            notes.append(f"Left out, because they repeat a better one: {repeated}.")
        return found

    def _reorder(
        self,
        request: SearchRequest,
        query: Query,
        found: list[tuple[Hit, int]],
        notes: list[str],
    ) -> tuple[list[tuple[Hit, int]], str]:
        """Return the passages in the reranker's order with its name, or as they are."""
        if self._rerank is None:
            if request.rerank == "on":
                notes.append("Not reranked: no reranker is configured (--reranker MODEL).")
            return found, ""
        passages = [_write_read(hit) for hit, _ in found]
        outcome = self._rerank.run(query.text, query.script, passages, request.rerank)
        if outcome.note:
            notes.append(outcome.note)
        if not outcome.scores:
            return found, ""
        scored = [
            (replace(hit, score=score, parts=replace(hit.parts, rerank=score)), place)
            for (hit, place), score in zip(found, outcome.scores, strict=False)
        ]
        scored.sort(key=lambda one: -one[0].score)
        return [*scored, *found[len(scored) :]], self._rerank.reranker.name

    def _expand(self, hit: Hit, place: int, by: int) -> Hit:
        """Add the text of neighbours."""
        if not by:
            return hit
        around = self.store.read_chunks(hit.document, max(0, place - by), place + by)
        before = [stored for stored in around if stored.chunk.ordinal < place]
        after = [stored for stored in around if stored.chunk.ordinal > place]
        return replace(hit, before=_join(before), after=_join(after))

    def _explain_nothing(self, query: Query, ranking: Ranking) -> list[str]:
        if not ranking.store.documents:
            return ["The knowledge base is empty: `chalklens knowledge add FOLDER` fills it."]
        if query.phrases and (ranking.fused or ranking.sparse):
            quoted = ", ".join(f'"{phrase}"' for phrase in query.phrases)
            return [f"No passage has {quoted} as it stands; without quotes the nearest are found."]
        return ["Nothing was found: try other words, or a wider filter."]


def _check(request: SearchRequest) -> None:
    if not 1 <= request.k <= MAX_HITS:
        raise InputError(f"k is {request.k}.", f"Ask for 1 to {MAX_HITS} passages.")
    if not 0 <= request.expand <= MAX_EXPAND:
        raise InputError(f"expand is {request.expand}.", f"Ask for 0 to {MAX_EXPAND} neighbours.")
    check_range("pages", request.filter.first_page, request.filter.last_page)
    check_range("dates", request.filter.modified_from, request.filter.modified_to)


def _fetch(
    answers: Answers, fused: Sequence[Fused], step: int
) -> Generator[tuple[Fused, StoredChunk], None, None]:
    """Yield candidates with what is stored of them, fetched a few at a time."""
    for start in range(0, len(fused), step):
        batch = fused[start : start + step]
        stored = {chunk.id: chunk for chunk in answers.fetch([one.id for one in batch])}
        yield from ((one, stored[one.id]) for one in batch if one.id in stored)


def _make_hit(candidate: Fused, stored: StoredChunk) -> Hit:
    chunk = stored.chunk
    return Hit(
        id=stored.id,
        document=stored.document,
        collection=stored.collection,
        text=chunk.text,
        source=stored.source,
        title=stored.title,
        headings=chunk.headings,
        page=chunk.page,
        start=chunk.start,
        end=chunk.end,
        modified=stored.modified,
        tags=stored.tags,
        score=candidate.parts.fused,
        parts=candidate.parts,
    )


def _write_shown(stored: StoredChunk) -> str:
    """Return where a phrase may occur: the passage, or what stands above it."""
    return "\n".join((stored.title, *stored.chunk.headings, stored.chunk.text))


def _write_read(hit: Hit) -> str:
    """Return what a reranker reads."""
    return "\n".join(part for part in (hit.title, " > ".join(hit.headings), hit.text) if part)


def _join(chunks: Sequence[StoredChunk]) -> str:
    """Join neighbours; where characters are missing between them, there was white space."""
    text, end = "", 0
    for stored in chunks:
        gap = "\n" if text and stored.chunk.start > end else ""
        text, end = text + gap + stored.chunk.text, stored.chunk.end
    return text
