from collections.abc import Callable

import pytest
from mcp import Client
from mcp.types import CallToolResult, TextContent

from chalklens.engines.fake import FakeEngine
from chalklens.errors import WorkerError
from chalklens.media.fake import FakeMedia
from server.app import ChalklensServer

MakeServer = Callable[..., ChalklensServer]
pytestmark = pytest.mark.anyio


def _read(result: CallToolResult) -> tuple[str, str, str]:
    """Code, message and hint, after checking that the text says the same."""
    assert result.is_error
    assert result.structured_content is not None
    error = result.structured_content["error"]
    [block] = result.content
    assert isinstance(block, TextContent)
    assert block.text == f"{error['message']} {error['hint']}".strip()
    return error["code"], error["message"], error["hint"]


async def test_a_known_problem_keeps_its_code_message_and_hint(make_server: MakeServer) -> None:
    engine = FakeEngine([WorkerError("The engine worker stopped.", "Call again.")])
    async with Client(make_server(engine=engine)) as client:
        question = {"images": ["a.png"], "question": "What?"}
        result = await client.call_tool("analyze_image", question)
    assert _read(result) == ("worker_failed", "The engine worker stopped.", "Call again.")


async def test_a_bug_is_logged_with_its_trace_and_told_without(
    make_server: MakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    media = FakeMedia({"a.png": RuntimeError("index 7 in /home/me/secret.py")})
    async with Client(make_server(media=media)) as client:
        result = await client.call_tool("read_text", {"image": "a.png"})
        code, message, hint = _read(result)
        again = await client.call_tool("read_text", {"image": "b.png"})
    assert code == "internal"
    assert "secret" not in message + hint
    assert "Traceback" not in message + hint
    assert "index 7 in /home/me/secret.py" in caplog.text
    assert "Traceback" in caplog.text
    assert not again.is_error


async def test_an_unknown_tool_is_answered_with_those_that_exist(make_server: MakeServer) -> None:
    async with Client(make_server()) as client:
        result = await client.call_tool("read_txt", {})
    code, message, hint = _read(result)
    assert code == "unknown_tool"
    assert "`read_txt`" in message
    assert hint.startswith("Tools: label_worksheet, read_text, analyze_image, search_knowledge, ")
    assert hint.endswith("server_status.")


async def test_wrong_arguments_are_answered_with_those_it_takes(make_server: MakeServer) -> None:
    arguments = {"picture": "a.png", "page": "two", "region": [1, 2], "granularity": "words"}
    async with Client(make_server()) as client:
        result = await client.call_tool("read_text", arguments)
    code, message, hint = _read(result)
    assert code == "invalid_arguments"
    assert "`image` is missing" in message
    assert "`picture` is not an argument" in message
    assert "`page`: input should be a valid integer" in message
    assert "`region`: list should have at least 4 items" in message
    assert "'lines' or 'text'" in message
    assert hint == "It takes: image (required), page, region, granularity."


async def test_a_wrong_name_inside_an_object_is_answered_with_those_the_object_takes(
    make_server: MakeServer,
) -> None:
    async with Client(make_server()) as client:
        query = {"query": "zebra", "filter": {"collection": "animals"}}
        _, message, hint = _read(await client.call_tool("search_knowledge", query))
        turns = {"turns": [{"role": "user", "text": "Hello"}]}
        _, _, of_turns = _read(await client.call_tool("save_session_summary", turns))
    assert "`filter.collection` is not an argument" in message
    assert hint.endswith("filter takes: collections, sources, pages, tags, after, before.")
    assert of_turns.endswith("turns takes: role (required), content (required).")


async def test_hostile_names_are_cut_and_cleaned(make_server: MakeServer) -> None:
    async with Client(make_server()) as client:
        tool = await client.call_tool("x" * 10_000 + "\u202e", {})
        arguments = {f"{'y' * 1000}{i}": 1 for i in range(50)} | {"\u202e": 1}
        argument = await client.call_tool("server_status", arguments)
    assert len(_read(tool)[1]) < 200
    _, message, _ = _read(argument)
    assert len(message) < 1000
    assert "and 46 more problems" in message


async def test_values_of_arguments_are_not_repeated(make_server: MakeServer) -> None:
    async with Client(make_server()) as client:
        result = await client.call_tool("read_text", {"image": {"secret": "hunter2"}})
    assert "hunter2" not in _read(result)[1]
