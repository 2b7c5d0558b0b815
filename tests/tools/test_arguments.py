"""Whatever a client sends as arguments: a result or a failed result, and never a traceback."""

from collections.abc import Callable, Generator
from contextlib import AbstractAsyncContextManager
from typing import Any

import jsonschema
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp import Client
from mcp.types import CallToolResult, ResourceLink, TextContent, Tool

Connect = Callable[..., AbstractAsyncContextManager[Client]]

NAMES = [
    "image",
    "images",
    "pages",
    "page",
    "region",
    "question",
    "granularity",
    "evidence",
    "explain",
    "detail",
    "focus",
    "action",
    "job_id",
    "query",
    "k",
    "filter",
    "rerank",
    "expand",
    "sources",
    "collection",
    "tags",
    "offset",
    "use_knowledge",
    "max_revisions",
]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS | st.sampled_from(["lines", "text", "job", "status", "low", "sheet.png", "add", "on"]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=100), VALUES, max_size=5)
GOOD: dict[str, dict[str, Any]] = {
    "read_text": {"image": "sheet.png"},
    "label_worksheet": {"image": "sheet.png"},
    "analyze_image": {"images": ["sheet.png"], "question": "What is this?"},
    "search_knowledge": {"query": "How do I begin?"},
    "manage_knowledge": {"action": "list"},
    "ask_assistant": {"question": "How do I begin?"},
    "save_session_summary": {"turns": [{"role": "user", "content": "Hello."}]},
    "server_status": {},
}


class Caller:
    """Calls tools of one server from ordinary code."""

    def __init__(self, portal: BlockingPortal, client: Client, tools: list[Tool]) -> None:
        self.portal, self.client = portal, client
        self.schemas = {tool.name: tool.output_schema or {} for tool in tools}

    def call(self, name: str, arguments: dict[str, Any]) -> CallToolResult:
        return self.portal.call(self.client.call_tool, name, arguments)


@pytest.fixture(scope="module")
def caller() -> Generator[Caller, None, None]:
    from chalklens.engines.fake import FakeEngine
    from chalklens.labelling.fake import FakeLabeller
    from chalklens.media.fake import FakeMedia
    from chalklens.reading.fake import FakeReader
    from chalklens.workbench import Workbench
    from retrieval.fake import FakeKnowledge
    from server.app import create_server
    from server.settings import Settings

    labeller = FakeLabeller()
    bench = Workbench(FakeMedia(), FakeReader(), labeller, labeller, FakeEngine())
    knowledge = FakeKnowledge({"a.md": "How do I begin?"})
    mcp = create_server(Settings(roots=()), workbench=bench, knowledge=knowledge)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(Client(mcp)) as client,
    ):
        yield Caller(portal, client, portal.call(client.list_tools).tools)


@given(name=st.sampled_from(sorted(GOOD)), arguments=ARGUMENTS, keep=st.booleans())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_arguments_give_a_result_that_fits_the_output_schema(
    caller: Caller, name: str, arguments: dict[str, Any], keep: bool
) -> None:
    result = caller.call(name, {**(GOOD[name] if keep else {}), **arguments})
    jsonschema.validate(result.structured_content, caller.schemas[name])
    block, *links = result.content
    assert isinstance(block, TextContent)
    assert all(isinstance(link, ResourceLink) for link in links)
    assert "Traceback" not in block.text
    assert "bug" not in block.text


@pytest.mark.parametrize("name", sorted(GOOD))
def test_good_arguments_give_a_result_that_fits_the_output_schema(
    caller: Caller, name: str
) -> None:
    result = caller.call(name, GOOD[name])
    assert not result.is_error
    jsonschema.validate(result.structured_content, caller.schemas[name])


@given(name=st.sampled_from(sorted(GOOD)), extra=st.text(min_size=1, max_size=30))
@settings(max_examples=25, deadline=None)
def test_an_argument_that_does_not_exist_is_named(caller: Caller, name: str, extra: str) -> None:
    if extra in NAMES:
        return
    result = caller.call(name, {**GOOD[name], extra: 1})
    assert result.is_error
    assert result.structured_content is not None
    assert "is not an argument" in result.structured_content["error"]["message"]
