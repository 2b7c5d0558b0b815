"""A process that applies batches until it is killed.

How it is used: `python -m tests.retrieval.stores.local.store_writer FOLDER`; it says on stdout, as one
line each, which batches have been applied.
"""

import sys
from pathlib import Path

from chalklens.errors import UnavailableError
from retrieval.stores.local.store import LocalStore
from retrieval.stores.local.writer import Pace
from tests.retrieval.stores.changes import count_batches, make_batch
from tests.retrieval.stores.documents import PARAMETERS

# Every few batches something is flushed, and a snapshot taken.
HASTY = Pace(min_pending=20, max_pending=20, max_removed=20, min_unsaved=30, unsaved_share=4)


def open_or_create(folder: Path) -> LocalStore:
    """Open an index, or begin one where there is none."""
    try:
        return LocalStore.open(folder, PARAMETERS, pace=HASTY)
    except UnavailableError as error:
        if error.code != "index_missing":
            raise
        return LocalStore.create(folder, PARAMETERS, pace=HASTY)


def main() -> None:
    """Go on from what is there."""
    store = open_or_create(Path(sys.argv[1]))
    number = count_batches(store)
    while True:
        number += 1
        store.apply(make_batch(number))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
