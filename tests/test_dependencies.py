"""What the packages import is what `pyproject.toml` declares, and the other way round."""

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("chalklens", "server", "tools", "retrieval", "knowledge_base")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
# Each comes in exactly one version with the declared package that brings it.
BROUGHT_ALONG = {"pydantic-core": "pydantic", "mcp-types": "mcp"}
NOT_FOR_USERS = {"dev", "integration"}
AUTOMATIC_IN_SDIST = {"README.md", "LICENSE", "pyproject.toml"}
NOT_OURS = {"dist", "build"}


def names_of(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def declared() -> set[str]:
    project = PROJECT["project"]
    extras: dict[str, list[str]] = project["optional-dependencies"]
    for_users = [r for name, rs in extras.items() if name not in NOT_FOR_USERS for r in rs]
    return names_of([*project["dependencies"], *for_users])


def imported_modules(tree: ast.Module) -> set[str]:
    """Top-level names of everything a module imports, also inside its functions."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found - set(PACKAGES) - sys.stdlib_module_names


def all_imports() -> set[str]:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return set[str]().union(*(imported_modules(ast.parse(p.read_text("utf-8"))) for p in files))


def test_the_search_for_imports_looks_into_functions():
    code = "import os, numpy.linalg\ndef f():\n    from torch.nn import Linear\n    from . import x"
    assert imported_modules(ast.parse(code)) == {"numpy", "torch"}


def test_everything_that_is_imported_is_declared():
    distributions = packages_distributions()
    known = declared()
    missing: dict[str, list[str]] = {}
    for module in all_imports():
        names = {canonicalize_name(name) for name in distributions.get(module, [module])}
        names = {BROUGHT_ALONG.get(name, name) for name in names}
        if not names & known:
            missing[module] = sorted(names)
    assert missing == {}


def test_the_source_distribution_holds_everything_its_tests_look_at():
    included: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    there = {
        path.name
        for path in ROOT.iterdir()
        if not path.name.startswith((".", "_")) and ".egg-info" not in path.name
    }
    assert {name.strip("/") for name in included} | AUTOMATIC_IN_SDIST == there - NOT_OURS | {".ci"}


@pytest.mark.parametrize("system", ["MacOS", "POSIX :: Linux"])
def test_the_package_says_which_systems_it_runs_on(system: str):
    assert f"Operating System :: {system}" in PROJECT["project"]["classifiers"]
