import random
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from retrieval.stores.local.store import LocalStore
from tests.retrieval.stores.changes import check, count_batches, make_batch
from tests.retrieval.stores.documents import PARAMETERS
from tests.retrieval.stores.local.store_writer import HASTY, open_or_create

ROOT = Path(__file__).parents[4]


def kill_writer_after(folder: Path, batches: int) -> int:
    """Let a child apply batches, kill it in the midst of another; return the last it spoke of."""
    command = [sys.executable, "-m", "tests.retrieval.stores.local.store_writer", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        spoken = [child.stdout.readline() for _ in range(batches)]
        child.kill()
        spoken += child.stdout.readlines()
    whole = [line for line in spoken if line.endswith("\n")]
    assert whole, "the child never got anywhere"
    return int(whole[-1])


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.integration)])
def test_a_killed_writer_leaves_its_last_batch_whole(tmp_path: Path, seed: int) -> None:
    folder, chance = tmp_path / "index", random.Random(seed)
    there = 0
    for _ in range(3):
        spoken = kill_writer_after(folder, chance.randrange(1, 12))
        with closing(LocalStore.open(folder, PARAMETERS, readonly=True)) as reader:
            there = count_batches(reader)
            assert there in (spoken, spoken + 1)
            check(reader, there)
    with closing(open_or_create(folder)) as store:
        store.apply(make_batch(there + 1))
        check(store, there + 1)
    assert HASTY.min_pending < 100, "the derived parts must have been written in between"
