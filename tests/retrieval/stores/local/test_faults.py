import random
import resource
import shutil
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from chalklens.errors import ChalklensError, StorageError, UnavailableError
from retrieval.documents import chunk_id
from retrieval.stores.local.fake import FailingFiles
from retrieval.stores.local.files import FileWriter
from retrieval.stores.local.store import LocalStore
from retrieval.stores.local.writer import Pace
from retrieval.stores.store import Batch
from tests.retrieval.stores.changes import (
    check,
    check_scores,
    count_batches,
    make_batch,
    make_model,
)
from tests.retrieval.stores.documents import PARAMETERS, hash_vector, make_indexed
from tests.retrieval.stores.local.store_writer import HASTY

BATCHES = 12
SNAPSHOTS_ONLY = Pace(min_pending=10_000, max_pending=10_000, min_unsaved=20, unsaved_share=1000)
DATABASE, SNAPSHOT = "g-*/index.sqlite3", "g-*/snapshot-*.rows"
DERIVED = [SNAPSHOT, "g-*/sparse/*.term", "g-*/sparse/meta.json"]


def build(folder: Path, first: int = 1, batches: int = BATCHES) -> None:
    with closing(LocalStore.create(folder, PARAMETERS, pace=HASTY)) as store:
        for number in range(first, first + batches):
            store.apply(make_batch(number))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "index"
    build(folder)
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "index"
    shutil.copytree(built, copy)
    return copy


def find(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern), key=lambda path: path.stat().st_size)
    assert found, f"nothing like {pattern}: the test would show nothing"
    return found[-1]


def cut_in_half(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip_bits(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for place in range(len(data) // 3, len(data) // 3 + 8):
        data[place] ^= 0x55
    path.write_bytes(data)


def put_something_else(path: Path) -> None:
    path.write_bytes(b"%PDF-1.7 not what you think\n" * 50)


def remove(path: Path) -> None:
    path.unlink()


HARM = [cut_in_half, empty, flip_bits, put_something_else, remove]


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("pattern", DERIVED)
def test_a_damaged_derived_part_is_made_again_from_the_database(
    folder: Path, pattern: str, harm: Callable[[Path], None]
) -> None:
    harm(find(folder, pattern))
    with closing(LocalStore.open(folder, readonly=True)) as reader:
        check(reader, BATCHES)
    with closing(LocalStore.open(folder, pace=HASTY)) as store:
        store.apply(make_batch(BATCHES + 1))
        check(store, BATCHES + 1)
    with closing(LocalStore.open(folder, readonly=True)) as reader:
        check(reader, BATCHES + 1)


def test_every_byte_of_a_snapshot_counts(folder: Path) -> None:
    path = find(folder, SNAPSHOT)
    whole = path.read_bytes()
    for place in range(0, len(whole), len(whole) // 40):
        changed = bytearray(whole)
        changed[place] ^= 0x7F
        path.write_bytes(changed)
        with closing(LocalStore.open(folder, readonly=True)) as reader:
            vector = hash_vector("zinc")
            check_scores(reader, make_model(BATCHES), vector)


SILENT_CHANGES = [
    "UPDATE chunks SET text = replace(text, 'n', 'm')",
    "UPDATE chunks SET stop = stop + 1",
    "UPDATE chunks SET page = 7",
    "UPDATE chunks SET headings = '[\"no\"]'",
    "UPDATE documents SET source = source || 'x'",
    "UPDATE documents SET first_key = first_key + 1",
    "UPDATE vectors SET vector = zeroblob(16)",
    "UPDATE state SET sequence = sequence + 1",
    "DELETE FROM chunks WHERE key % 2 = 0",
]


@pytest.mark.parametrize("change", SILENT_CHANGES)
def test_rows_that_were_changed_behind_its_back_are_no_answers(folder: Path, change: str) -> None:
    with closing(sqlite3.connect(find(folder, DATABASE), isolation_level=None)) as connection:
        connection.execute(change)
    find(folder, SNAPSHOT).unlink()  # it has what it needs of the vectors
    with pytest.raises(UnavailableError) as caught:
        read_all(folder)
    assert caught.value.code == "rebuild"


def read_all(folder: Path) -> None:
    with closing(LocalStore.open(folder, readonly=True)) as reader:
        for info in reader.list_documents():
            reader.read_chunks(info.id)


@pytest.mark.parametrize(
    "change", [change for change in SILENT_CHANGES if "SET vector" not in change]
)
@pytest.mark.parametrize("snapshot", [True, False])
def test_changed_rows_are_not_fetched(folder: Path, change: str, snapshot: bool) -> None:
    with closing(LocalStore.open(folder, readonly=True)) as reader:
        documents = reader.list_documents()
    ids = [chunk_id(info.id, place) for info in documents for place in range(info.chunks)]
    with closing(sqlite3.connect(find(folder, DATABASE), isolation_level=None)) as connection:
        connection.execute(change)
    if not snapshot:
        find(folder, SNAPSHOT).unlink()
    with (
        pytest.raises(UnavailableError) as caught,
        closing(LocalStore.open(folder, readonly=True)) as reader,
    ):
        reader.fetch(ids)
    assert caught.value.code == "rebuild"


@pytest.mark.parametrize("harm", [cut_in_half, empty, put_something_else, remove])
def test_a_broken_database_asks_for_a_rebuild_and_gets_one(
    folder: Path, harm: Callable[[Path], None]
) -> None:
    harm(find(folder, DATABASE))
    with pytest.raises(UnavailableError) as caught, closing(LocalStore.open(folder)) as store:
        check(store, BATCHES)
    assert caught.value.code == "rebuild"
    assert "sync" in caught.value.hint
    build(folder, batches=2)
    with closing(LocalStore.open(folder, readonly=True)) as reader:
        check(reader, 2)
    assert len(list(folder.glob("g-*"))) == 1


@pytest.mark.parametrize("harm", HARM)
def test_a_broken_manifest_asks_for_a_rebuild(folder: Path, harm: Callable[[Path], None]) -> None:
    harm(folder / "CURRENT")
    with pytest.raises(UnavailableError) as caught:
        LocalStore.open(folder)
    assert caught.value.code == ("index_missing" if harm is remove else "rebuild")
    with closing(LocalStore.create(folder, PARAMETERS)) as store:  # the old one is still good
        check(store, BATCHES)
    with closing(LocalStore.open(folder, readonly=True)) as reader:
        check(reader, BATCHES)


@pytest.mark.parametrize("seed", range(8))
def test_flipped_bits_in_the_database_never_change_an_answer(folder: Path, seed: int) -> None:
    chance, path = random.Random(seed), find(folder, DATABASE)
    data = bytearray(path.read_bytes())
    for _ in range(chance.choice([1, 20])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    code = "rebuild"
    try:
        with closing(LocalStore.open(folder, readonly=True)) as reader:
            check(reader, BATCHES)
    except ChalklensError as error:
        code = error.code
    assert code == "rebuild"


@pytest.mark.parametrize("pattern", ["g-*/sparse", SNAPSHOT])
def test_a_derived_part_of_another_index_is_not_used(
    folder: Path, tmp_path: Path, pattern: str
) -> None:
    build(tmp_path / "other", first=1000)
    theirs, ours = find(tmp_path / "other", pattern), find(folder, pattern)
    if ours.is_dir():
        shutil.rmtree(ours)
        shutil.copytree(theirs, ours)
    else:
        shutil.copy(theirs, ours)
    with closing(LocalStore.open(folder, readonly=True)) as reader:
        check(reader, BATCHES)
    with closing(LocalStore.open(folder)) as store:
        check(store, BATCHES)


def count_steps(work: Callable[[FileWriter], None]) -> int:
    files = FailingFiles()
    work(files)
    return files.steps


def test_whichever_write_of_ours_fails_the_index_answers(built: Path, tmp_path: Path) -> None:
    def change(folder: Path, files: FileWriter) -> None:
        shutil.copytree(built, folder)
        with closing(LocalStore.open(folder, pace=SNAPSHOTS_ONLY, files=files)) as store:
            for number in range(BATCHES + 1, BATCHES + 4):
                store.apply(make_batch(number))

    steps = count_steps(lambda files: change(tmp_path / "counted", files))
    assert steps > 20
    for fails_at in range(1, steps + 1):
        folder = tmp_path / f"{fails_at}"
        change(folder, FailingFiles(fails_at))  # snapshots can wait, so nothing is raised
        assert not list(folder.rglob("*.tmp"))
        with closing(LocalStore.open(folder, readonly=True)) as reader:
            check(reader, BATCHES + 3)


def test_a_swap_that_cannot_be_written_leaves_the_former_index(folder: Path) -> None:
    def swap(files: FileWriter) -> None:
        with closing(LocalStore.create(folder, PARAMETERS, files=files)) as store:
            store.apply(Batch((make_indexed("new.md", "text"),)))
            store.publish()

    for fails_at in range(1, 4):
        with pytest.raises(StorageError):
            swap(FailingFiles(fails_at))
        with closing(LocalStore.open(folder, readonly=True)) as reader:
            check(reader, BATCHES)
    swap(FileWriter())
    with closing(LocalStore.open(folder, readonly=True)) as reader:
        assert [d.source for d in reader.list_documents()] == ["new.md"]


@contextmanager
def files_no_larger_than(size: int) -> Generator[None]:
    """Let every write beyond so many bytes of any file fail, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def apply_until_it_fails(store: LocalStore) -> None:
    for number in range(BATCHES + 1, BATCHES + 400):
        store.apply(make_batch(number))


@pytest.mark.parametrize("size", [0, 1_000, 40_000, 100_000, 200_000])
def test_a_full_disk_refuses_a_batch_and_keeps_the_last_one(folder: Path, size: int) -> None:
    with closing(LocalStore.open(folder, pace=HASTY)) as store:
        with files_no_larger_than(size), pytest.raises(StorageError):
            apply_until_it_fails(store)
        there = count_batches(store)
        assert size < 100_000 or there > BATCHES
        with closing(LocalStore.open(folder, readonly=True)) as reader:
            check(reader, there)
        check(store, there)
        store.apply(make_batch(there + 1))
        check(store, there + 1)


def test_a_reader_opens_on_a_full_disk_and_follows_when_there_is_room_again(folder: Path) -> None:
    LocalStore.open(folder).close()  # leaves no log behind
    with files_no_larger_than(0):
        reader = LocalStore.open(folder, readonly=True)
        check(reader, BATCHES)
    with closing(reader):
        check(reader, BATCHES)
        with closing(LocalStore.open(folder, pace=HASTY)) as store:
            store.apply(make_batch(BATCHES + 1))
            check(reader, BATCHES + 1)
            store.apply(make_batch(BATCHES + 2))
        check(reader, BATCHES + 2)


@pytest.mark.parametrize("size", [0, 1_000, 10_000, 50_000])
def test_an_index_that_cannot_be_begun_leaves_nothing_behind(tmp_path: Path, size: int) -> None:
    with files_no_larger_than(size), pytest.raises(StorageError):
        LocalStore.create(tmp_path / "index", PARAMETERS)
    assert not list((tmp_path / "index").glob("g-*"))
    with closing(LocalStore.create(tmp_path / "index", PARAMETERS)) as store:
        assert count_batches(store) == 0
