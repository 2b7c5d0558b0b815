from pathlib import Path

import pytest

from retrieval.stores.local.faults import DerivedPartError
from retrieval.stores.local.fresh import LENGTHS, FreshChunks, Statistics, round_length
from retrieval.stores.local.sparse import Mark, SparseIndex, SparseWriter, extend_in_memory

TEXTS = {
    1: "zinc plating protects steel",
    2: "zinc zinc zinc",
    3: "copper wire and copper nails and zinc",
    4: " ".join(["steel"] * 60 + ["copper"] * 3),
    5: " ".join(f"w{i}" for i in range(333)) + " zinc",
}


def mark(sequence: int, next_key: int) -> Mark:
    return Mark("index", sequence, next_key)


def search(index: SparseIndex, *tokens: str) -> list[int]:
    return index.search(tokens, (), 100, None)[0].tolist()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    writer = SparseWriter(tmp_path / "sparse")
    writer.write(TEXTS.items(), (), mark(1, 6))
    writer.close()
    return tmp_path / "sparse"


def test_deleted_chunks_and_former_marks_are_really_gone(folder: Path) -> None:
    writer = SparseWriter(folder)
    for sequence in range(2, 6):
        writer.write([(sequence + 10, "tin")], [sequence], mark(sequence, sequence + 11))
        index = SparseIndex.open(folder)
        assert index.mark == mark(sequence, sequence + 11)
        assert index.count_rows() == 5
        assert index.searcher.num_docs == 6
    writer.close()
    assert search(SparseIndex.open(folder), "zinc", "steel", "copper") == [1]


def test_files_that_a_killed_commit_left_do_not_stop_the_next_one(folder: Path) -> None:
    before = (folder / "meta.json").read_bytes()
    for _ in range(2):
        writer = SparseWriter(folder)
        writer.write([(6, "tin can")], [1], mark(2, 7))
        writer.close()
        index = SparseIndex.open(folder)
        assert (search(index, "tin"), search(index, "plating")) == ([6], [])
        (folder / "meta.json").write_bytes(before)  # as if it had not come so far


def test_a_reader_sees_a_commit_when_it_reloads(folder: Path) -> None:
    index, writer = SparseIndex.open(folder), SparseWriter(folder)
    writer.write([(6, "tin can")], (), mark(2, 7))
    assert search(index, "tin") == []
    index.reload()
    assert search(index, "tin") == [6]
    writer.close()


def test_only_allowed_keys_are_found_and_scores_stay_the_same(folder: Path) -> None:
    index = SparseIndex.open(folder)
    keys, scores = index.search(["zinc", "steel"], (), 10, None)
    allowed, same = index.search(["zinc", "steel"], (), 10, [4, 2])
    assert set(allowed.tolist()) == {2, 4}
    by_key = dict(zip(keys.tolist(), scores.tolist(), strict=True))
    assert [by_key[key] for key in allowed.tolist()] == pytest.approx(same.tolist())
    phrased = index.search(["zinc", "steel"], [["zinc"], ["zinc", "plating"]], 10, None)
    assert phrased[0].tolist() == [1]
    assert phrased[1].tolist() == pytest.approx([by_key[1]])


def test_a_token_asked_for_twice_counts_twice(folder: Path) -> None:
    index = SparseIndex.open(folder)
    once, twice = (index.search(["zinc"] * times, (), 10, [1])[1][0] for times in (1, 2))
    assert twice == pytest.approx(2 * once)


def test_chunks_in_memory_are_scored_as_tantivy_scores_them(folder: Path) -> None:
    index, fresh = SparseIndex.open(folder), FreshChunks()
    for key, text in TEXTS.items():
        fresh.add(key, text.split())
    tokens = ["zinc", "steel", "copper", "zinc", "absent"]
    keys, scores = index.search(tokens, (), 10, None)
    # tantivy counts the document that holds the mark as an empty one.
    mean = sum(len(text.split()) for text in TEXTS.values()) / (len(TEXTS) + 1)
    ours = fresh.score(tokens, (), Statistics(1, lambda _: 0, mean))
    assert set(ours) == set(keys.tolist())
    for key, score in zip(keys.tolist(), scores.tolist(), strict=True):
        assert ours[key] == pytest.approx(score, rel=1e-5)


def test_lengths_grow_and_the_first_forty_are_exact() -> None:
    assert list(LENGTHS[:42]) == [*range(41), 42]
    assert list(LENGTHS) == sorted(set(LENGTHS))
    assert (round_length(41), round_length(10**9)) == (40, max(n for n in LENGTHS if n <= 10**9))


def test_chunks_in_memory_can_be_dropped() -> None:
    fresh, nothing = FreshChunks(), Statistics(0, lambda _: 0, 1.0)
    for key in range(4):
        fresh.add(key, ["zinc", f"n{key}"])
    fresh.remove(3)
    fresh.remove(99)
    fresh.drop_below(2)
    assert set(fresh.score(["zinc", "n0", "n3"], (), nothing)) == {2}
    fresh.drop_below(99)
    assert fresh.postings == {}


def test_an_index_in_memory_can_be_gone_on_with() -> None:
    first = extend_in_memory(None, TEXTS.items(), mark(1, 6))
    second = extend_in_memory(first, [(6, "tin can")], mark(2, 7))
    assert (search(second, "tin"), second.count_rows(), second.mark) == ([6], 6, mark(2, 7))


def test_an_index_without_a_mark_is_none_of_ours(tmp_path: Path) -> None:
    SparseWriter(tmp_path / "sparse").close()
    with pytest.raises(DerivedPartError, match="mark"):
        SparseIndex.open(tmp_path / "sparse")
    with pytest.raises(DerivedPartError):
        SparseIndex.open(tmp_path / "nothing")
