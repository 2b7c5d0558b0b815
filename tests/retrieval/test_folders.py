import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalklens.errors import InputError
from retrieval.folders import FolderScan, is_ignored, look_at, look_at_file, scan_folder

SUFFIXES = (".md", ".txt")


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, "utf-8")


def test_files_are_found_by_relative_name_in_every_case_of_suffix(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "sub/deep/B.TXT", "sub/c.exe")
    scan = scan_folder(tmp_path, SUFFIXES)
    assert set(scan.files) == {"a.md", "sub/deep/B.TXT"}
    assert scan.unsupported == 1
    assert scan.files["a.md"].size_bytes == 4


@pytest.mark.parametrize(
    "name",
    [
        ".git/a.md",
        ".hidden.md",
        "node_modules/x/readme.md",
        "__pycache__/a.txt",
        "~$letter.md",
        "a.md~",
        "a.md.swp",
        "sub/.cache/a.md",
        "download.md.part",
    ],
)
def test_what_is_no_document_of_a_user_is_left_out(tmp_path: Path, name: str) -> None:
    make(tmp_path, name, "kept.md")
    assert set(scan_folder(tmp_path, SUFFIXES).files) == {"kept.md"}
    assert set(look_at(tmp_path, [name, "kept.md"], SUFFIXES).files) == {"kept.md"}


def test_the_index_does_not_contain_itself(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "knowledge/notes.md")
    assert set(scan_folder(tmp_path, SUFFIXES, avoid=tmp_path / "knowledge").files) == {"a.md"}


def test_more_files_than_the_limit_are_refused(tmp_path: Path) -> None:
    make(tmp_path, *(f"{i}.md" for i in range(5)))
    with pytest.raises(InputError, match="more than 4 files"):
        scan_folder(tmp_path, SUFFIXES, max_files=4)


def test_a_fifo_and_a_loop_of_links_are_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "loop.md").symlink_to(tmp_path / "loop.md")
    (tmp_path / "self").symlink_to(tmp_path)
    make(tmp_path, "a.md")
    assert set(scan_folder(tmp_path, SUFFIXES).files) == {"a.md"}


def test_a_folder_that_is_no_folder_counts_as_unlisted_and_nothing_as_gone(tmp_path: Path) -> None:
    make(tmp_path, "file")
    scan = scan_folder(tmp_path / "file", SUFFIXES)
    assert scan.unlisted == [""]
    assert not scan.is_gone("a.md")


def test_only_names_that_were_looked_for_are_gone(tmp_path: Path) -> None:
    make(tmp_path, "sub/a.md")
    scan = look_at(tmp_path, ["sub", "sub/a.md", "x.md", "y"], SUFFIXES)
    assert scan.within == ("sub", "x.md", "y")
    gone = [
        name for name in ("sub/a.md", "sub/b.md", "x.md", "y/z.md", "q.md") if scan.is_gone(name)
    ]
    assert gone == ["sub/b.md", "x.md", "y/z.md"]


def test_below_an_unlisted_folder_nothing_is_gone() -> None:
    scan = FolderScan(("",), unlisted=["sub"])
    assert not scan.is_gone("sub/a.md")
    assert scan.is_gone("subway.md")


def test_a_single_file_is_looked_at_whatever_its_name(tmp_path: Path) -> None:
    make(tmp_path, ".notes")
    assert list(look_at_file(tmp_path / ".notes").files) == [""]
    assert look_at_file(tmp_path / "missing").is_gone("")
    assert look_at_file(tmp_path).files == {}


def test_a_name_that_is_no_text_is_set_aside(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"\xff.md")).write_text("x", "utf-8")
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    scan = scan_folder(tmp_path, SUFFIXES)
    assert (scan.files, scan.misnamed) == ({}, ["\\udcff.md"])


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="ab/.~$_\u4e2d ", max_size=30))
def test_looking_at_any_name_never_fails_and_never_leaves_the_folder(name: str) -> None:
    is_ignored(name)
    scan = look_at(Path(__file__).parent, [name], SUFFIXES)
    assert all(not found.startswith((".", "/")) for found in scan.files)
