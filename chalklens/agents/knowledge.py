"""Knowledge: several queries, one list of numbered passages.

How it is used: `await find_passages(run, retriever, inquiry, decision)`. The rankings of the queries are
fused by reciprocal rank (Cormack, Clarke and Buettcher, SIGIR 2009, k = 60); a passage that comes twice,
by its id, its place or its words, is kept once. What it leaves out: how a single query is searched
(`retrieval/`).
"""

import asyncio
from collections.abc import Iterable, Sequence

from chalklens.agents.citations import normalise
from chalklens.agents.records import Decision, Inquiry, Passage
from chalklens.agents.run import OpenStep, Run
from chalklens.errors import ChalklensError, TimeLimitError
from chalklens.protocols import Retriever
from chalklens.types import Hit, SearchFilter, SearchRequest, SearchResult

RANK_OFFSET = 60
OVERLAP = 0.5
"""Two pieces of a document that share this part of the shorter one are the same passage."""


async def find_passages(
    run: Run, retriever: Retriever, inquiry: Inquiry, decision: Decision
) -> tuple[Passage, ...]:
    """Search for all queries and number the best passages.

    Raises:
        ChalklensError: No query could be searched, and the caller wanted the knowledge base used.
    """
    with run.step("knowledge", "searching", 2) as step:
        if not decision.queries:
            step.outcome = "not asked: no search was decided"
            return ()
        outcomes = await asyncio.gather(
            *(_search(retriever, query, inquiry, decision.k, step) for query in decision.queries)
        )
        results = [outcome for outcome in outcomes if isinstance(outcome, SearchResult)]
        failures = [outcome for outcome in outcomes if isinstance(outcome, ChalklensError)]
        _tell(run, inquiry, results, failures)
        passages = number_passages([result.hits for result in results], decision.k)
        step.outcome = _describe(passages, results, failures)
        return passages


async def _search(
    retriever: Retriever, query: str, inquiry: Inquiry, k: int, step: OpenStep
) -> SearchResult | ChalklensError:
    where = SearchFilter(collections=(inquiry.collection,) if inquiry.collection else ())
    try:
        async with asyncio.timeout(step.budget.time_s):
            return await retriever.search(SearchRequest(query, k, where))
    except ChalklensError as error:
        return error
    except TimeoutError:
        return TimeLimitError(
            f"Searching took longer than {step.budget.time_s:g} s.", "Ask again in a while."
        )


def _tell(
    run: Run,
    inquiry: Inquiry,
    results: Sequence[SearchResult],
    failures: Sequence[ChalklensError],
) -> None:
    """Note what went wrong; without any result, fail where the caller insists on knowledge."""
    if failures and not results and inquiry.use_knowledge == "on":
        raise failures[0]
    for error in failures:
        lost = "A search failed" if results else "The knowledge base could not be searched"
        run.note(f"{lost}: {error}")
    for result in results:
        for remark in result.notes:
            run.note(remark)
    if results and not any(result.hits for result in results):
        run.note("The knowledge base holds nothing about this.")


def _describe(
    passages: Sequence[Passage],
    results: Sequence[SearchResult],
    failures: Sequence[ChalklensError],
) -> str:
    failed = f", failed: {len(failures)}" if failures else ""
    return f"searches: {len(results)}, passages: {len(passages)}{failed}"


def number_passages(rankings: Iterable[Sequence[Hit]], k: int) -> tuple[Passage, ...]:
    """Fuse rankings and number the best `k` hits from 1, each once."""
    scores: dict[str, float] = {}
    hits: dict[str, Hit] = {}
    for ranking in rankings:
        for rank, hit in enumerate(ranking, start=1):
            scores[hit.id] = scores.get(hit.id, 0.0) + 1 / (RANK_OFFSET + rank)
            hits.setdefault(hit.id, hit)
    kept: list[Hit] = []
    for hit in sorted(hits.values(), key=lambda hit: -scores[hit.id]):
        if len(kept) < k and not any(_is_same(hit, other) for other in kept):
            kept.append(hit)
    return tuple(Passage(number, hit) for number, hit in enumerate(kept, start=1))


def _is_same(hit: Hit, other: Hit) -> bool:
    if hit.document == other.document:
        shared = min(hit.end, other.end) - max(hit.start, other.start)
        shorter = max(1, min(hit.end - hit.start, other.end - other.start))
        return shared / shorter >= OVERLAP
    return normalise(hit.text) == normalise(other.text)
