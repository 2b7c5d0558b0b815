"""The README says what is so: commands, blocks for hosts, the tool table, the folder table."""

import functools
import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from server.app import create_server
from server.cli import app
from server.commands.hosts import HOSTS, SERVER_NAME, Place, default_roots, make_entry
from server.commands.options import make_settings
from server.tool_table import render_tool_table

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
TEXT = README.read_text("utf-8")
START, END = "<!-- tools: written by `just docs` -->\n", "<!-- end of tools -->"
NOT_OURS = {"dist", "build"}
CARDS = sorted((ROOT / "chalklens" / "weights").rglob("*.md"))
GUIDES = ROOT / "knowledge_base" / "documents"
PAGES = [
    README,
    *(ROOT / name for name in ("AGENTS.md", "CHANGELOG.md", "benchmarks/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(GUIDES.glob("*.md")),
    *CARDS,
]


def test_it_stays_under_200_lines():
    assert len(TEXT.splitlines()) < 200


def test_both_first_commands_are_there_word_for_word():
    assert "\npip install -e . && chalklens demo\n" in TEXT
    assert "\npip install -e '.[dev]' && python -m pytest\n" in TEXT


def test_the_tool_table_is_what_the_server_offers():
    table = "\n" + render_tool_table(create_server(make_settings(model="none"))) + "\n"
    before, rest = TEXT.split(START)
    old, after = rest.split(END)
    if os.environ.get("CHALKLENS_UPDATE_DOCS"):
        README.write_text(before + START + table + END + after, "utf-8")
        old = table
    assert old == table, "Renew it: CHALKLENS_UPDATE_DOCS=1 python -m pytest tests/test_readme.py"


def test_the_folder_table_has_every_folder_and_no_other():
    named = set(re.findall(r"^\| `(\w+)/` \|", TEXT.split("## Folders")[1], re.MULTILINE))
    there = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith((".", "_")) and ".egg-info" not in path.name
    }
    assert named == there - NOT_OURS


def links_of(page: Path) -> list[Path]:
    """Return what a page links to in the repository."""
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
    return [(page.parent / link).resolve() for link in links if "://" not in link]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path):
    assert [str(link) for link in links_of(page) if not link.exists()] == []


def test_every_benchmark_is_named_beside_the_figures():
    told = (ROOT / "benchmarks" / "README.md").read_text("utf-8")
    scripts = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py"))
    assert [name for name in scripts if not re.search(rf"\b{name}(\.py)?\b", told)] == []


def test_every_page_can_be_reached_from_the_readme():
    reached, waiting = {README}, [README]
    while waiting:
        page = waiting.pop()
        for link in links_of(page) if page.is_file() else sorted(page.glob("*.md")):
            if link not in reached and (link.suffix == ".md" or link.is_dir()):
                reached.add(link)
                waiting.append(link)
    documentation = [*(ROOT / "docs").rglob("*.md"), ROOT / "benchmarks" / "README.md", *CARDS]
    assert [shown for page in documentation if (shown := str(page)) and page not in reached] == []


@pytest.mark.parametrize(
    ("heading", "host"),
    [
        ("Claude Desktop", "claude-desktop"),
        ("VS Code", "vscode"),
        ("Cursor", "cursor"),
        ("Claude Code", "claude-code"),
    ],
)
def test_the_block_of_a_host_is_what_install_writes(heading: str, host: str, tmp_path: Path):
    section = TEXT.split(f"### {heading}")[1].split("###")[0]
    [block] = re.findall(r"```json\n(.*?)```", section, re.DOTALL)
    chosen = HOSTS[host]
    roots = default_roots(chosen, Place(tmp_path, tmp_path))
    entry = make_entry(chosen, roots if chosen.per_project else ["/path/to/sheets"])
    expected = {chosen.servers_key: {SERVER_NAME: {**entry, "command": "/path/to/python"}}}
    assert json.loads(block) == expected


def command_lines(path: Path) -> Iterator[list[str]]:
    """Yield every `chalklens ...` in a code block or between backticks."""
    text = path.read_text("utf-8")
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    blocks = "\n".join(block for language, block in fenced if language in ("bash", "sh", ""))
    blocks = blocks.replace("\\\n", " ")
    spans = re.findall(r"`(chalklens [a-z][^`]*)`", text)
    for line in (*blocks.splitlines(), *spans):
        _, found, rest = line.partition("chalklens ")
        if found and re.match(r"[a-z]", rest):
            yield shlex.split(rest, comments=True)


WITH_COMMANDS = [page for page in PAGES if page.name != "CHANGELOG.md"]  # it says `a|b|c`


@functools.cache
def command_line() -> Any:
    """Every command with its options; making them takes a tenth of a second."""
    return typer.main.get_command(app)


@pytest.mark.parametrize("path", WITH_COMMANDS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_is_shown_exists_with_its_options(path: Path):
    for words in command_lines(path):
        command = command_line()
        names = [word for word in words if not word.startswith("-")]
        while hasattr(command, "commands"):
            assert names, words
            assert names[0] in command.commands, f"{path.name}: {words}"
            command = command.commands[names.pop(0)]
        options = {o for p in command.params for o in (*p.opts, *p.secondary_opts)}
        used = {word for word in words if word.startswith("--")}
        assert used <= options | {"--help"}, f"{path.name}: {words}"


def test_the_search_for_commands_finds_them():
    assert ["demo"] in list(command_lines(README))
    assert sum(1 for _ in command_lines(README)) > 10
