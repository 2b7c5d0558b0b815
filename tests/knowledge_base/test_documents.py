"""The guides that ship say what is so: tools, limits, concepts, addresses. Commands are in test_readme."""

import re
from pathlib import Path

import pytest

from chalklens.agents.records import MAX_PASSAGES
from chalklens.agents.records import MAX_QUESTION_CHARS as ASSISTANT_QUESTION_CHARS
from chalklens.edugraph.ontology import Ontology
from chalklens.engines.configuration import MAX_REQUEST_PIXELS, PIXELS_PER_TOKEN, EngineConfig
from chalklens.engines.parameters import TASKS
from chalklens.media.limits import MIB, Limits
from chalklens.workbench import DETAIL_PIXELS, MAX_QUESTION_CHARS
from retrieval.fake import FakeKnowledge
from retrieval.loaders.limits import LoadLimits
from server.app import PURPOSES, TOOLSETS, create_server
from server.calls import CallTimes
from server.http_guard import MAX_BODY_BYTES
from server.http_protocol import MAX_CONNECTIONS, MAX_CONNECTIONS_PER_IP
from server.http_sessions import MAX_SESSIONS
from server.jobs import JobTable
from server.packing import MAX_RESULT_BYTES
from server.settings import Settings

ROOT = Path(__file__).resolve().parents[2] / "knowledge_base"
DOCUMENTS = sorted((ROOT / "documents").glob("*.md"))
TEXTS = {path.name: path.read_text("utf-8") for path in DOCUMENTS}
WHOLE = "\n".join(TEXTS.values())
MAX_BYTES = 60_000
"""Of all guides: they are indexed on first start, which should take seconds."""
NOT_CONCEPTS = {"IntegerAddition"}  # an id of release 0.4.0, named as such


def test_there_are_enough_and_not_too_many():
    assert len(DOCUMENTS) >= 12
    assert sum(path.stat().st_size for path in DOCUMENTS) < MAX_BYTES


def test_every_guide_is_listed_with_its_origin():
    listed = (ROOT / "SOURCES.md").read_text("utf-8")
    assert [name for name in TEXTS if f"`documents/{name}`" not in listed] == []


@pytest.mark.parametrize("name", TEXTS)
def test_a_guide_has_one_title_and_sections_short_enough_to_be_found(name: str):
    text = TEXTS[name]
    assert re.match(r"# \S.*\n\n\S", text)
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1
    sections = re.split(r"^## ", text, flags=re.MULTILINE)
    assert len(sections) > 3
    assert [s.partition("\n")[0] for s in sections if len(s) > 1200] == []


def test_every_tool_is_described_and_no_other():
    described = set(re.findall(r"^## (\w+_\w+)$", TEXTS["tools.md"], re.MULTILINE))
    assert described == set(PURPOSES)
    for toolset in TOOLSETS:
        assert f"`{toolset}`" in TEXTS["tools.md"]


@pytest.mark.parametrize("name", ["overview.md", "overview_zh.md"])
def test_an_overview_names_every_tool(name: str):
    assert [tool for tool in PURPOSES if f"`{tool}`" not in TEXTS[name]] == []


def test_every_concept_that_is_named_exists():
    named = set(re.findall(r"`((?:[A-Z][a-z]+)+[0-9]*)`", WHOLE))
    known = set(Ontology.load().concepts)
    assert len(named & known) > 40
    assert named - known == NOT_CONCEPTS


@pytest.mark.anyio
async def test_every_resource_and_prompt_that_is_named_exists():
    mcp = create_server(Settings(roots=(), model="none"), knowledge=FakeKnowledge())
    there = {str(resource.uri) for resource in await mcp.list_resources()}
    templates = await mcp.list_resource_templates()
    there |= {t.uri_template.split("{?")[0] for t in templates}
    assert set(re.findall(r"`(chalklens://[^`]*)`", WHOLE)) == there
    prompts = {prompt.name for prompt in await mcp.list_prompts()}
    assert prompts == {name for name in prompts if f"`{name}`" in TEXTS["tools.md"]}


def expected_limits() -> dict[str, str]:
    media, load, jobs = Limits(), LoadLimits(), JobTable()
    answer, engine = TASKS["answer"], EngineConfig()
    return {
        "Picture file": f"{media.file_bytes // MIB} MiB",
        "PDF file": f"{media.document_bytes // MIB} MiB",
        "Pixels of a picture": f"{media.picture_pixels // 10**6} million",
        "Side of a picture": f"{media.side_px:,} pixels",
        "Long side over short side": f"below {media.aspect_ratio}",
        "Pictures in one call": f"{media.media}",
        "PDF pages in one call": f"{media.pages}",
        "Time for one download": f"{media.download_s:g} seconds",
        "Question to `analyze_image`": f"{MAX_QUESTION_CHARS:,} characters",
        "Question to `ask_assistant`": f"{ASSISTANT_QUESTION_CHARS:,} characters",
        "Passages for one answer of `ask_assistant`": f"{MAX_PASSAGES}",
        "Tokens of a free answer": f"{answer.max_new_tokens:,} by default, {answer.token_limit:,} "
        "at most",
        "Questions waiting for the model": f"{engine.max_waiting}, of which "
        f"{engine.max_waiting_per_principal} per user",
        "Pixels of all pictures in one question": f"{MAX_REQUEST_PIXELS / 1e6:.1f} million, which "
        f"are {MAX_REQUEST_PIXELS // PIXELS_PER_TOKEN:,} visual tokens",
        "Time until a call becomes a job": f"{CallTimes().soft_limit_s:g} seconds",
        "Time a job may take": f"{jobs.max_run_s / 60:g} minutes",
        "Time a finished job is kept": f"{jobs.keep_s / 3600:g} hour",
        "Jobs at a time": f"{jobs.capacity}",
        "Size of a result": f"{MAX_RESULT_BYTES:,} bytes, the rest becomes an artifact",
        "Word, PowerPoint, PDF or picture file": f"{load.file_bytes // MIB} MiB",
        "Text file": f"{load.text_bytes // MIB} MiB",
        "Pages of a document": f"{load.pages:,}",
        "Characters of a document": f"{load.characters // 10**6} million",
        "Hits of one search": "100",
        "Neighbouring passages on each side": "3",
        "Body of a request": f"{MAX_BODY_BYTES // MIB} MiB",
        "Sessions": f"{MAX_SESSIONS}",
        "Connections": f"{MAX_CONNECTIONS}, of which {MAX_CONNECTIONS_PER_IP} per address",
    }


def test_the_limits_are_those_of_the_code():
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", TEXTS["limits.md"], re.MULTILINE)
    told = {name: value for name, value in rows if name not in ("what", "---")}
    assert told == expected_limits()


def test_the_pixels_of_each_detail_are_those_of_the_code():
    text = TEXTS["qwen3_vl_pixels_and_video.md"]
    for detail, pixels in DETAIL_PIXELS.items():
        side = round(pixels**0.5)
        tokens = pixels // PIXELS_PER_TOKEN
        assert f"| {detail} | {side} x {side} | {tokens:,} |" in text
