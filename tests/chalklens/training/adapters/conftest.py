"""A tiny Qwen3-VL and a few rows with pictures, made once."""

from pathlib import Path

import pytest

from tests.chalklens.engines.tiny_qwen3vl import build_model
from tests.chalklens.training.adapters.small_rows import write_rows


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def rows_file(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "data", train=4, val=1)
