"""Where chunks and vectors live: on this machine, or in an engine that exists.

How it is used: `store.py` says what a store can do; `local/`, `milvus.py`, `elasticsearch.py` and
`pgvector.py` do it, and one contract suite (`tests/retrieval/stores/`) holds all of them to it.
What it leaves out: embedding, fusion, reranking.
"""
