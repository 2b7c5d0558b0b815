import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from chalklens.errors import StorageError, UnavailableError
from retrieval.catalogue import Catalogue, explain_database
from retrieval.records import Change, Item, Source, StoredDocument

FOLDER = Source("c", "folder", "/docs", tags=("one", "two"))


def item(source: int, name: str, **more: Any) -> Item:
    fields: dict[str, Any] = {"state": "indexed", "sha256": f"hash of {name}", "chunks": 2}
    return Item(source, name, name, f"id of {name}", **(fields | more))


def stored(name: str, sha256: str = "", collection: str = "c") -> StoredDocument:
    return StoredDocument(
        f"id of {name}", collection, sha256 or f"hash of {name}", name, "text/plain", 2, 10, ""
    )


def test_sources_and_items_are_there_after_opening_again(tmp_path: Path) -> None:
    catalogue = Catalogue.open(tmp_path)
    source = catalogue.put_source(FOLDER)
    kept = item(source.id, "a.md", size_bytes=3, mtime_ns=2**62, inode=2**63 - 1, tags="x\ny")
    catalogue.record(Change([kept], generation="7"))
    catalogue.close()
    again = Catalogue.open(tmp_path)
    assert again.list_sources() == [source]
    assert again.read_items(source.id) == {"a.md": kept}
    assert again.get_mark("generation") == "7"


def test_items_are_read_at_and_below_a_name_and_not_beside_it(tmp_path: Path) -> None:
    catalogue = Catalogue.open(tmp_path)
    source = catalogue.put_source(FOLDER)
    names = ["a", "a-b.md", "a.md", "a/b.md", "a/c/d.md", "a0", "b/a.md", "é/a.md"]
    catalogue.record(Change([item(source.id, name) for name in names]))
    assert list(catalogue.read_items(source.id, ["a"])) == ["a", "a/b.md", "a/c/d.md"]
    assert list(catalogue.read_items(source.id, ["a.md", "é", "none"])) == ["a.md", "é/a.md"]
    assert list(catalogue.read_items(source.id, [])) == []
    assert sorted(catalogue.read_items(source.id)) == sorted(names)


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    catalogue = Catalogue.open(tmp_path)
    catalogue.put_source(FOLDER)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}
    assert "catalogue.sqlite3" in modes


def test_adding_a_source_again_changes_its_tags_and_keeps_its_id(tmp_path: Path) -> None:
    catalogue = Catalogue.open(tmp_path)
    first = catalogue.put_source(FOLDER)
    second = catalogue.put_source(Source("c", "folder", "/docs", tags=("three",)))
    assert (second.id, second.tags, len(catalogue.list_sources())) == (first.id, ("three",), 1)


def test_a_reader_sees_what_a_writer_committed_and_waits_for_nothing(tmp_path: Path) -> None:
    writer = Catalogue.open(tmp_path)
    source = writer.put_source(FOLDER)
    reader = Catalogue.read(tmp_path)
    assert reader is not None
    writer.record(Change([item(source.id, "a.md")]))
    assert [found.name for _, found in reader.list_items("c", 0, 10)] == ["a.md"]
    with pytest.raises(StorageError):
        reader.set_mark("x", "y")


def test_there_is_nothing_to_read_before_the_first_writer(tmp_path: Path) -> None:
    assert Catalogue.read(tmp_path) is None
    (tmp_path / "catalogue.sqlite3").touch()  # a writer that died at once
    assert Catalogue.read(tmp_path) is None


@pytest.mark.parametrize("damage", ["garbage", "truncated", "flipped", "foreign", "newer"])
def test_a_damaged_catalogue_is_made_anew_with_its_sources(tmp_path: Path, damage: str) -> None:
    catalogue = Catalogue.open(tmp_path)
    source = catalogue.put_source(FOLDER)
    catalogue.record(Change([item(source.id, f"{i}.md") for i in range(500)]))
    catalogue.close()
    path = tmp_path / "catalogue.sqlite3"
    data = path.read_bytes()
    if damage == "foreign":
        path.unlink()
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE something(x)")
            other.execute("PRAGMA user_version = 1")
        other.close()
    elif damage == "newer":
        with sqlite3.connect(path) as other:
            other.execute("PRAGMA user_version = 99")
        other.close()
    else:
        middle = len(data) // 2
        path.write_bytes(
            {
                "garbage": b"garbage" * 1000,
                "truncated": data[: middle + 7],
                "flipped": data[:4096] + bytes(255 - b for b in data[4096:20480]) + data[20480:],
            }[damage]
        )
    again = Catalogue.open(tmp_path)
    assert [(s.location, s.tags) for s in again.list_sources()] == [("/docs", ("one", "two"))]
    assert again.read_items(source.id) == {}
    assert again.list_pending_sources() == {source.id}


def test_a_reader_of_a_damaged_catalogue_is_told_what_helps(tmp_path: Path) -> None:
    (tmp_path / "catalogue.sqlite3").write_bytes(b"garbage" * 1000)
    with pytest.raises(UnavailableError, match="knowledge sync"):
        Catalogue.read(tmp_path)


def test_sources_that_cannot_be_read_back_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "sources.json").write_text('{"sources": [{"x": 1}]}', "utf-8")
    assert Catalogue.open(tmp_path).list_sources() == []


def test_a_change_is_noted_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    catalogue = Catalogue.open(tmp_path)
    source = catalogue.put_source(FOLDER)
    bad = item(source.id, "b.md", size_bytes=2**70)  # more than SQLite can hold
    with pytest.raises(OverflowError):
        catalogue.record(Change([item(source.id, "a.md"), bad], generation="1"))
    assert catalogue.read_items(source.id) == {}
    assert catalogue.get_mark("generation") == ""


def test_dropped_sources_are_behind_the_store_until_it_was_told(tmp_path: Path) -> None:
    catalogue = Catalogue.open(tmp_path)
    source = catalogue.put_source(FOLDER)
    failed = item(source.id, "b.md", state="failed", chunks=0)
    catalogue.record(Change([item(source.id, "a.md"), failed], generation="7"))
    assert catalogue.drop_sources([source]) == ["id of a.md"]
    assert catalogue.get_mark("generation") == ""
    assert catalogue.list_sources() == []


def test_what_the_store_lacks_is_pending_and_what_it_has_more_is_a_stray(tmp_path: Path) -> None:
    catalogue = Catalogue.open(tmp_path)
    source = catalogue.put_source(FOLDER)
    catalogue.record(Change([item(source.id, name) for name in ("same", "lost", "other")]))
    catalogue.reconcile([stored("same"), stored("other", "another hash"), stored("more")], "9")
    states = {name: found.state for name, found in catalogue.read_items(source.id).items()}
    assert states == {"same": "indexed", "lost": "pending", "other": "pending"}
    assert set(catalogue.list_strays()) == {"id of other", "id of more"}
    assert catalogue.list_pending_sources() == {source.id}
    assert catalogue.get_mark("generation") == "9"
    catalogue.drop_strays(["id of more"])
    assert set(catalogue.list_strays()) == {"id of other"}


def test_items_are_counted_and_listed_by_collection(tmp_path: Path) -> None:
    catalogue = Catalogue.open(tmp_path)
    one = catalogue.put_source(FOLDER)
    two = catalogue.put_source(Source("d", "folder", "/other"))
    failed = item(two.id, "b.md", state="failed", reason="It is broken.", chunks=0)
    catalogue.record(Change([item(two.id, "a.md"), failed, item(one.id, "z.md")]))
    names = [found.name for _, found in catalogue.list_items(None, 0, 10)]
    assert names == ["z.md", "a.md", "b.md"]
    assert [found.name for _, found in catalogue.list_items("d", 1, 10)] == ["b.md"]
    assert [found.name for _, found in catalogue.list_items(None, 0, 10, problems=True)] == ["b.md"]
    assert catalogue.count_items() == {
        ("c", "indexed"): (1, 2),
        ("d", "indexed"): (1, 2),
        ("d", "failed"): (1, 0),
    }


def test_a_full_disk_is_told_from_a_damaged_file() -> None:
    full, damaged = sqlite3.OperationalError("full"), sqlite3.DatabaseError("malformed")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    assert "disk is full" in str(explain_database(full))
    assert explain_database(damaged) is None
