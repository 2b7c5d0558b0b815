from collections.abc import Iterator
from pathlib import Path

import pytest

from chalklens.errors import UnavailableError
from chalklens.workers.process import WorkerSpec
from retrieval.loaders.isolated import IsolatedLoader
from retrieval.loaders.limits import LoadLimits
from retrieval.parts import BlockingLoader
from retrieval.stores.addresses import StoreAddress
from retrieval.stores.registry import open_to_read, open_to_write
from retrieval.stores.store import IndexParameters
from tests.retrieval.small_knowledge import SmallBase

SPEC = WorkerSpec(
    "loading", "hostile_loading_worker:serve", {"PYTHONPATH": str(Path(__file__).parent)}
)
LOCAL = StoreAddress("local")


@pytest.fixture
def loader() -> Iterator[BlockingLoader]:
    made = BlockingLoader(IsolatedLoader(limits=LoadLimits(load_s=5.0), spec=SPEC))
    yield made
    made.close()


def test_a_file_that_kills_or_hangs_the_loader_is_listed_and_the_rest_is_indexed(
    tmp_path: Path, loader: BlockingLoader
) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name, text in {"a": "one", "b": "die now", "c": "hang", "d": "", "e": "five"}.items():
        (docs / f"{name}.txt").write_text(text, "utf-8")
    base = SmallBase(tmp_path / "index")
    base.loader = loader
    base.add(docs)
    report = base.sync()
    assert set(base.texts()) == {"a.txt", "e.txt"}
    reasons = dict(report.failed)
    assert "had to stop" in reasons["b.txt"]
    assert "took longer than 5 s" in reasons["c.txt"]
    assert "empty" in reasons["d.txt"]


def test_a_store_is_made_published_opened_again_and_made_anew(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as error:
        open_to_read(LOCAL, tmp_path)
    assert error.value.code == "index_missing"
    one, two = (IndexParameters("", 0, tokens, "c") for tokens in ("1", "2"))
    store, publish = open_to_write(LOCAL, tmp_path, one)
    assert publish is not None
    publish()
    store.close()
    store, publish = open_to_write(LOCAL, tmp_path, one)
    assert publish is None
    store.close()
    store, publish = open_to_write(LOCAL, tmp_path, two)
    reader = open_to_read(LOCAL, tmp_path)
    assert reader.describe().parameters == one  # until the new one is complete
    assert publish is not None
    publish()
    assert reader.describe().parameters == two
    reader.close()
    store.close()
