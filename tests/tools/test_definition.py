from typing import Annotated, Any

import pytest
from mcp.types import CallToolResult
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tools.definition import define_tool, simplify


class Answer(BaseModel):
    """A docstring that no client needs."""

    title: str = Field(default="none", description="A property that is named like a keyword.")
    default: int | None = None


async def ask(
    question: str,
    title: Annotated[str | None, Field(description="Of what.")] = None,
    count: int = 1,
) -> Annotated[CallToolResult, Answer]:
    return CallToolResult(content=[], structured_content={})


def test_unknown_arguments_are_refused() -> None:
    tool = define_tool(ask, title="Ask", description="Asks.", open_world=False)
    assert tool.parameters["additionalProperties"] is False
    with pytest.raises(ValidationError, match="extra_forbidden"):
        tool.fn_metadata.validate_arguments({"question": "?", "qestion": "?"})


def test_schemas_keep_properties_and_lose_noise() -> None:
    tool = define_tool(ask, title="Ask", description="Asks.", open_world=False)
    assert tool.parameters["properties"] == {
        "question": {"type": "string"},
        "title": {"description": "Of what.", "type": "string"},
        "count": {"default": 1, "type": "integer"},
    }
    assert tool.output_schema == {
        "type": "object",
        "properties": {
            "title": {
                "description": "A property that is named like a keyword.",
                "type": "string",
            },
            "default": {"type": "integer"},
        },
    }


def test_null_is_still_accepted_where_the_schema_does_not_mention_it() -> None:
    tool = define_tool(ask, title="Ask", description="Asks.", open_world=False)
    arguments = tool.fn_metadata.validate_arguments({"question": "?", "title": None})
    assert arguments["title"] is None


def test_a_choice_of_several_types_stays_a_choice() -> None:
    choice: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
    assert simplify(choice) == choice


def test_annotations_follow_the_definition() -> None:
    tool = define_tool(ask, title="Ask", description="Asks.", open_world=True, read_only=False)
    assert tool.annotations is not None
    assert tool.annotations.open_world_hint is True
    assert tool.annotations.read_only_hint is False
    assert tool.annotations.destructive_hint is False


def test_an_object_among_the_arguments_stands_where_it_is_used() -> None:
    class Where(BaseModel):
        model_config = ConfigDict(extra="forbid")
        tag: str | None = None

    async def find(
        where: Annotated[Where | None, Field(description="Where to look.")] = None,
    ) -> Annotated[CallToolResult, Answer]:
        return CallToolResult(content=[], structured_content={})

    tool = define_tool(find, title="Find", description="Finds.", open_world=False)
    assert "$defs" not in tool.parameters
    assert tool.parameters["properties"]["where"] == {
        "additionalProperties": False,
        "description": "Where to look.",
        "properties": {"tag": {"type": "string"}},
        "type": "object",
    }
