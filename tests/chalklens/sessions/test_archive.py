import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from chalklens.engines.fake import FakeEngine
from chalklens.errors import InputError, StorageError
from chalklens.sessions.archive import SaveRequest, SessionArchive
from chalklens.sessions.fake import FailingFiles
from chalklens.sessions.limits import SessionLimits
from chalklens.sessions.store import FILE_NAME
from chalklens.sessions.story import Turn
from tests.chalklens.sessions.conftest import KEY, OTHER, make_call

OpenArchive = Callable[..., AbstractAsyncContextManager[SessionArchive]]
pytestmark = pytest.mark.anyio
TURNS = (Turn("user", "We take the blue one."),)


@pytest.mark.parametrize("count", [100, pytest.param(500, marks=pytest.mark.integration)])
async def test_summaries_at_once_are_files_of_their_own(
    open_archive: OpenArchive, folder: Path, count: int
) -> None:
    async with open_archive(engine=FakeEngine(respond=lambda request: request.prompt[-60:])) as box:

        async def save(number: int) -> tuple[str, str]:
            request = SaveRequest(title="Same", turns=[Turn("user", f"turn {number} of many")])
            saved = await box.save(request, "local")
            return saved.summary.path, f"turn {number} of many"

        saved = await asyncio.gather(*(save(number) for number in range(count)))
        listed = await box.list_summaries("local", limit=1_000)
    files = list((folder.parent / "summaries").iterdir())
    assert len(files) == len({path for path, _ in saved}) == count
    assert all(words in Path(path).read_text("utf-8") for path, words in saved)
    assert {one.path for one in listed} == {path for path, _ in saved}


async def test_another_principal_can_neither_list_nor_read_nor_summarise(
    open_archive: OpenArchive, folder: Path
) -> None:
    async with open_archive() as box:
        await box.recorder.record(KEY, make_call(question="My secret plan?"))
        await box.recorder.record(OTHER, make_call(2))
        mine = await box.save(SaveRequest(title="Mine", session=KEY.id), "local")
        other = OTHER.principal
        assert [one.id for one in await box.list_sessions(other)] == [OTHER.id]
        assert await box.list_summaries(other) == []
        with pytest.raises(InputError):
            await box.read_session(KEY.id, other)
        with pytest.raises(InputError):
            await box.read_summary(mine.summary.name, other)
        theirs = await box.save(SaveRequest(title="Mine", session=KEY.id, turns=TURNS), other)
        with pytest.raises(InputError, match="to replace"):
            await box.save(SaveRequest(turns=TURNS, replace=mine.summary.name), "token-2")
        assert await box.find_titled("Mine", "", "token-2") is None
    text = Path(theirs.summary.path).read_text("utf-8")
    assert "My secret plan?" not in text
    assert (theirs.calls, theirs.summary.session) == (0, "")
    assert Path(theirs.summary.path).parent == folder.parent / "summaries" / "token-1"


async def test_a_principal_of_strange_letters_gets_a_folder_inside_ours(
    open_archive: OpenArchive, folder: Path
) -> None:
    async with open_archive() as box:
        saved = await box.save(SaveRequest(turns=TURNS), "../../etc")
    assert Path(saved.summary.path).parent.parent == folder.parent / "summaries"


async def test_a_full_disk_is_a_clear_error_and_leaves_no_file(
    open_archive: OpenArchive, folder: Path
) -> None:
    steps = FailingFiles()
    async with open_archive(files=steps) as box:
        await box.save(SaveRequest(turns=TURNS), "local")
    first = list((folder.parent / "summaries").iterdir())
    for fails_at in range(1, steps.steps + 1):
        async with open_archive(files=FailingFiles(fails_at)) as box:
            with pytest.raises(StorageError, match="The summary cannot be written: no space"):
                await box.save(SaveRequest(title="Full", turns=TURNS), "local")
            listed = await box.list_summaries("local")
        left = set((folder.parent / "summaries").iterdir()) - set(first)
        assert not [path for path in left if path.name.endswith(".tmp")]
        assert all(path.read_text("utf-8").endswith("- fake\n") for path in left)
        assert len(listed) == 1
        for path in left:
            path.unlink()


async def test_a_file_that_cannot_be_listed_is_saved_and_the_note_says_so(
    open_archive: OpenArchive, folder: Path
) -> None:
    async with open_archive() as box:
        folder.parent.mkdir()
        folder.write_text("no folder", encoding="utf-8")
        saved = await box.save(SaveRequest(turns=TURNS), "local")
    assert Path(saved.summary.path).exists()
    assert not saved.registered
    assert "not listed" in saved.notes[0]


async def test_turns_are_saved_also_when_the_record_is_damaged(
    open_archive: OpenArchive, folder: Path
) -> None:
    folder.mkdir(parents=True)
    (folder / FILE_NAME).write_bytes(b"not a database" * 1_000)
    async with open_archive() as box:
        saved = await box.save(SaveRequest(session=KEY.id, turns=TURNS), "local")
        with pytest.raises(InputError, match="its database is damaged"):
            await box.save(SaveRequest(session=KEY.id), "local")
    assert Path(saved.summary.path).exists()
    assert "The record could not be read" in saved.notes[0]


async def test_a_long_session_is_told_by_its_latest_calls_and_says_so(
    open_archive: OpenArchive,
) -> None:
    limits = SessionLimits(summary_calls=5, session_records=8)
    async with open_archive(limits) as box:
        for number in range(1, 13):
            await box.recorder.record(KEY, make_call(number))
        saved = await box.save(SaveRequest(session=KEY.id), "local")
    text = Path(saved.summary.path).read_text("utf-8")
    assert "4 earlier calls are not in the record any more." in text
    assert "3 calls are not told here." in text
    assert "Question 12?" in text
    assert "Question 7?" not in text


async def test_a_document_over_the_limit_is_refused_before_anything_is_written(
    open_archive: OpenArchive, folder: Path
) -> None:
    async with open_archive(SessionLimits(summary_bytes=500)) as box:
        with pytest.raises(InputError, match="the limit is 500"):
            await box.save(SaveRequest(turns=[Turn("user", "x" * 1_000)]), "local")
    assert not (folder.parent / "summaries").exists()


async def test_names_in_two_folders_do_not_share_a_link(
    open_archive: OpenArchive, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    async with open_archive(roots=(root,)) as box:
        one = await box.save(SaveRequest(title="Same", turns=TURNS), "local")
        two = await box.save(SaveRequest(title="Same", turns=TURNS, folder=str(root)), "local")
        assert one.summary.name != two.summary.name
        for saved in (one, two):
            text = Path(saved.summary.path).read_text("utf-8")
            assert await box.read_summary(saved.summary.name, "local") == text


async def test_replacing_takes_one_place_and_a_changed_file_is_left_alone(
    open_archive: OpenArchive,
) -> None:
    async with open_archive() as box:
        one = await box.save(SaveRequest(title="Same", turns=TURNS), "local")
        request = SaveRequest(
            title="Same", turns=[Turn("user", "The red one.")], replace=one.summary.name
        )
        two = await box.save(request, "local")
        assert two.summary.path == one.summary.path
        assert "The red one." in await box.read_summary(two.summary.name, "local")
        assert len(await box.list_summaries("local")) == 1
        Path(two.summary.path).write_text("My own words now.", encoding="utf-8")
        with pytest.raises(InputError, match="to replace"):
            await box.save(request, "local")
    assert Path(two.summary.path).read_text("utf-8") == "My own words now."


async def test_a_title_is_made_of_the_first_question(open_archive: OpenArchive) -> None:
    async with open_archive() as box:
        await box.recorder.record(KEY, make_call(question="How  many\napples\u202e are there?"))
        saved = await box.save(SaveRequest(session=KEY.id), "local")
    assert saved.summary.title == "How many apples\\u202e are there?"


async def test_a_model_that_takes_long_or_repeats_itself_gives_an_extract(
    open_archive: OpenArchive,
) -> None:
    for answer in ("", "   \n "):
        async with open_archive(engine=FakeEngine([answer])) as box:
            saved = await box.save(SaveRequest(turns=TURNS), "local")
        assert saved.text.writer == "extract"
        assert saved.text.note == "The model gave no usable answer."


async def test_what_a_call_of_ours_said_is_not_told_again(open_archive: OpenArchive) -> None:
    async with open_archive() as box:
        await box.recorder.record(KEY, make_call(1))
        await box.recorder.record(KEY, make_call(2, tool="save_session_summary"))
        saved = await box.save(SaveRequest(session=KEY.id), "local")
    assert saved.calls == 1
    assert "Question 2?" not in Path(saved.summary.path).read_text("utf-8")
