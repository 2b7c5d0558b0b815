"""A milvus-lite file between processes."""

import random
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chalklens.errors import StorageError, UnavailableError
from chalklens.types import SearchFilter
from retrieval.documents import document_id
from retrieval.stores.addresses import parse_store_address
from retrieval.stores.milvus import open_milvus
from retrieval.stores.milvus_file import PORT_FILE, SharedMilvusFile
from retrieval.stores.store import Store
from tests.retrieval.stores.documents import PARAMETERS
from tests.retrieval.stores.milvus_writer import SOURCES, make_version

KILLS = 12


@contextmanager
def run_writer(path: Path) -> Generator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.retrieval.stores.milvus_writer", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        try:
            yield writer
        finally:
            writer.kill()


def wait_for(writer: subprocess.Popen[str], version: int) -> None:
    assert writer.stdout is not None
    for line in writer.stdout:
        if int(line) >= version:
            return
    raise AssertionError("the writer ended")


def read_version(store: Store) -> int:
    """Return the version that both documents have, seen in every way there is."""
    texts = [
        chunk.chunk.text
        for source in SOURCES
        for chunk in store.read_chunks(document_id("notes", source))
    ]
    versions = {int(text.split()[0].removeprefix("version")) for text in texts}
    assert (len(texts), len(versions)) == (6, 1)
    (version,) = versions
    assert len(store.search_sparse([f"version{version}"], 10, SearchFilter())) == 6
    assert len(store.search_dense(make_version(1).documents[0].vectors[0], 10, SearchFilter())) == 6
    assert store.describe().chunks == 6
    return version


@pytest.mark.integration
def test_readers_follow_another_process_and_take_over_when_it_dies(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with run_writer(path) as writer:
        wait_for(writer, 1)
        reader = open_milvus(parse_store_address(f"milvus:{path}"), None, readonly=True)
        for _ in range(10):
            assert reader.fetch([f"{document_id('notes', 'a.md')}.0"])
        wait_for(writer, 20)
    last = read_version(reader)
    assert last >= 20
    reader.apply(make_version(last + 1))
    assert read_version(reader) == last + 1
    reader.close()


@pytest.mark.integration
def test_a_killed_writer_leaves_the_last_good_version(tmp_path: Path) -> None:
    path, chance, seen = tmp_path / "x.db", random.Random(5), 0
    open_milvus(parse_store_address(f"milvus:{path}"), PARAMETERS).close()
    for _ in range(KILLS):
        with run_writer(path) as writer:
            wait_for(writer, chance.randrange(1, 8))
        store = open_milvus(parse_store_address(f"milvus:{path}"), None)
        seen = read_version(store)
        assert seen >= 1
        store.apply(make_version(seen + 1))
        assert read_version(store) == seen + 1
        store.close()


def test_the_second_to_open_a_file_is_sent_to_the_first(tmp_path: Path) -> None:
    first, second = SharedMilvusFile(tmp_path / "x.db"), SharedMilvusFile(tmp_path / "x.db")
    assert first.connect() == second.connect()
    assert second.is_served()
    second.close()
    assert first.is_served()
    first.close()
    assert not first.is_served()
    assert not (tmp_path / "x.db" / PORT_FILE).exists()


def test_a_file_that_somebody_keeps_for_himself_is_refused_in_time(tmp_path: Path) -> None:
    first = SharedMilvusFile(tmp_path / "x.db")
    first.connect()
    (tmp_path / "x.db" / PORT_FILE).write_text("not a port")
    with pytest.raises(UnavailableError, match=r"x\.db is in use"):
        SharedMilvusFile(tmp_path / "x.db", startup_timeout_s=0.2).connect()
    first.close()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"no folder for x\.db") as raised:
        SharedMilvusFile(tmp_path / "missing" / "x.db").connect()
    assert str(tmp_path) not in str(raised.value)
