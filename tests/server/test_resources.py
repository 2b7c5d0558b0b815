import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.types import BlobResourceContents, ResourceTemplateReference, TextResourceContents

from chalklens.media.artifacts import ArtifactStore
from server.app import ChalklensServer
from server.settings import Settings

MakeServer = Callable[..., ChalklensServer]
pytestmark = pytest.mark.anyio
CONCEPTS = ResourceTemplateReference(type="ref/resource", uri="chalklens://edugraph/{concept}")


async def _read(client: Client, uri: str) -> Any:
    [content] = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    assert content.mime_type == "application/json"
    return json.loads(content.text)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_resources_and_templates_are_listed(
    make_server: MakeServer, mode: str, tmp_path: Path
) -> None:
    settings = Settings(roots=(), data_dir=tmp_path)
    async with Client(make_server(settings), mode=mode) as client:
        listed = (await client.list_resources()).resources
        templates = (await client.list_resource_templates()).resource_templates
    assert [resource.uri for resource in listed] == [
        "chalklens://status",
        "chalklens://knowledge",
        "chalklens://sessions",
    ]
    assert [template.uri_template for template in templates] == [
        "chalklens://edugraph/{concept}",
        "chalklens://artifacts/{id}",
        "chalklens://knowledge/{document}{?start}",
        "chalklens://knowledge/{document}/{page}",
        "chalklens://sessions{?limit}",
        "chalklens://sessions/{name}",
        "chalklens://sessions/{session}/calls",
    ]


async def test_the_status_says_what_the_tool_says(make_server: MakeServer) -> None:
    async with Client(make_server()) as client:
        told = (await client.call_tool("server_status", {})).structured_content
        assert told is not None
        del told["protocol"]
        assert await _read(client, "chalklens://status") == told


async def test_a_concept_has_fields_and_a_readable_text(make_server: MakeServer) -> None:
    async with Client(make_server()) as client:
        concept = await _read(client, "chalklens://edugraph/Addition")
    assert concept["id"] == "Addition"
    assert concept["dimension"] == "Area"
    assert concept["definition"]
    assert concept["parents"]
    assert concept["text"].startswith(f"Addition (Area): {concept['definition']}\npart of: ")


async def test_an_unknown_concept_is_answered_with_the_nearest_ones(
    make_server: MakeServer,
) -> None:
    async with Client(make_server()) as client:
        with pytest.raises(MCPError) as refused:
            await client.read_resource("chalklens://edugraph/Additoin")
    assert refused.value.error.code == -32602
    assert "Addition" in refused.value.error.message


async def test_a_concept_id_is_completed(make_server: MakeServer) -> None:
    async with Client(make_server()) as client:
        found = await client.complete(CONCEPTS, {"name": "concept", "value": "addit"})
        everything = await client.complete(CONCEPTS, {"name": "concept", "value": ""})
        other = await client.complete(CONCEPTS, {"name": "nothing", "value": "a"})
    assert found.completion.values[0].startswith("Addit")
    assert len(everything.completion.values) == 100
    assert everything.completion.total == 729
    assert everything.completion.has_more
    assert other.completion.values == []


async def test_an_artifact_comes_with_its_own_type(make_server: MakeServer) -> None:
    artifacts = ArtifactStore()
    picture = artifacts.put(b"\x89PNG", "image/png", "crop.png", "local")
    async with Client(make_server(artifacts=artifacts)) as client:
        [content] = (await client.read_resource(picture)).contents
    assert isinstance(content, BlobResourceContents)
    assert (content.mime_type, content.blob) == ("image/png", "iVBORw==")


@pytest.mark.parametrize("principal", ["local", "somebody else"])
async def test_a_strange_artifact_does_not_open(make_server: MakeServer, principal: str) -> None:
    artifacts = ArtifactStore()
    uri = artifacts.put(b"{}", "application/json", "result.json", principal)
    wanted = uri if principal != "local" else f"{uri[:-1]}x"
    async with Client(make_server(artifacts=artifacts)) as client:
        with pytest.raises(MCPError) as refused:
            await client.read_resource(wanted)
    assert refused.value.error.code == -32602
    assert "repeat the call" in refused.value.error.message
