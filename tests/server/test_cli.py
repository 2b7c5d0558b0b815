import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from server.cli import app
from server.commands import serve
from server.commands.options import make_settings
from server.settings import Settings

NOT_OPTIONS = {
    "token": "a secret on a command line is seen by every process; a file or variable is not",
    "allow_private_hosts": "for trying out only",
}
PLURALS = {
    "roots": "root",
    "allow_url_hosts": "allow_url_host",
    "allowed_hosts": "allowed_host",
    "allowed_origins": "allowed_origin",
}


def run(*arguments: str, variables: dict[str, str] | None = None):
    return CliRunner().invoke(app, arguments, env=variables)


def test_every_setting_is_an_option_of_serve():
    options = set(inspect.signature(serve.serve).parameters)
    fields = {PLURALS.get(name, name) for name in Settings.model_fields} - set(NOT_OPTIONS)
    assert options == fields


def test_what_is_not_given_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CHALKLENS_PORT", "9000")
    monkeypatch.setenv("CHALKLENS_MODEL", "none")
    settings = make_settings(port=None, model="auto", roots=[])
    assert (settings.port, settings.model, settings.roots) == (9000, "auto", None)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--port", "70000"], "CHALKLENS_PORT"),
        (["--threads", "0"], "CHALKLENS_THREADS"),
        (["--toolsets", "vision,nonsense"], "CHALKLENS_TOOLSETS"),
    ],
)
def test_a_setting_out_of_range_is_named_with_its_variable(arguments: list[str], reason: str):
    result = run("serve", *arguments)
    assert result.exit_code == 1
    assert reason in result.stderr
    assert "Traceback" not in result.output


def test_a_bad_variable_is_named_too():
    result = run("serve", variables={"CHALKLENS_PORT": "many"})
    assert result.exit_code == 1
    assert "CHALKLENS_PORT" in result.stderr


def test_an_unknown_option_is_a_usage_error():
    assert run("serve", "--nonsense").exit_code == 2


def test_the_version_is_the_packages():
    from importlib.metadata import version

    assert run("--version").stdout == f"chalklens {version('chalklens')}\n"


def test_every_command_explains_itself():
    for name in (
        "serve",
        "demo",
        "label",
        "read",
        "ask",
        "assist",
        "search",
        "knowledge",
        "models",
        "doctor",
        "install",
        "train",
        "eval",
    ):
        result = run(name, "--help")
        assert result.exit_code == 0, name
        assert "Usage" in result.stdout


def test_the_command_line_starts_without_the_mcp_sdk_and_anything_heavy():
    unwanted = [
        "mcp",
        "mcp_types",
        "torch",
        "transformers",
        "onnxruntime",
        "cv2",
        "rapidocr",
        "numpy",
        "PIL",
        "faiss",
        "tantivy",
        "sentence_transformers",
        "sklearn",
        "rdflib",
        "openai",
        "rich.table",
    ]
    modules = "server.cli, server.parts"  # all commands, and what those that speak no MCP load then
    code = f"import sys, {modules}; print([m for m in {unwanted} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_place_where_nothing_can_be_written_is_told_in_words(tmp_path: Path):
    (tmp_path / "val.jsonl").write_text("", "utf-8")
    result = run(
        "eval", "reading", "--split", str(tmp_path / "val.jsonl"), "--work", "/proc/chalklens"
    )
    assert result.exit_code == 1
    assert "Internal error" not in result.output
    assert "Traceback" not in result.output


def test_every_argument_has_a_plain_name_in_capitals():
    """Typer adds brackets and dots itself; an argument without a name is shown in small letters."""

    def names(command: Any, path: str) -> Iterator[tuple[str, str]]:
        for parameter in command.params:
            if parameter.param_type_name == "argument":
                yield path, str(parameter.metavar)
        for name, below in getattr(command, "commands", {}).items():
            yield from names(below, f"{path} {name}")

    found = list(names(typer.main.get_command(app), "chalklens"))
    assert len(found) > 10
    assert [row for row in found if not (row[1].isalpha() and row[1].isupper())] == []
