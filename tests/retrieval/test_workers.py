import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chalklens.errors import BusyError, InputError, StorageError, UnavailableError
from chalklens.types import SearchFilter
from retrieval.indexing_worker import IndexingWorker, explained
from retrieval.parts import IndexParts
from retrieval.stores.store import Store
from retrieval.writer_lock import WriterLock
from tests.retrieval.small_workers import PlainParts, SmallWorkers


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text("zebras have stripes\n\nlions roar", "utf-8")
    (folder / "b.md").write_text("whales sing", "utf-8")
    return folder


@pytest.fixture
def workers(tmp_path: Path, docs: Path) -> Iterator[SmallWorkers]:
    made = SmallWorkers(tmp_path / "index", docs)
    yield made
    made.indexing.rest()
    made.searching.rest()


def test_what_was_added_is_found_cited_and_read(workers: SmallWorkers, docs: Path) -> None:
    report = workers.add(".", tags=["animals"])
    assert (report.added, report.embedded, report.failed) == (2, 3, ())
    hit = workers.search("zebra stripes").hits[0]
    assert (hit.source, hit.text, hit.tags) == ("a.md", "zebras have stripes", ("animals",))
    text = workers.ask(
        workers.searching.read_document, id=hit.document, page=None, start=0, max_chars=1000
    )
    assert text["text"] == "zebras have stripes\n\nlions roar"
    part = workers.ask(
        workers.searching.read_document, id=hit.document, page=None, start=7, max_chars=16
    )
    assert (part["text"], part["start"], part["characters"]) == ("have stripes\n\nli", 7, 31)


def test_a_search_sees_a_change_while_the_writer_still_has_everything_open(
    workers: SmallWorkers, docs: Path
) -> None:
    workers.add(".")
    assert workers.found("whales")[0] == "b.md"
    (docs / "b.md").write_text("penguins swim", "utf-8")
    workers.sync()
    assert workers.search("penguins swim").hits[0].text == "penguins swim"
    assert all("whales" not in hit.text for hit in workers.search("whales").hits)


def test_an_empty_knowledge_base_says_how_to_fill_it(workers: SmallWorkers) -> None:
    result = workers.search("anything")
    assert (result.hits, len(result.notes)) == ((), 1)
    assert "knowledge add" in result.notes[0]
    with pytest.raises(InputError):
        workers.search("")
    assert workers.ask(workers.searching.status)["state"] == "empty"


def test_a_collection_that_is_not_there_is_named_with_those_that_are(
    workers: SmallWorkers,
) -> None:
    assert workers.search("whales", filter=SearchFilter(("cc",))).notes  # nothing is there at all
    workers.add("a.md", collection="animals")
    told = "There is no collection 'cc'. Collections: animals."
    for result in (
        workers.search("zebras", filter=SearchFilter(("cc",))),
        workers.search("zebras collection:cc"),
        workers.search("zebras", filter=SearchFilter(("cc", "animals"))),
    ):
        assert result.notes[0] == told
    assert workers.search("zebras", filter=SearchFilter(("animals",))).notes == ()
    with pytest.raises(InputError, match="no collection 'cc'"):
        workers.ask(workers.searching.list_documents, collection="cc", offset=0, limit=9)
    with pytest.raises(InputError, match="no collection 'cc'") as raised:
        workers.remove(collection="cc")
    assert raised.value.hint == "Collections: animals."


def test_unknown_documents_and_pages_are_told_apart(workers: SmallWorkers) -> None:
    workers.add("b.md")
    document = workers.search("whales").hits[0].document
    fields = {"start": 0, "max_chars": 10}
    with pytest.raises(InputError) as error:
        workers.ask(workers.searching.read_document, id="nothing", page=None, **fields)
    assert error.value.code == "unknown_document"
    with pytest.raises(InputError) as error:
        workers.ask(workers.searching.read_document, id=document, page=3, **fields)
    assert error.value.code == "unknown_page"


def test_failures_are_listed_with_the_documents(workers: SmallWorkers, docs: Path) -> None:
    (docs / "c.md").write_text("broken", "utf-8")
    workers.add(".")
    listed = workers.ask(workers.searching.list_documents, collection=None, offset=0, limit=10)
    failures = {entry["source"]: entry["failure"] for entry in listed["documents"]}
    assert failures == {"a.md": "", "b.md": "", "c.md": "It is broken. Mend it."}
    assert listed["total"] == 3
    status = workers.ask(workers.searching.status)
    assert (status["documents"], status["failed"], status["collections"]) == (2, 1, {"c": 2})
    assert (status["store"], status["watched"]) == ("local", ("docs",))


def test_one_bad_source_and_nothing_is_added(workers: SmallWorkers) -> None:
    with pytest.raises(InputError):
        workers.add("a.md", "missing.md")
    with pytest.raises(InputError, match="follows a folder"):
        workers.add(".", "a.md")
    assert workers.ask(workers.searching.status)["state"] == "empty"


def test_the_same_source_twice_is_one(workers: SmallWorkers) -> None:
    assert workers.add("a.md", "./a.md").added == 1


def test_new_tags_reach_documents_that_did_not_change(workers: SmallWorkers) -> None:
    workers.add(".", tags=["old"])
    report = workers.add(".", tags=["new"])
    assert (report.changed, report.embedded) == (2, 0)
    assert workers.search("whales").hits[0].tags == ("new",)


def test_a_removed_source_is_not_found_and_not_followed(workers: SmallWorkers) -> None:
    workers.add("a.md", "b.md")
    assert workers.remove("a.md").removed == 1
    assert "a.md" not in workers.found("zebras")
    assert workers.remove(collection="c").removed == 1
    assert workers.search("whales").hits == ()
    with pytest.raises(InputError, match="no collection"):
        workers.sync("c")


def test_a_writer_that_died_while_removing_does_not_bring_documents_back(
    workers: SmallWorkers,
) -> None:
    workers.add("a.md", "b.md")
    workers.indexing.rest()
    session = workers.indexing.open_session()
    [first, _] = session.catalogue.list_sources()
    session.catalogue.drop_sources([first])  # and dies before the store was told
    workers.indexing.rest()
    workers.sync()
    assert "a.md" not in workers.found("zebras stripes")


def test_two_writers_get_turns_and_a_clear_word(workers: SmallWorkers, tmp_path: Path) -> None:
    workers.add(".")
    other = SmallWorkers(tmp_path / "index", workers.config.access.roots[0])
    with pytest.raises(BusyError, match="Another process"):
        other.sync()
    workers.indexing.rest()
    assert other.sync().unchanged == 2
    other.indexing.rest()


def test_a_lock_file_that_was_left_behind_means_nothing(workers: SmallWorkers) -> None:
    workers.config.folder.mkdir()
    WriterLock(workers.config.folder).release()
    assert (workers.config.folder / "writer.lock").exists()
    assert workers.add(".").added == 2


def test_an_index_of_another_embedder_is_made_anew_and_the_old_one_answers_until_then(
    workers: SmallWorkers, tmp_path: Path
) -> None:
    workers.add(".")
    workers.indexing.rest()
    other = SmallWorkers(tmp_path / "index", workers.config.access.roots[0], embedder="none")
    found: list[str] = []
    report = other.sync(progress=lambda: found.append(workers.found("whales sing")[0]))
    assert (report.changed, set(found)) == (2, {"b.md"})
    assert other.found("whales") == ["b.md"]
    other.indexing.rest()


def test_a_damaged_index_is_made_anew_by_the_next_sync(workers: SmallWorkers) -> None:
    workers.add(".")
    workers.indexing.rest()
    workers.searching.rest()
    for path in workers.config.folder.glob("index/*/*.sqlite3*"):
        path.write_bytes(b"garbage" * 100)
    with pytest.raises(UnavailableError) as error:
        workers.search("whales")
    assert error.value.code == "rebuild"
    workers.sync()
    assert workers.found("whales sing")[0] == "b.md"


def test_a_lost_catalogue_is_filled_again_without_embedding(workers: SmallWorkers) -> None:
    workers.add(".")
    workers.indexing.rest()
    for path in workers.config.folder.glob("catalogue.sqlite3*"):
        path.unlink()
    report = workers.sync()
    assert (report.unchanged, report.embedded) == (2, 0)
    assert workers.ask(workers.searching.status)["documents"] == 2


def test_progress_is_passed_on_and_ends_complete(workers: SmallWorkers) -> None:
    workers.add(".")
    assert workers.emitted[-1]["done"] == workers.emitted[-1]["total"] == 2


def test_what_ships_is_indexed_removed_for_good_and_brought_back_on_request(
    workers: SmallWorkers, tmp_path: Path, docs: Path
) -> None:
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    guide = shipped / "guide.md"
    guide.write_text("press the button", "utf-8")
    small = SmallWorkers(tmp_path / "index", docs, defaults=shipped)
    assert small.ask(small.searching.check) == {"stale": True, "documents": 0}
    small.sync("chalklens")
    small.sync("chalklens")  # the stamp of a file as new as this is trusted the second time
    assert small.found("button") == ["chalklens/guide.md"]
    guide.write_text("turn the wheel instead", "utf-8")
    assert small.ask(small.searching.check)["stale"]
    small.sync("chalklens")
    assert small.found("wheel") == ["chalklens/guide.md"]
    small.remove(collection="chalklens")
    assert small.ask(small.searching.check) == {"stale": False, "documents": 0}
    small.sync("chalklens")
    assert small.found("wheel") == ["chalklens/guide.md"]
    with pytest.raises(InputError):
        small.add(".", collection="chalklens")
    small.indexing.rest()


class FullDisk(PlainParts):
    """Its store cannot be opened."""

    def open_store(self, *, anew: bool = False) -> tuple[Store, None]:
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_explained_and_everything_let_go(workers: SmallWorkers) -> None:
    workers.add(".")
    workers.indexing.rest()
    parts: IndexParts = FullDisk(workers.config)
    full = IndexingWorker(workers.config, parts)
    with pytest.raises(StorageError, match=r"no space left.*CHALKLENS_DATA_DIR"):
        workers.ask(
            explained(full, full.sync),
            collection=None,
            paths=None,
            retry=False,
            due_only=False,
            damaged=False,
        )
    assert workers.found("whales sing")[0] == "b.md"
    assert workers.sync().unchanged == 2


def test_a_folder_that_cannot_be_made_is_explained_with_the_setting_that_helps(
    tmp_path: Path, docs: Path
) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    blocked = SmallWorkers(tmp_path / "file" / "knowledge", docs)
    with pytest.raises(StorageError, match="not a directory") as caught:
        blocked.add(".")
    assert "CHALKLENS_DATA_DIR" in caught.value.hint


def test_settings_survive_the_way_to_a_worker(workers: SmallWorkers) -> None:
    config = replace(workers.config, store="milvus:/x.db", defaults=Path("/d"), threads=3)
    assert type(config).load(config.dump()) == config


def test_damage_that_only_a_sync_notices_makes_the_index_anew(workers: SmallWorkers) -> None:
    workers.add(".")
    workers.indexing.rest()
    [database] = workers.config.folder.glob("index/*/*.sqlite3")
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE vectors SET checksum = checksum + 1")
    (workers.config.access.roots[0] / "c.md").write_text("zebras run", "utf-8")
    report = workers.sync()
    assert (report.added + report.changed + report.unchanged, report.failed) == (3, ())
    assert workers.found("zebras run")[0] == "c.md"
    assert workers.found("whales sing")[0] == "b.md"
    assert workers.sync().unchanged == 3
    workers.indexing.rest()
    assert len(list(workers.config.folder.glob("index/*/*.sqlite3"))) == 1
