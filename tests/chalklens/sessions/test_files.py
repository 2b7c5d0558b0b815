import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chalklens.errors import InputError, MediaReferenceError
from chalklens.sessions.fake import FailingFiles
from chalklens.sessions.files import NewFiles, open_place

DATA = b"# A summary\n" * 100
NAMES = ["a.md", "a-2.md", "a-3.md"]


def create(folder: Path, files: NewFiles, names: list[str] = NAMES, data: bytes = DATA) -> str:
    with open_place(folder, None) as place:
        return files.create(place, names, data)


def replace(folder: Path, files: NewFiles, data: bytes) -> None:
    with open_place(folder, None) as place:
        files.replace(place, "a.md", data)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("links", [True, False])
def test_a_new_file_takes_the_first_free_name_and_is_private(tmp_path: Path, links: bool) -> None:
    folder = tmp_path / "new" / "summaries"
    files = FailingFiles(links=links)
    assert [create(folder, files) for _ in range(3)] == NAMES
    assert contents(folder) == dict.fromkeys(NAMES, DATA)
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with pytest.raises(InputError, match="taken"):
        create(folder, files)
    assert len(contents(folder)) == 3


@pytest.mark.parametrize("links", [True, False])
def test_whatever_step_fails_there_is_the_whole_file_or_none(tmp_path: Path, links: bool) -> None:
    (tmp_path / "a.md").write_bytes(b"older")
    fails_at = 0
    while True:
        fails_at += 1
        files = FailingFiles(fails_at, links=links)
        try:
            create(tmp_path, files)
        except OSError:
            found = contents(tmp_path)
            assert found.pop("a.md") == b"older"
            assert all(data == DATA for data in found.values())
            assert not [name for name in found if name.endswith(".tmp")]
            for name in found:
                (tmp_path / name).unlink()
        else:
            break
    assert fails_at > 4  # put, sync, link (one name is taken), sync of the folder
    assert contents(tmp_path) == {"a.md": b"older", "a-2.md": DATA}


def test_replacing_leaves_the_former_file_or_the_new_one(tmp_path: Path) -> None:
    fails_at = 0
    (tmp_path / "a.md").write_bytes(b"older")
    while True:
        fails_at += 1
        files = FailingFiles(fails_at)
        try:
            replace(tmp_path, files, DATA)
        except OSError:
            [(name, data)] = contents(tmp_path).items()
            assert name == "a.md"
            assert data in (b"older", DATA)
        else:
            break
    assert fails_at == 5
    assert contents(tmp_path) == {"a.md": DATA}


@pytest.mark.parametrize("links", [True, False])
def test_many_writers_at_once_get_a_file_each(tmp_path: Path, links: bool) -> None:
    names = [f"{number}.md" for number in range(40)]
    files = FailingFiles(links=links)

    def write(number: int) -> str:
        return create(tmp_path, files, names, f"text {number}".encode())

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(write, range(40)))
    assert sorted(taken) == sorted(names)
    assert set(contents(tmp_path).values()) == {f"text {n}".encode() for n in range(40)}


def test_a_link_of_the_same_name_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.md").symlink_to(target)
    for links in (True, False):
        create(folder, FailingFiles(links=links))
    assert not target.exists()


@pytest.mark.parametrize("wanted", ["..", "/", "out", "out/deeper", "file", "gone", "root/../.."])
def test_a_folder_outside_the_roots_is_not_opened(tmp_path: Path, wanted: str) -> None:
    root = tmp_path / "root"
    (root / "inside").mkdir(parents=True)
    (tmp_path / "outside" / "deeper").mkdir(parents=True)
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "file").touch()
    with pytest.raises(MediaReferenceError) as error, open_place(Path(wanted), [root]):
        pass
    assert error.value.message == "There is no folder at this path in the allowed folders."


@pytest.mark.parametrize("wanted", ["", ".", "inside", "in-link", "inside/.."])
def test_a_folder_inside_the_roots_is_opened_also_through_links(
    tmp_path: Path, wanted: str
) -> None:
    root = tmp_path / "root"
    (root / "inside").mkdir(parents=True)
    (root / "in-link").symlink_to(root / "inside")
    with open_place(Path(wanted), [root]) as place:
        name = NewFiles().create(place, NAMES, DATA)
    assert (root / wanted / name).read_bytes() == DATA
    assert place.path == (root / wanted).resolve()


def test_without_roots_no_folder_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(MediaReferenceError), open_place(tmp_path, []):
        pass


def test_a_file_stays_in_the_opened_folder_when_its_name_is_moved_away(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "inside").mkdir(parents=True)
    with open_place(Path("inside"), [root]) as place:
        (root / "inside").rename(root / "moved")
        (root / "inside").symlink_to(tmp_path)
        NewFiles().create(place, NAMES, DATA)
    assert (root / "moved" / "a.md").exists()
    assert not (tmp_path / "a.md").exists()
