import subprocess
import sys
from pathlib import Path

import pytest

from chalklens.errors import InputError, UnavailableError
from retrieval.stores.addresses import parse_store_address
from retrieval.stores.registry import open_store, open_to_read, open_to_write
from retrieval.stores.store import IndexParameters
from tests.retrieval.stores.contract import add, find_words, name
from tests.retrieval.stores.documents import PARAMETERS, make_indexed
from tests.retrieval.stores.elasticsearch_stub import serve_stub

OTHER = IndexParameters("another", 4, "1", "1")

WITHOUT_ENGINES = """
import sys
missing = {"pymilvus", "milvus_lite", "elasticsearch", "psycopg"}
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in missing and path is None:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Finder())
from pathlib import Path
from chalklens.errors import UnavailableError
from retrieval.stores.registry import open_store
for text in ("milvus:x.db", "elasticsearch+http://127.0.0.1:9", "postgresql://127.0.0.1:9/x"):
    try:
        open_store(text, Path("."))
    except UnavailableError as error:
        print(error)
"""


def test_local_is_opened_in_the_folder(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as raised:
        open_store("local", tmp_path)
    assert raised.value.code == "index_missing"
    writer = open_store("local", tmp_path, PARAMETERS)
    add(writer, make_indexed("a.md", "copper wire"))
    reader = open_store("local", tmp_path, PARAMETERS, readonly=True)
    assert find_words(reader, "copper") == [name("a.md")]
    reader.close()
    writer.close()
    assert (tmp_path / "index").is_dir()


def test_an_engine_is_opened_by_its_address(tmp_path: Path) -> None:
    with serve_stub() as stub:
        address = parse_store_address(stub.address)
        with pytest.raises(UnavailableError) as raised:
            open_to_read(address, tmp_path)
        assert raised.value.code == "index_missing"
        writer, publish = open_to_write(address, tmp_path, PARAMETERS)
        assert publish is None
        add(writer, make_indexed("a.md", "copper wire"))
        reader = open_to_read(address, tmp_path)
        assert find_words(reader, "copper") == [name("a.md")]
        reader.close()
        writer.close()


def test_an_index_of_other_parameters_is_replaced_by_a_writer_only(tmp_path: Path) -> None:
    with serve_stub() as stub:
        address = parse_store_address(stub.address)
        writer, _ = open_to_write(address, tmp_path, PARAMETERS)
        add(writer, make_indexed("a.md", "copper wire"))
        before = writer.describe().generation
        again, _ = open_to_write(address, tmp_path, OTHER)
        assert again.describe().documents == 0
        assert again.describe().generation != before
        reader = open_to_read(address, tmp_path)
        assert reader.describe().parameters == OTHER
        for store in (writer, again, reader):
            store.close()


def test_an_unknown_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown form"):
        open_store("redis://host", tmp_path)


def test_a_package_that_is_missing_is_named_with_the_command_that_helps() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_ENGINES], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    for line, extra in zip(lines, ("milvus", "elasticsearch", "pgvector"), strict=True):
        assert f"pip install 'chalklens[{extra}]'" in line
