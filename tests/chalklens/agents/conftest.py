"""The tiny Qwen3-VL with random weights, made once a session."""

from pathlib import Path

import pytest

from tests.chalklens.engines.tiny_qwen3vl import build_model


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_model(tmp_path_factory.mktemp("models") / "tiny")
