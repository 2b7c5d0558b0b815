"""What `pyproject.toml` says of the source distribution and of systems is so."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
AUTOMATIC_IN_SDIST = {"README.md", "LICENSE", "pyproject.toml"}
NOT_OURS = {"dist", "build"}


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
