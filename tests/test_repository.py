"""Rules that hold for every file."""

import ast
import functools
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("chalklens", "server", "tools", "retrieval", "knowledge_base")
FOLDERS = (*PACKAGES, "benchmarks", "examples", "tests")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
# Each comes in exactly one version with the declared package that brings it.
BROUGHT_ALONG = {"pydantic-core": "pydantic", "mcp-types": "mcp"}
NOT_FOR_USERS = {"dev", "integration"}
MAX_LINES, MAX_TEST_LINES = 400, 600
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "misc", "manager"}
BANNED_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
TEXT_SUFFIXES = {".py", ".md", ".toml", ".json", ".jsonl", ".ttl", ".txt", ".yml", ".yaml", ""}


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders or FOLDERS:
        yield from (
            p for p in sorted((ROOT / folder).rglob("*.py")) if "__pycache__" not in p.parts
        )


def text_files() -> Iterator[Path]:
    tops = [path for path in ROOT.iterdir() if path.is_file()]
    nested = [p for f in (*FOLDERS, "docs", ".ci") for p in sorted((ROOT / f).rglob("*"))]
    for path in (*tops, *nested):
        if path.is_file() and path.suffix in TEXT_SUFFIXES and "__pycache__" not in path.parts:
            yield path


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_grows_over_its_ceiling():
    def ceiling(path: Path) -> int:
        return MAX_TEST_LINES if path.relative_to(ROOT).parts[0] == "tests" else MAX_LINES

    lengths = {p: len(p.read_text("utf-8").splitlines()) for p in python_files()}
    assert lengths, "no files were found"
    assert [f"{shown(p)}: {n}" for p, n in lengths.items() if n > ceiling(p)] == []


def test_no_module_is_a_drawer_for_everything():
    def is_banned(path: Path) -> bool:
        words = set(path.stem.split("_"))
        allowed = {"manager"} if "agents" in path.parts else set[str]()
        return bool(words & BANNED_NAMES - allowed)

    assert [shown(p) for p in python_files() if is_banned(p)] == []


@dataclass(frozen=True)
class Examined:
    """What the rules look at in one file; parsing all files takes seconds."""

    has_docstring: bool
    dangers: tuple[str, ...]
    imports: frozenset[str]


@functools.cache
def examine(path: Path) -> Examined:
    tree = ast.parse(path.read_text("utf-8"))
    return Examined(
        ast.get_docstring(tree) is not None, tuple(dangers(tree)), imported_modules(tree)
    )


def test_every_package_folder_has_a_docstring():
    assert [shown(p) for p in python_files(*PACKAGES) if not examine(p).has_docstring] == []


def dangers(tree: ast.Module) -> Iterator[str]:
    """Name what runs code out of data, or gives data to a shell."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] in BANNED_MODULES)
        elif (
            isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in BANNED_MODULES
        ):
            yield str(node.module)
        elif isinstance(node, ast.Call):
            yield from dangerous_call(node)


def dangerous_call(node: ast.Call) -> Iterator[str]:
    name = call_name(node.func)
    if name in ("eval", "exec", "os.system", "yaml.load", "torch.load", "marshal.loads"):
        yield name
    for keyword in node.keywords:
        is_true = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        if is_true and keyword.arg in ("shell", "trust_remote_code", "allow_pickle"):
            yield f"{name}({keyword.arg}=True)"


def call_name(function: ast.expr) -> str:
    """Return `name` or `module.name`, and `?.name` for what belongs to anything else."""
    if isinstance(function, ast.Attribute):
        owner = function.value
        return f"{owner.id if isinstance(owner, ast.Name) else '?'}.{function.attr}"
    return function.id if isinstance(function, ast.Name) else ""


@functools.cache
def owners_of_names() -> dict[str, list[str]]:
    """Installed packages by the top-level names they bring."""
    return {name: list(owners) for name, owners in packages_distributions().items()}


@pytest.mark.parametrize(
    "code",
    [
        "eval('1')",
        "import pickle",
        "from joblib import load",
        "run('ls', shell=True)",
        "yaml.load(text)",
        "AutoModel.from_pretrained(name, trust_remote_code=True)",
    ],
)
def test_the_search_for_dangers_finds_them(code: str):
    assert list(dangers(ast.parse(code)))


def test_nothing_runs_code_out_of_data():
    files = python_files(*PACKAGES, "benchmarks", "examples")
    found = {shown(p): examine(p).dangers for p in files}
    assert {path: names for path, names in found.items() if names} == {}


def test_no_file_names_a_place_on_the_machine_it_was_written_on():
    places = [str(ROOT) + "/", sys.prefix + "/"]
    pattern = re.compile("|".join([*map(re.escape, places), r"\.\./shared\b"]))
    found = {shown(p): pattern.findall(p.read_text("utf-8")) for p in text_files()}
    found.pop("tests/test_repository.py")
    assert {path: places for path, places in found.items() if places} == {}


def names_of(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def declared() -> set[str]:
    project = PROJECT["project"]
    extras: dict[str, list[str]] = project["optional-dependencies"]
    for_users = [r for name, rs in extras.items() if name not in NOT_FOR_USERS for r in rs]
    return names_of([*project["dependencies"], *for_users])


def imported_modules(tree: ast.Module) -> frozenset[str]:
    """Top-level names of everything a module imports, also inside its functions."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return frozenset(found - set(PACKAGES) - sys.stdlib_module_names)


def test_the_search_for_imports_looks_into_functions():
    code = "import os, numpy.linalg\ndef f():\n    from torch.nn import Linear\n    from . import x"
    assert imported_modules(ast.parse(code)) == {"numpy", "torch"}


def test_everything_that_is_imported_is_declared():
    distributions = owners_of_names()
    known = declared()
    missing: dict[str, list[str]] = {}
    for module in frozenset[str]().union(*(examine(p).imports for p in python_files(*PACKAGES))):
        names = {canonicalize_name(name) for name in distributions.get(module, [module])}
        names = {BROUGHT_ALONG.get(name, name) for name in names}
        if not names & known:
            missing[module] = sorted(names)
    assert missing == {}


@pytest.mark.parametrize("name", PACKAGES)
def test_no_installed_package_has_a_top_level_name_of_ours(name: str):
    assert set(owners_of_names().get(name, ["chalklens"])) == {"chalklens"}


def test_only_data_lies_in_the_knowledge_base():
    modules = [shown(p) for p in python_files("knowledge_base")]
    assert modules == ["knowledge_base/__init__.py"]


def test_weights_are_of_a_kind_that_cannot_run():
    folder = ROOT / "chalklens" / "weights"
    suffixes = {p.suffix for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    assert suffixes <= {".safetensors", ".json", ".md", ".txt", ".py"}
