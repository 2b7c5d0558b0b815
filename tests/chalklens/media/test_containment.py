import os
import socket
import sys
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from chalklens.errors import MediaError, MediaReferenceError
from chalklens.media.containment import open_by_comparison, open_folder_inside, read_inside
from chalklens.media.limits import Limits

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX file types and links")

LIMITS = Limits()
INSIDE, OUTSIDE = b"BM inside", b"BM outside"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with a file, and everything around it that must stay closed."""
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    for path in (root / "ok.png", root / "sub" / "ok.png"):
        path.write_bytes(INSIDE)
    (tmp_path / "root_evil").mkdir()
    for path in (tmp_path / "outside.png", tmp_path / "root_evil" / "x.png"):
        path.write_bytes(OUTSIDE)
    return root


def read(path: str | Path, *roots: Path, limits: Limits = LIMITS) -> bytes:
    return read_inside(str(path), roots, limits)


def refusal(path: str | Path, *roots: Path) -> str:
    with pytest.raises(MediaReferenceError) as caught:
        read(path, *roots)
    return str(caught.value)


def test_a_file_inside_is_read_by_every_spelling(root: Path) -> None:
    for spelling in ("ok.png", "./ok.png", "sub/../ok.png", "sub//ok.png", "sub/./ok.png"):
        assert read(spelling, root) == INSIDE
        assert read(f"{root}/{spelling}", root) == INSIDE
    assert read(f"{root.parent}/root_evil/../root/ok.png", root) == INSIDE


def test_a_relative_path_is_looked_for_in_each_root_in_turn(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "root_evil"
    assert read("x.png", other, root) == OUTSIDE
    assert read(root / "ok.png", other, root) == INSIDE
    assert read("sub/ok.png", other, tmp_path / "missing", root) == INSIDE
    (other / "ok.png").write_bytes(OUTSIDE)
    assert read("ok.png", other, root) == OUTSIDE
    assert read("ok.png", root, other) == INSIDE
    refusal("nowhere.png", other, root)


def test_a_folder_to_write_into_is_looked_for_in_each_root_in_turn(
    root: Path, tmp_path: Path
) -> None:
    path, descriptor = open_folder_inside("sub", [tmp_path / "root_evil", root])
    assert path == root / "sub"
    assert descriptor is not None
    os.close(descriptor)


@pytest.mark.parametrize(("stored", "asked"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_accented_names_are_found_however_the_disk_spells_them(
    root: Path, stored: Literal["NFC", "NFD"], asked: Literal["NFC", "NFD"]
) -> None:
    folder = root / unicodedata.normalize(stored, "Übungen")
    folder.mkdir()
    (folder / unicodedata.normalize(stored, "é.png")).write_bytes(INSIDE)
    assert read(unicodedata.normalize(asked, "Übungen/é.png"), root) == INSIDE
    _, descriptor = open_folder_inside(unicodedata.normalize(asked, "Übungen"), [root])
    assert descriptor is not None
    os.close(descriptor)


def test_of_two_names_that_look_alike_the_one_asked_for_is_read(root: Path) -> None:
    (root / unicodedata.normalize("NFD", "é.png")).write_bytes(INSIDE)
    (root / unicodedata.normalize("NFC", "é.png")).write_bytes(OUTSIDE)
    assert read(unicodedata.normalize("NFD", "é.png"), root) == INSIDE
    assert read(unicodedata.normalize("NFC", "é.png"), root) == OUTSIDE


def test_links_are_followed_as_long_as_they_end_inside(root: Path, tmp_path: Path) -> None:
    (root / "absolute.png").symlink_to(root / "ok.png")
    (root / "relative.png").symlink_to("sub/../ok.png")
    (root / "sub" / "up").symlink_to("..")
    (root / "chain.png").symlink_to("absolute.png")
    (tmp_path / "entrance").symlink_to(root)
    for name in ("absolute.png", "relative.png", "sub/up/ok.png", "chain.png"):
        assert read(name, root) == INSIDE
    assert read(tmp_path / "entrance" / "ok.png", root) == INSIDE
    assert read("ok.png", tmp_path / "entrance") == INSIDE


def test_links_that_leave_are_not_followed(root: Path, tmp_path: Path) -> None:
    (root / "file.png").symlink_to(tmp_path / "outside.png")
    (root / "up.png").symlink_to("../outside.png")
    (root / "folder").symlink_to(tmp_path)
    (root / "etc").symlink_to("/etc")
    for name in (
        "file.png",
        "up.png",
        "folder/outside.png",
        "folder/root_evil/x.png",
        "etc/passwd",
    ):
        refusal(name, root)


def test_a_folder_with_the_same_beginning_is_outside(root: Path) -> None:
    refusal(f"{root}_evil/x.png", root)
    refusal("../root_evil/x.png", root)


def test_outside_missing_and_not_a_file_give_the_same_text(root: Path, tmp_path: Path) -> None:
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "fifo")
    texts = {
        refusal(path, root)
        for path in (
            tmp_path / "outside.png",
            tmp_path / "absent.png",
            "absent.png",
            "sub",
            "ok.png/",
            "ok.png/x",
            "loop",
            "loop/x.png",
            "fifo",
            "/",
            ".",
            "..%2foutside.png",
            "ok.png\0.txt",
            "ok.png ",
            "\udcff",
            "/etc/passwd",
            "/proc/self/fd/0",
            "/dev/zero",
            "d/" * 2000 + "x.png",
            "sub/../" * 500 + "ok.png",
            "x" * 300,
        )
    }
    assert len(texts) == 1
    assert "outside.png" not in texts.pop()


def test_fifos_sockets_and_devices_are_refused_without_waiting(root: Path) -> None:
    os.mkfifo(root / "fifo")
    (root / "zero").symlink_to("/dev/zero")
    here = Path.cwd()
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(root)  # socket names are short
        try:
            listener.bind("socket")
        finally:
            os.chdir(here)
        for name in ("fifo", "socket", "zero"):
            refusal(name, root)
    for device in ("/dev/zero", "/dev/stdin", "/dev/null"):
        refusal(device, Path("/dev"))


def test_a_folder_that_cannot_be_entered_looks_like_a_missing_one(root: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may enter everything")
    (root / "sub").chmod(0)
    try:
        assert refusal("sub/ok.png", root) == refusal("absent/ok.png", root)
    finally:
        (root / "sub").chmod(0o700)


def test_without_roots_every_path_is_an_error() -> None:
    with pytest.raises(MediaReferenceError, match="switched off") as caught:
        read("/etc/hostname")
    assert "--root" in caught.value.hint


def test_a_missing_root_closes_nothing_else(root: Path, tmp_path: Path) -> None:
    assert read(root / "ok.png", tmp_path / "absent", root) == INSIDE
    refusal("ok.png", tmp_path / "absent")


def test_a_path_of_a_client_sandbox_says_what_to_do(root: Path) -> None:
    assert "attachments" in refusal("/mnt/user-data/uploads/a.png", root)


def test_a_file_over_the_limit_is_refused_before_it_is_read(root: Path) -> None:
    with (root / "large.png").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(MediaError, match="20 MiB"):
        read("large.png", root)


def test_the_content_decides_which_limit_holds(root: Path) -> None:
    limits = LIMITS.lowered(file_bytes=2000, document_bytes=5000)
    (root / "a.png").write_bytes(b"%PDF-1.7" + bytes(4000))
    (root / "a.pdf").write_bytes(b"BM" + bytes(4000))
    assert len(read("a.png", root, limits=limits)) == 4008
    with pytest.raises(MediaError):
        read("a.pdf", root, limits=limits)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_no_descriptor_is_left_open(root: Path) -> None:
    (root / "large.png").write_bytes(b"BM" + bytes(100))
    limits = LIMITS.lowered(file_bytes=50)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(5):
        read("ok.png", root)
        refusal("sub/absent", root)
        refusal("sub", root)
        with pytest.raises(MediaError):
            read("large.png", root, limits=limits)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


@pytest.fixture
def swapping(root: Path, tmp_path: Path) -> Iterator[threading.Event]:
    """Somebody who keeps exchanging a folder inside the root for a link to the outside."""
    inside, away, link = root / "swap", root / "away", root / "link"
    inside.mkdir()
    (inside / "x.png").write_bytes(INSIDE)
    link.symlink_to(tmp_path / "root_evil")
    done, stop = threading.Event(), threading.Event()

    def swap() -> None:
        for _ in range(2000):
            if stop.is_set():
                break
            inside.rename(away)
            link.rename(inside)
            inside.rename(link)
            away.rename(inside)
        done.set()

    thread = threading.Thread(target=swap)
    thread.start()
    yield done
    stop.set()
    thread.join()


def test_no_outside_byte_is_read_while_a_folder_is_swapped(
    root: Path, swapping: threading.Event
) -> None:
    seen: set[bytes] = set()
    refused = 0
    while not swapping.is_set():
        try:
            seen.add(read("swap/x.png", root))
        except MediaReferenceError:
            refused += 1
    assert read("swap/x.png", root) == INSIDE
    assert seen <= {INSIDE}
    assert refused or seen


def test_a_file_replaced_while_it_is_read_gives_one_of_the_two(root: Path) -> None:
    old, new = b"BM" + b"o" * 300_000, b"BM" + b"n" * 300_000
    target = root / "file.png"
    target.write_bytes(old)

    def replace() -> None:
        for number in range(200):
            fresh = root / "fresh"
            fresh.write_bytes(new if number % 2 else old)
            fresh.rename(target)

    thread = threading.Thread(target=replace)
    thread.start()
    while thread.is_alive():
        assert read("file.png", root) in (old, new)
    thread.join()


def test_the_fallback_for_windows_keeps_links_inside(root: Path, tmp_path: Path) -> None:
    (root / "out.png").symlink_to(tmp_path / "outside.png")
    (root / "in.png").symlink_to("ok.png")
    for path in (root / "ok.png", root / "in.png", root / "sub" / ".." / "ok.png"):
        descriptor = open_by_comparison(str(path), [root])
        assert os.read(descriptor, 100) == INSIDE
        os.close(descriptor)
    for path in (root / "out.png", root / "sub", tmp_path / "outside.png", f"{root}_evil/x.png"):
        with pytest.raises(OSError):  # noqa: PT011
            open_by_comparison(str(path), [root])
    with pytest.raises(PermissionError):
        open_by_comparison("\\\\server\\share\\x.png", [root])
