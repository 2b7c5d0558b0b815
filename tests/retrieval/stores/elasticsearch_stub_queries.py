# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What the Elasticsearch stub understands of queries: checked strictly, answered for real.

How it is used: `find(query, mapping, rows)` gives ids with scores. Whatever Elasticsearch would refuse, or
would silently find nothing for (a field that is not mapped), raises `Refused`. What it leaves out: every
query this project does not send.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

Json = dict[str, Any]
Rows = Mapping[str, Json]
Scores = dict[str, float]
K1, B = 1.2, 0.75
MAX_TERMS = 65_536
LUCENE_OPERATORS = re.compile(r'["~<>&@#(){}|+]')


class Refused(Exception):
    """A request that Elasticsearch answers with 4xx."""

    def __init__(self, kind: str, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.kind, self.reason, self.status = kind, reason, status


def check_keys(body: object, allowed: set[str], where: str) -> Json:
    """Return the object, if it has no other keys than these."""
    if not isinstance(body, dict) or set(body) - allowed:
        raise Refused("parsing_exception", f"unknown key in [{where}]: {body!r}"[:300])
    return body


def find(query: object, mapping: Json, rows: Rows) -> Scores:
    """Return the rows that match, with their scores."""
    ((kind, body),) = check_keys(query, set(QUERIES), "query").items()
    return QUERIES[kind](body, mapping, rows)


def find_nearest(knn: object, mapping: Json, rows: Rows) -> Scores:
    """Return the nearest rows of those that the filter lets through."""
    keys = {"field", "query_vector", "k", "num_candidates", "filter"}
    body = check_keys(knn, keys, "knn")
    field = _get_field(mapping, body["field"], "dense_vector")
    vector = body["query_vector"]
    if len(vector) != field["dims"]:
        raise Refused("query_shard_exception", "the query vector has a different dimension")
    if not 1 <= body["k"] <= body["num_candidates"] <= 10_000:
        raise Refused("parsing_exception", "[k] <= [num_candidates] <= 10000 does not hold")
    allowed = find({"bool": {"filter": body["filter"]}}, mapping, rows)
    scores = {
        id_: (1 + sum(a * b for a, b in zip(vector, rows[id_][body["field"]], strict=True))) / 2
        for id_ in allowed
    }
    best = sorted(scores, key=lambda id_: -scores[id_])[: body["k"]]
    return {id_: scores[id_] for id_ in best}


def _get_field(mapping: Json, name: str, *kinds: str) -> Json:
    field = mapping["properties"].get(name)
    if field is None:
        raise Refused("query_shard_exception", f"no mapping found for [{name}]")
    if field["type"] not in kinds:
        raise Refused("query_shard_exception", f"[{name}] is a {field['type']} field")
    if field.get("index") is False:
        raise Refused("query_shard_exception", f"[{name}] is not indexed")
    return field


def _one_field(body: object, where: str) -> tuple[str, Any]:
    if not isinstance(body, dict) or len(body) != 1:
        raise Refused("parsing_exception", f"[{where}] query doesn't support multiple fields")
    ((name, value),) = body.items()
    return name, value


def _list_values(row: Json, name: str) -> list[Any]:
    value = row.get(name)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _keep(rows: Rows, name: str, allows: Callable[[Any], bool]) -> Scores:
    return {
        id_: 1.0
        for id_, row in rows.items()
        if any(allows(value) for value in _list_values(row, name))
    }


def _find_bool(body: object, mapping: Json, rows: Rows) -> Scores:
    keys = {"must", "filter", "should", "must_not", "minimum_should_match"}
    clauses = check_keys(body, keys, "bool")
    scores = dict.fromkeys(rows, 0.0)
    for clause in clauses.get("must", []):
        found = find(clause, mapping, rows)
        scores = {id_: score + found[id_] for id_, score in scores.items() if id_ in found}
    for clause in clauses.get("filter", []):
        found = find(clause, mapping, rows)
        scores = {id_: score for id_, score in scores.items() if id_ in found}
    for clause in clauses.get("must_not", []):
        found = find(clause, mapping, rows)
        scores = {id_: score for id_, score in scores.items() if id_ not in found}
    if "should" in clauses:
        assert clauses.get("minimum_should_match") == 1, "the only form this stub answers"
        some = set[str]().union(*(find(clause, mapping, rows) for clause in clauses["should"]))
        scores = {id_: score for id_, score in scores.items() if id_ in some}
    return scores


def _find_term(body: object, mapping: Json, rows: Rows) -> Scores:
    name, value = _one_field(body, "term")
    _get_field(mapping, name, "keyword", "long")
    wanted = check_keys(value, {"value"}, "term")["value"]
    return _keep(rows, name, lambda stored: stored == wanted)


def _find_terms(body: object, mapping: Json, rows: Rows) -> Scores:
    name, values = _one_field(body, "terms")
    _get_field(mapping, name, "keyword", "long")
    if not isinstance(values, list) or len(values) > MAX_TERMS:
        raise Refused("parsing_exception", "[terms] needs an array of at most 65536")
    wanted = set(values)
    return _keep(rows, name, lambda stored: stored in wanted)


def _find_range(body: object, mapping: Json, rows: Rows) -> Scores:
    name, limits = _one_field(body, "range")
    _get_field(mapping, name, "long", "double")
    compare: dict[str, Callable[[float, float], bool]] = {
        "gt": lambda stored, limit: stored > limit,
        "gte": lambda stored, limit: stored >= limit,
        "lt": lambda stored, limit: stored < limit,
        "lte": lambda stored, limit: stored <= limit,
    }
    checked = check_keys(limits, set(compare), "range").items()
    return _keep(
        rows, name, lambda stored: all(compare[kind](stored, limit) for kind, limit in checked)
    )


def _find_regexp(body: object, mapping: Json, rows: Rows) -> Scores:
    name, value = _one_field(body, "regexp")
    _get_field(mapping, name, "keyword")
    expression = check_keys(value, {"value"}, "regexp")["value"]
    if len(expression) > 1000:
        raise Refused("query_shard_exception", "the length of regex exceeds max_regex_length 1000")
    bare = re.sub(r"\\.|\[(?:\\.|[^\]])*\]", "", expression, flags=re.DOTALL)
    if LUCENE_OPERATORS.search(bare):  # would be an operator in Lucene, though not in Python
        raise Refused("query_shard_exception", f"operator in [{expression}]")
    compiled = re.compile(expression, re.DOTALL)
    return _keep(rows, name, lambda stored: compiled.fullmatch(stored) is not None)


def _find_match(body: object, mapping: Json, rows: Rows) -> Scores:
    name, value = _one_field(body, "match")
    query = check_keys(value, {"query", "operator"}, "match")
    assert query["operator"] == "or"
    _get_analyzed(mapping, name)
    texts = {id_: row[name].split() for id_, row in rows.items() if name in row}
    mean = sum(map(len, texts.values())) / max(1, len(texts)) or 1.0
    counts = {id_: Counter(words) for id_, words in texts.items()}
    scores: Scores = {}
    for word in query["query"].split():
        holders = [id_ for id_, count in counts.items() if count[word]]
        weight = math.log(1 + (len(texts) - len(holders) + 0.5) / (len(holders) + 0.5))
        for id_ in holders:
            often, length = counts[id_][word], len(texts[id_])
            part = weight * often / (often + K1 * (1 - B + B * length / mean))
            scores[id_] = scores.get(id_, 0.0) + part
    return scores


def _find_phrase(body: object, mapping: Json, rows: Rows) -> Scores:
    name, value = _one_field(body, "match_phrase")
    phrase = check_keys(value, {"query"}, "match_phrase")["query"].split()
    _get_analyzed(mapping, name)
    found: Scores = {}
    for id_, row in rows.items():
        words = row.get(name, "").split()
        if any(words[i : i + len(phrase)] == phrase for i in range(len(words) - len(phrase) + 1)):
            found[id_] = 1.0
    return found


def _get_analyzed(mapping: Json, name: str) -> None:
    if _get_field(mapping, name, "text").get("analyzer") != "whitespace":
        raise Refused("stub_exception", f"[{name}] would be cut by another analyzer")


QUERIES: dict[str, Callable[[object, Json, Rows], Scores]] = {
    "bool": _find_bool,
    "term": _find_term,
    "terms": _find_terms,
    "range": _find_range,
    "regexp": _find_regexp,
    "match": _find_match,
    "match_phrase": _find_phrase,
}
