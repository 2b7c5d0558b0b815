import unicodedata
from pathlib import Path

import pytest

from chalklens.errors import ChalklensError, InputError, MediaReferenceError, UnavailableError
from chalklens.media.access import AccessPolicy
from retrieval.records import Source
from retrieval.sources import SHIPPED, Place, check_names, choose, locate, place

URL = "https://example.org/a.html"


def allow(*roots: Path) -> AccessPolicy:
    return AccessPolicy(roots=roots)


def test_paths_are_found_absolute_relative_and_as_file_urls(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "a b.md").touch()
    access = allow(tmp_path)
    assert locate("docs", access) == Place("folder", str(tmp_path / "docs"))
    assert locate(str(tmp_path), access) == Place("folder", str(tmp_path))
    assert locate("@docs/../a b.md", access) == Place("file", str(tmp_path / "a b.md"))
    assert locate(f"file://{tmp_path}/a%20b.md", access) == Place("file", str(tmp_path / "a b.md"))


def test_a_relative_path_is_looked_for_in_each_root_in_turn(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    (second / "docs").mkdir(parents=True)
    access = allow(first, tmp_path / "missing", second)
    found = locate("docs", access)
    assert found == Place("folder", str(second / "docs"))
    source = Source("default", "folder", found.location, label="")
    assert choose(["docs"], [source], access, None) == [source]
    twin = Source("default", "folder", str(first / "docs"), label="first docs")
    assert choose(["docs"], [source, twin], access, None) == [twin]
    (second / "docs").rmdir()
    assert choose(["docs"], [source], access, None) == [source]


def test_an_address_that_was_not_added_is_not_taken_for_what_ships(tmp_path: Path) -> None:
    for text in (URL, "data:text/plain,x", "ftp://a/b"):
        with pytest.raises(InputError, match="was not added"):
            choose([text], [SHIPPED], allow(tmp_path), None)


def test_accented_names_are_found_however_the_disk_spells_them(tmp_path: Path) -> None:
    stored = tmp_path / unicodedata.normalize("NFD", "Übungen")
    stored.mkdir()
    asked = unicodedata.normalize("NFC", "Übungen")
    assert locate(asked, allow(tmp_path)) == Place("folder", str(stored))


def test_outside_missing_and_special_files_get_one_answer(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "root_evil"
    root.mkdir()
    outside.mkdir()
    (root / "link").symlink_to(outside)
    (root / "loop").symlink_to(root / "loop")
    texts = ["../root_evil", str(outside), "link", "missing", "loop", "/dev/null", "a\u0000b"]
    messages: set[str] = set()
    for text in texts[:-1]:
        with pytest.raises(MediaReferenceError) as error:
            locate(text, allow(root))
        messages.add(error.value.message)
    assert len(messages) == 1
    with pytest.raises(MediaReferenceError):
        locate(texts[-1], allow(root))


def test_without_folders_there_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(MediaReferenceError, match="switched off"):
        locate(str(tmp_path), AccessPolicy())


def test_addresses_need_permission_and_lose_their_fragment() -> None:
    with pytest.raises(UnavailableError, match="switched off"):
        locate(URL, AccessPolicy())
    assert locate(f"{URL}#part", AccessPolicy(allow_urls=True)) == Place("url", URL)


@pytest.mark.parametrize(
    "text", ["data:text/plain,hello", "chalklens://artifacts/" + "0" * 32, "ftp://a/b"]
)
def test_other_references_cannot_be_added(text: str, tmp_path: Path) -> None:
    with pytest.raises(ChalklensError):
        locate(text, allow(tmp_path))


def test_the_first_folder_needs_no_label_and_others_go_by_their_names() -> None:
    first = place(Place("folder", "/a/docs"), [], "c", ["t"])
    assert (first.label, first.tags) == ("", ("t",))
    known = [first]
    labels: list[str] = []
    for found in (
        Place("folder", "/b/docs"),
        Place("folder", "/c/docs"),
        Place("file", "/d/a.md"),
        Place("file", "/e/a.md"),
        Place("url", URL),
    ):
        known.append(place(found, known, "c", []))
        labels.append(known[-1].label)
    assert labels == ["docs", "docs (2)", "a.md", "a (2).md", URL]


def test_a_folder_beside_addresses_is_still_the_first() -> None:
    page = Source("c", "url", URL, label=URL)
    assert place(Place("folder", "/a/docs"), [page], "c", []).label == ""


def test_the_same_source_keeps_its_label_and_takes_the_new_tags() -> None:
    known = Source("c", "folder", "/a/docs", label="docs", tags=("old",), id=7)
    again = place(Place("folder", "/a/docs"), [known], "c", ["new"])
    assert (again.label, again.tags, again.id) == ("docs", ("new",), 7)


@pytest.mark.parametrize("location", ["/a/docs/sub", "/a"])
def test_folders_inside_each_other_are_refused(location: str) -> None:
    known = [Source("c", "folder", "/a/docs")]
    with pytest.raises(InputError):
        place(Place("folder", location), known, "c", [])
    assert place(Place("folder", "/a/docs_evil"), known, "c", []).label == "docs_evil"


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\nb", "\u202e", "chalklens"])
def test_names_that_cannot_be_typed_or_are_taken_are_refused(name: str) -> None:
    with pytest.raises(InputError):
        check_names(name, [])


def test_too_many_tags_are_refused() -> None:
    check_names("c", ["t"] * 20)
    with pytest.raises(InputError):
        check_names("c", ["t"] * 21)


def test_sources_are_removed_by_path_address_or_shown_name(tmp_path: Path) -> None:
    known = [
        Source("c", "folder", str(tmp_path / "docs"), id=1),
        Source("c", "file", "/gone/a.md", label="a.md", id=2),
        Source("c", "url", URL, label=URL, id=3),
    ]
    access = allow(tmp_path)
    chosen = choose(["docs", "a.md", URL, URL], known, access, None)
    assert [source.id for source in chosen] == [1, 2, 3]
    assert choose([(tmp_path / "docs").as_uri()], known, access, None) == known[:1]
    assert choose([], known, access, "c") == known
    with pytest.raises(InputError, match="not added"):
        choose(["b.md"], known, access, None)
    with pytest.raises(InputError, match="Nothing"):
        choose([], known, access, None)
