"""The store on this machine: one folder, no server, one writer and many readers.

How it is used: `store.py` has `LocalStore`. Three parts share a folder. SQLite (`database.py`) is the
truth: documents, chunks, vectors and a sequence that grows with every batch. tantivy (`sparse.py`) and
the snapshot of rows and codes (`snapshot.py`, `dense.py`) are derived from it: each knows the sequence
it has, what is newer is read from SQLite, and what is missing, broken or foreign is made again.
`generations.py` swaps whole indexes. What it leaves out: embedding, fusion.
"""
