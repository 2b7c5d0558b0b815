"""The wheel: what is in it, and that it answers in a workspace made to shadow it."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHADOWS = ("server", "tools", "retrieval", "knowledge_base")
REQUESTS: list[dict[str, Any]] = [
    {
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "0"},
        },
    },
    {"method": "notifications/initialized"},
    {"id": 2, "method": "tools/list"},
    {
        "id": 3,
        "method": "tools/call",
        "params": {"name": "read_text", "arguments": {"image": "bar_graph.png"}},
    },
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [path] = folder.glob("chalklens-*.whl")
    return path


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that stands in for site-packages."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Return a workspace with packages of our names that end every import of them."""
    for name in SHADOWS:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('shadowed')\n", "utf-8")
    return tmp_path


def test_the_wheel_holds_code_data_and_weights_and_nothing_else(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "chalklens",
        "server",
        "tools",
        "retrieval",
        "knowledge_base",
    }
    for needed in (
        "knowledge_base/examples/bar_graph.png",
        "knowledge_base/edugraph/edugraph.ttl",
        "chalklens/weights/labeller/MODEL_CARD.md",
        "chalklens/agents/prompts/planner.md",
        "chalklens/agents/prompts/reviewer.md",
        "server/commands/demo.py",
    ):
        assert needed in names
    assert not [name for name in names if name.endswith((".pyc", ".orig", ".bak"))]


@pytest.mark.integration
def test_the_wheel_starts_and_reads_in_a_workspace_that_shadows_our_names(
    site: Path, hostile: Path
):
    examples = site / "knowledge_base" / "examples"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([".", str(site)])}
    process = subprocess.Popen(
        [sys.executable, "-m", "chalklens", "serve", "--model", "none", "--root", str(examples)],
        cwd=hostile,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    with process:
        answers = [ask(process, request) for request in REQUESTS]
    assert answers[0]["serverInfo"]["name"] == "chalklens"
    assert "label_worksheet" in [tool["name"] for tool in answers[2]["tools"]]
    assert "Bar graph" in answers[3]["structuredContent"]["text"]
    assert process.returncode == 0


def ask(process: subprocess.Popen[str], request: dict[str, Any]) -> dict[str, Any]:
    """Send one message; return the result of a request, nothing for a notification."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"jsonrpc": "2.0", **request}) + "\n")
    process.stdin.flush()
    while "id" in request:
        answer = json.loads(process.stdout.readline())
        if answer.get("id") == request["id"]:
            return answer["result"]
    return {}
