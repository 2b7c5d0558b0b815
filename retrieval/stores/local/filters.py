"""Which rows a filter allows.

How it is used: `Filters(connection).mask(rows, where)` before either search; masks are kept until the
rows change. Names are matched as `fnmatch.fnmatchcase` does. What it leaves out: using the mask.
"""

import sqlite3
from fnmatch import fnmatchcase

import numpy as np

from chalklens.types import SearchFilter
from retrieval.stores.local.rows import Mask, Rows

MAX_MASKS = 16


class Filters:
    """Masks by filter.

    Args:
        connection: Of the database; it is taught to match patterns.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.masks: dict[SearchFilter, Mask | None] = {}
        connection.create_function("matches", 2, fnmatchcase, deterministic=True)

    def forget(self) -> None:
        """Make masks anew: the rows have changed."""
        self.masks.clear()

    def mask(self, rows: Rows, where: SearchFilter) -> Mask | None:
        """Return which rows are alive and allowed, None for all of them."""
        if where not in self.masks:
            if len(self.masks) >= MAX_MASKS:
                self.masks.pop(next(iter(self.masks)))
            mask = self._make_mask(rows, where)
            self.masks[where] = None if mask.all() else mask
        return self.masks[where]

    def _make_mask(self, rows: Rows, where: SearchFilter) -> Mask:
        mask = rows.alive.copy()
        if not len(rows):
            return mask
        pages = rows.columns.pages
        if where.first_page is not None or where.last_page is not None:
            mask &= pages >= max(1, where.first_page or 1)
        if where.last_page is not None:
            mask &= pages <= where.last_page
        condition, values = _write_condition(where)
        if condition:
            numbers = rows.columns.numbers
            known = np.zeros(int(numbers.max()) + 1, np.bool_)
            query = f"SELECT number FROM documents WHERE {condition}"
            found = np.fromiter(
                (row[0] for row in self.connection.execute(query, values)), np.int64
            )
            known[found[found < len(known)]] = True
            mask &= known[numbers]
        return mask


def _write_condition(where: SearchFilter) -> tuple[str, list[object]]:
    """Return SQL about documents; values never stand in it."""
    conditions: list[str] = []
    values: list[object] = []

    def demand(condition: str, *parameters: object) -> None:
        conditions.append(condition)
        values.extend(parameters)

    if where.collections:
        places = ", ".join("?" * len(where.collections))
        demand(f"collection IN ({places})", *where.collections)
    if where.modified_from is not None:
        demand("modified >= ?", where.modified_from)
    if where.modified_to is not None:
        demand("modified <= ?", where.modified_to)
    for tag in where.tags:
        demand("number IN (SELECT document FROM tags WHERE tag = ?)", tag)
    if where.sources:
        # GLOB is SQLite's own and fast; it differs from fnmatch only in brackets.
        tests = ["matches(source, ?)" if "[" in s else "source GLOB ?" for s in where.sources]
        demand(f"({' OR '.join(tests)})", *where.sources)
    return " AND ".join(conditions), values
