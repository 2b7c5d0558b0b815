import os
from pathlib import Path

import pytest

from chalklens.errors import InputError, MediaError, StorageError
from retrieval.catalogue import Catalogue
from retrieval.records import Source
from retrieval.sync import SyncScope
from tests.retrieval.small_knowledge import SmallBase, counts


@pytest.fixture
def base(tmp_path: Path) -> SmallBase:
    return SmallBase(tmp_path / "index")


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    return folder


def write(folder: Path, name: str, text: str, age_s: float = 100) -> Path:
    """Write a file as if some time ago, so that its stamp can be trusted."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    touch(path, age_s)
    return path


def touch(path: Path, age_s: float) -> None:
    time_s = path.stat().st_mtime - age_s
    os.utime(path, (time_s, time_s))


def test_a_new_folder_is_indexed_and_looked_at_again_without_reading(
    base: SmallBase, docs: Path
) -> None:
    write(docs, "a.md", "one\ntwo")
    write(docs, "deep/b.txt", "three")
    base.add(docs)
    assert counts(base.sync()) == (2, 0, 0, 0, 0)
    assert base.texts() == {"a.md": "one\ntwo", "deep/b.txt": "three"}
    assert counts(base.sync()) == (0, 0, 0, 0, 2)
    assert base.plain_loader.loaded == ["a.md", "deep/b.txt"]


def test_files_of_other_kinds_are_counted_not_listed(base: SmallBase, docs: Path) -> None:
    for name in ("a.md", "b.heic", "sub/c.mp4", ".hidden"):
        write(docs, name, "one")
    base.add(docs)
    report = base.sync()
    assert (report.added, report.failed, report.unsupported) == (1, (), 2)


def test_changes_and_deletions_follow(base: SmallBase, docs: Path) -> None:
    write(docs, "a.md", "one")
    write(docs, "b.md", "two")
    base.add(docs)
    base.sync()
    write(docs, "a.md", "one more", age_s=50)
    (docs / "b.md").unlink()
    assert counts(base.sync()) == (0, 1, 0, 1, 0)
    assert base.texts() == {"a.md": "one more"}


def test_a_moved_file_is_not_embedded_again(base: SmallBase, docs: Path) -> None:
    write(docs, "a.md", "one\ntwo")
    base.add(docs)
    base.sync()
    (docs / "sub").mkdir()
    (docs / "a.md").rename(docs / "sub" / "z.md")
    report = base.sync()
    assert counts(report) == (0, 0, 1, 0, 0)
    assert (report.embedded, report.reused) == (0, 2)
    assert base.texts() == {"sub/z.md": "one\ntwo"}
    assert base.embedder.passages == 2


def test_only_the_passages_that_changed_are_embedded(base: SmallBase, docs: Path) -> None:
    lines = [f"line {i}" for i in range(20)]
    write(docs, "a.md", "\n".join(lines))
    base.add(docs)
    base.sync()
    lines[7] = "another line"
    write(docs, "a.md", "\n".join(lines), age_s=50)
    report = base.sync()
    assert (report.embedded, report.reused) == (1, 19)


def test_a_touched_file_is_neither_loaded_nor_counted_as_changed(
    base: SmallBase, docs: Path
) -> None:
    path = write(docs, "a.md", "one")
    base.add(docs)
    base.sync()
    touch(path, 50)
    assert counts(base.sync()) == (0, 0, 0, 0, 1)
    assert base.plain_loader.loaded == ["a.md"]


def test_a_file_written_just_before_the_scan_is_looked_into_again(
    base: SmallBase, docs: Path
) -> None:
    path = write(docs, "a.md", "one", age_s=-1000)  # "just before", however slow the machine is
    base.add(docs)
    base.sync()
    found = path.stat()
    path.write_text("two", "utf-8")  # same size, and the clock has not moved on
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert counts(base.sync()) == (0, 1, 0, 0, 0)


def test_a_failed_file_is_listed_and_tried_again_only_when_it_changes(
    base: SmallBase, docs: Path
) -> None:
    write(docs, "a.md", "one")
    write(docs, "b.md", "broken")
    base.add(docs)
    for _ in range(2):
        assert base.sync().failed == (("b.md", "It is broken. Mend it."),)
    assert base.plain_loader.loaded == ["a.md", "b.md"]
    base.sync(SyncScope(retry=True))
    assert base.plain_loader.loaded == ["a.md", "b.md", "b.md"]
    write(docs, "b.md", "mended", age_s=50)
    report = base.sync()
    assert (report.failed, report.added) == ((), 1)


def test_a_file_that_breaks_is_no_longer_found(base: SmallBase, docs: Path) -> None:
    write(docs, "a.md", "one")
    base.add(docs)
    base.sync()
    write(docs, "a.md", "broken", age_s=50)
    assert base.sync().failed == (("a.md", "It is broken. Mend it."),)
    assert base.texts() == {}


def test_a_folder_that_is_not_there_loses_nothing(base: SmallBase, docs: Path) -> None:
    write(docs, "a.md", "one")
    base.add(docs)
    base.sync()
    docs.rename(docs.with_name("unplugged"))
    [(source, reason)] = base.sync().failed
    assert (source, "kept" in reason) == ("docs", True)
    assert base.texts() == {"a.md": "one"}
    docs.with_name("unplugged").rename(docs)
    assert counts(base.sync()) == (0, 0, 0, 0, 1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_cannot_be_listed_loses_nothing(base: SmallBase, docs: Path) -> None:
    write(docs, "sub/a.md", "one")
    base.add(docs)
    base.sync()
    (docs / "sub").chmod(0)
    base.sync()
    (docs / "sub").chmod(0o700)
    assert base.texts() == {"sub/a.md": "one"}


def test_a_folder_replaced_by_a_link_is_not_followed(base: SmallBase, docs: Path) -> None:
    secret = docs.with_name("secret")
    write(secret, "key.md", "secret")
    base.add(docs)
    docs.rmdir()
    docs.symlink_to(secret)
    assert "link" in base.sync().failed[0][1]
    assert base.texts() == {}


def test_links_to_files_outside_are_listed_as_failed_and_never_read(
    base: SmallBase, docs: Path
) -> None:
    outside = write(docs.parent / "secret", "key.md", "secret")
    inside = write(docs, "a.md", "one")
    (docs / "out.md").symlink_to(outside)
    (docs / "in.md").symlink_to(inside)
    (docs / "folder").symlink_to(outside.parent)
    (docs / "nowhere.md").symlink_to(docs / "missing.md")
    base.add(docs)
    [(source, reason)] = base.sync().failed
    assert (source, "leads out" in reason, "secret" in reason) == ("out.md", True, False)
    assert base.texts() == {"a.md": "one", "in.md": "one"}


def test_a_watcher_has_only_the_named_paths_looked_at(base: SmallBase, docs: Path) -> None:
    for name in ("a.md", "sub/b.md", "sub/c.md", "d.md"):
        write(docs, name, name)
    base.add(docs)
    base.sync()
    write(docs, "a.md", "new", age_s=50)
    write(docs, "d.md", "not looked at", age_s=50)
    (docs / "sub" / "b.md").unlink()
    (docs / "sub" / "c.md").unlink()
    (docs / "sub").rmdir()
    paths = (str(docs / "a.md"), str(docs / "sub"), "/elsewhere/x.md")
    assert counts(base.sync(SyncScope(paths=paths))) == (0, 1, 0, 2, 0)
    assert base.texts() == {"a.md": "new", "d.md": "d.md"}


def test_a_single_file_is_followed_until_it_is_gone(base: SmallBase, docs: Path) -> None:
    path = write(docs, ".hidden.unusual", "one")
    base.add(path, "file", label="hidden.unusual")
    assert counts(base.sync()) == (1, 0, 0, 0, 0)
    assert base.texts() == {"hidden.unusual": "one"}
    path.unlink()
    assert counts(base.sync()) == (0, 0, 0, 1, 0)


def test_two_sources_with_the_same_name_do_not_overwrite_each_other(
    base: SmallBase, docs: Path
) -> None:
    write(docs, "sub/a.md", "first")
    other = docs.parent / "sub"
    write(other, "a.md", "second")
    base.add(docs)
    base.add(other, label="sub")
    [(source, reason)] = base.sync().failed
    assert (source, "Another source" in reason) == ("sub/a.md", True)
    assert base.texts() == {"sub/a.md": "first"}


def test_names_that_are_no_text_are_listed_and_do_not_stop_the_rest(
    base: SmallBase, docs: Path
) -> None:
    try:
        (docs / os.fsdecode(b"bad\xff.md")).write_text("x", "utf-8")
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    write(docs, "a.md", "one")
    base.add(docs)
    for _ in range(2):
        [(source, _)] = base.sync().failed
        assert source == "bad\\udcff.md"
    assert base.texts() == {"a.md": "one"}


def test_a_page_is_asked_for_with_its_etag_and_kept_while_the_host_is_away(
    base: SmallBase,
) -> None:
    url = "https://example.org/a"
    base.add(url, "url", label=url)
    base.site.pages[url] = b"first"
    assert counts(base.sync()) == (1, 0, 0, 0, 0)
    base.site.pages[url] = None
    assert counts(base.sync()) == (0, 0, 0, 0, 1)
    base.site.pages[url] = MediaError("The host is away.")
    assert base.sync().failed == ((url, "The host is away."),)
    assert base.texts() == {url: "first"}
    base.site.pages[url] = b"second"
    report = base.sync()
    assert (report.changed, report.failed, base.texts()) == (1, (), {url: "second"})
    assert base.site.asked == [(url, ""), *[(url, "one")] * 3]


def test_a_page_that_is_gone_for_good_is_removed(base: SmallBase) -> None:
    url = "https://example.org/a"
    base.add(url, "url", label=url)
    base.site.pages[url] = b"first"
    base.sync()
    base.site.pages[url] = MediaError("The host answered with status 404.", code="gone")
    assert base.sync().failed == ((url, "The host answered with status 404."),)
    assert base.texts() == {}


def test_a_page_is_not_asked_for_before_its_time_when_nobody_asked(base: SmallBase) -> None:
    url = "https://example.org/a"
    base.add(url, "url", label=url)
    base.site.pages[url] = b"first"
    base.sync()
    base.sync(SyncScope(due_only=True))
    assert len(base.site.asked) == 1


def test_what_ships_is_indexed_wherever_the_package_lies(
    base: SmallBase, docs: Path, tmp_path: Path
) -> None:
    base.catalogue.put_source(Source("chalklens", "default", "", label="chalklens"))
    write(docs, "guide.md", "one")
    base.sync(defaults=docs)
    moved = docs.rename(tmp_path / "elsewhere")
    assert counts(base.sync(defaults=moved)) == (0, 0, 0, 0, 1)
    assert base.texts() == {"chalklens/guide.md": "one"}


def test_progress_names_every_file_and_ends_complete(base: SmallBase, docs: Path) -> None:
    for i in range(5):
        write(docs, f"{i}.md", str(i))
    base.add(docs)
    base.sync()
    named = [step for step in base.steps if step[2]]
    assert [step[0] for step in named] == [1, 2, 3, 4, 5]
    assert {step[1] for step in named} == {5}


def test_a_cancelled_sync_keeps_what_it_applied_and_the_next_one_goes_on(
    base: SmallBase, docs: Path
) -> None:
    for i in range(400):
        write(docs, f"{i}.md", f"text {i}")
    base.add(docs)
    base.cancelled = lambda: len(base.steps) >= 300
    first = base.sync()
    assert first.cancelled
    assert 0 < first.added < 400
    assert len(base.texts()) == first.added
    base.cancelled = lambda: False
    second = base.sync()
    assert (second.added, second.unchanged) == (400 - first.added, first.added)


def test_a_full_disk_stops_the_sync_and_the_next_one_mends_it(base: SmallBase, docs: Path) -> None:
    write(docs, "a.md", "one")
    base.add(docs)
    base.sync()
    write(docs, "b.md", "two")
    base.store.errors["apply"] = StorageError("The disk is full.")
    with pytest.raises(StorageError):
        base.sync()
    assert base.texts() == {"a.md": "one"}
    assert counts(base.sync()) == (1, 0, 0, 0, 1)


def test_documents_the_catalogue_lost_are_adopted_without_loading(
    base: SmallBase, docs: Path
) -> None:
    write(docs, "a.md", "one")
    write(docs, "b.md", "two")
    source = base.add(docs)
    base.sync()
    base.catalogue.drop_sources([source])  # as after a catalogue that could not be read
    base.add(docs)
    base.reconcile()
    (docs / "b.md").unlink()
    assert counts(base.sync()) == (0, 0, 0, 0, 1)
    assert base.plain_loader.loaded == ["a.md", "b.md"]
    assert base.texts() == {"a.md": "one"}


def test_documents_the_store_lost_are_indexed_again(base: SmallBase, docs: Path) -> None:
    write(docs, "a.md", "one")
    base.add(docs)
    base.sync()
    base.store.content.documents.clear()
    base.reconcile()
    assert counts(base.sync()) == (0, 1, 0, 0, 0)
    assert base.texts() == {"a.md": "one"}


def test_a_folder_with_too_many_files_says_so_and_keeps_the_others(
    base: SmallBase, docs: Path
) -> None:
    write(docs, "a.md", "one")
    base.add(docs)
    base.add("https://example.org/a", "url", label="https://example.org/a")
    base.site.pages["https://example.org/a"] = InputError("Not this kind.")
    assert base.sync().failed == (("https://example.org/a", "Not this kind."),)
    assert base.texts() == {"a.md": "one"}


def test_a_crash_between_store_and_catalogue_is_mended_by_the_next_sync(
    base: SmallBase, docs: Path
) -> None:
    write(docs, "a.md", "one")
    write(docs, "b.md", "two")
    base.add(docs)
    base.sync()
    write(docs, "a.md", "changed", age_s=50)
    (docs / "b.md").unlink()
    write(docs, "c.md", "three")
    writable = base.catalogue
    readonly = Catalogue.read(base.folder)
    assert readonly is not None
    base.catalogue = readonly  # the store is told, and then nothing can be noted any more
    with pytest.raises(StorageError):
        base.sync()
    base.catalogue = writable
    assert base.texts() == {"a.md": "changed", "c.md": "three"}
    assert base.store.describe().generation != writable.get_mark("generation")
    (docs / "c.md").unlink()  # and nobody but the store knows of it
    base.reconcile()
    report = base.sync()
    assert (report.failed, report.embedded) == ((), 0)
    assert base.texts() == {"a.md": "changed"}
    assert list(writable.read_items(writable.list_sources()[0].id)) == ["a.md"]
