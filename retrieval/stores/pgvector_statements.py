"""The SQL of a PostgreSQL store with pgvector.

How it is used: `pgvector.py` executes it; every statement expects the store's schema as search path.
`write_condition(where)` gives a condition on `chunks` and its parameters. What it leaves out:
connections and transactions.

BM25 is computed from `postings` (token, chunk, count, length): PostgreSQL's own text ranking knows
neither how rare a word is nor how long the passages are on average. Formula: Lucene's, k1 1.2, b 0.75
(Robertson and Zaragoza 2009, section 3).
"""

from collections.abc import Sequence
from typing import Any

from chalklens.types import SearchFilter
from retrieval.stores.patterns import write_regex

MAX_INDEXED_DIMENSIONS = 2000  # of pgvector's HNSW index; longer vectors are compared one by one

CREATE = """
CREATE TABLE head (
    index text NOT NULL, generation bigint NOT NULL, parameters jsonb NOT NULL,
    chunks bigint NOT NULL, tokens bigint NOT NULL
);
CREATE TABLE documents (
    document text PRIMARY KEY, collection text COLLATE "C" NOT NULL, source text COLLATE "C" NOT NULL,
    title text NOT NULL, sha256 text NOT NULL, mime_type text NOT NULL,
    modified double precision NOT NULL, tags text[] NOT NULL,
    chunks integer NOT NULL, characters bigint NOT NULL
);
CREATE INDEX ON documents (collection, source);
CREATE TABLE chunks (
    id bigserial PRIMARY KEY, chunk text UNIQUE NOT NULL, document text NOT NULL,
    collection text NOT NULL, source text NOT NULL, title text NOT NULL, mime_type text NOT NULL,
    modified double precision NOT NULL, tags text[] NOT NULL, ordinal integer NOT NULL,
    first bigint NOT NULL, after bigint NOT NULL, text text NOT NULL, headings text NOT NULL,
    page integer NOT NULL, tokens text NOT NULL, text_hash text NOT NULL
);
CREATE INDEX ON chunks (document, ordinal);
CREATE INDEX ON chunks (text_hash);
CREATE TABLE postings (
    token text COLLATE "C" NOT NULL, chunk bigint NOT NULL, count integer NOT NULL,
    length integer NOT NULL,
    PRIMARY KEY (token, chunk) INCLUDE (count, length)
);
"""
ADD_VECTORS = "ALTER TABLE chunks ADD COLUMN vector vector({dimensions}) NOT NULL"
INDEX_VECTORS = "CREATE INDEX ON chunks USING hnsw (vector vector_ip_ops)"

INSERT_HEAD = "INSERT INTO head VALUES (%s, 0, %s, 0, 0)"
COUNT_TABLES = """
SELECT count(*) FILTER (WHERE tablename = 'head'), count(*) FROM pg_tables WHERE schemaname = %s
"""

DELETE_POSTINGS = """
DELETE FROM postings USING (
    SELECT DISTINCT id, unnest(string_to_array(btrim(tokens), ' ')) AS token
    FROM chunks WHERE document = ANY(%(documents)s)
) AS old
WHERE postings.token = old.token AND postings.chunk = old.id
"""
DELETE_CHUNKS = "DELETE FROM chunks WHERE document = ANY(%(documents)s)"
DELETE_DOCUMENTS = "DELETE FROM documents WHERE document = ANY(%(documents)s)"
DRAW_IDS = "SELECT nextval(pg_get_serial_sequence('chunks', 'id')) FROM generate_series(1, %s)"
ADVANCE = """
UPDATE head SET generation = generation + 1,
    chunks = chunks + %(chunks)s - %(gone_chunks)s, tokens = tokens + %(tokens)s - %(gone_tokens)s
"""
COUNT_OLD = """
SELECT count(*), coalesce(sum(cardinality(string_to_array(btrim(tokens), ' '))), 0)::bigint
FROM chunks WHERE document = ANY(%(documents)s)
"""

SEARCH_SPARSE = """
WITH query AS (
    SELECT token, count(*) AS often FROM unnest(%(tokens)s::text[]) AS token GROUP BY token
), size AS (
    SELECT chunks::float8 AS chunks, greatest(tokens::float8 / greatest(chunks, 1), 1) AS mean FROM head
), found AS (
    SELECT token, chunk, count::float8 AS count, length::float8 AS length
    FROM postings WHERE token = ANY(%(tokens)s::text[])
), weights AS (
    SELECT token, often * ln(1 + (size.chunks - holders + 0.5) / (holders + 0.5)) AS weight
    FROM (SELECT token, count(*)::float8 AS holders FROM found GROUP BY token) AS held
    JOIN query USING (token) CROSS JOIN size
), scored AS (
    SELECT found.chunk AS id,
        sum(weight * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / size.mean))) AS score
    FROM found JOIN weights USING (token) CROSS JOIN size
    GROUP BY found.chunk ORDER BY score DESC, id LIMIT {inner_limit}
)
SELECT chunks.chunk, scored.score FROM scored JOIN chunks USING (id)
WHERE {condition} ORDER BY scored.score DESC, chunks.chunk LIMIT %(k)s
"""
SEARCH_DENSE = """
SELECT chunk, -(vector <#> %(vector)s::vector) FROM chunks
WHERE {condition} ORDER BY vector <#> %(vector)s::vector LIMIT %(k)s
"""
LIST_DOCUMENTS = """
SELECT {fields} FROM documents WHERE %(collection)s::text IS NULL OR collection = %(collection)s
ORDER BY collection, source OFFSET %(offset)s LIMIT %(limit)s
"""


def write_condition(
    where: SearchFilter, phrases: Sequence[Sequence[str]] = ()
) -> tuple[str, dict[str, Any]]:
    """Return a condition on `chunks`, TRUE for none, and its parameters."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    for condition, name, value in _list_conditions(where):
        if value not in (None, []):
            parts.append(condition)
            values[name] = value
    for i, phrase in enumerate(phrases):
        if phrase:
            parts.append(f"position(%(phrase{i})s in chunks.tokens) > 0")
            values[f"phrase{i}"] = f" {' '.join(phrase)} "
    return " AND ".join(parts) or "TRUE", values


def _list_conditions(where: SearchFilter) -> list[tuple[str, str, Any]]:
    paged = where.first_page is not None or where.last_page is not None
    first_page = max(1, where.first_page or 1) if paged else None
    patterns = [f"^(?:{write_regex(pattern)})$" for pattern in where.sources]
    return [
        ("chunks.collection = ANY(%(collections)s)", "collections", list(where.collections)),
        ("chunks.source ~ ANY(%(patterns)s)", "patterns", patterns),
        ("chunks.tags @> %(tags)s::text[]", "tags", list(where.tags)),
        ("chunks.page >= %(first_page)s", "first_page", first_page),
        ("chunks.page <= %(last_page)s", "last_page", where.last_page),
        ("chunks.modified >= %(modified_from)s", "modified_from", where.modified_from),
        ("chunks.modified <= %(modified_to)s", "modified_to", where.modified_to),
    ]
