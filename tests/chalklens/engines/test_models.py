import os
import subprocess
import sys
from pathlib import Path

import pytest

from chalklens.engines.absent import AbsentEngine
from chalklens.engines.catalogue import ENTRIES, catalogue_entry
from chalklens.engines.configuration import EngineConfig
from chalklens.engines.local import LocalEngine
from chalklens.engines.models import (
    find_model,
    find_strongest,
    list_models,
    revision_of,
    show_model,
)
from chalklens.engines.registry import create_engine
from chalklens.engines.remote import RemoteEngine
from chalklens.errors import InputError, ModelError
from chalklens.types import GenerateRequest, Picture
from tests.chalklens.engines.model_folders import TENSORS, write_model

COMMIT = "0123456789abcdef0123456789abcdef01234567"
BIGGER = {**TENSORS, "model.language_model.layers.1.self_attn.q_proj.weight": (64, 64)}


@pytest.fixture(autouse=True)
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hf"))
    monkeypatch.setenv("MODELSCOPE_CACHE", str(tmp_path / "ms"))
    return tmp_path


def download(caches: Path, repository: str, tensors: dict[str, tuple[int, ...]] = TENSORS) -> Path:
    """Lay a model into the Hugging Face cache as huggingface_hub does."""
    home = caches / "hf" / f"models--{repository.replace('/', '--')}"
    (home / "refs").mkdir(parents=True)
    (home / "refs" / "main").write_text(COMMIT)
    return write_model(home / "snapshots" / COMMIT, tensors)


def test_a_short_name_finds_the_downloaded_repository_with_its_commit(caches: Path) -> None:
    folder = download(caches, "Qwen/Qwen3-VL-4B-Instruct")
    for name in ("qwen3-vl-4b", "qwen3-vl-4b-instruct", "Qwen/Qwen3-VL-4B-Instruct"):
        model = find_model(name)
        assert (model.name, model.folder) == ("Qwen/Qwen3-VL-4B-Instruct", folder)
        assert model.revision == COMMIT


def test_the_published_edugraph_model_has_a_short_name() -> None:
    entry = catalogue_entry("edugraph")
    assert entry is not None
    assert entry.repository == "christian-bick/Qwen3-VL-4B-EduGraph"


def test_names_in_the_catalogue_are_unique() -> None:
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES) == 9


@pytest.mark.parametrize(
    "layout",
    [
        "models/Qwen/Qwen3-VL-2B-Instruct",
        "models/Qwen--Qwen3-VL-2B-Instruct/snapshots/master",
        "hub/models/Qwen/Qwen3-VL-2B-Instruct",
        "hub/Qwen/Qwen3-VL-2B-Instruct",
        "Qwen/Qwen3-VL-2B-Instruct",
    ],
)
def test_modelscope_downloads_are_found_in_every_layout(caches: Path, layout: str) -> None:
    folder = write_model(caches / "ms" / layout)
    assert find_model("qwen3-vl-2b").folder == folder
    assert find_model("modelscope:Qwen/Qwen3-VL-2B-Instruct").folder == folder


def test_a_local_folder_is_found_by_its_path_and_gets_a_revision(caches: Path) -> None:
    folder = write_model(caches / "mine")
    listed = show_model(str(folder))
    assert (listed.model.name, listed.model.source) == ("mine", "folder")
    assert listed.facts
    assert len(revision_of(listed.model, listed.facts)) == 12


def test_a_missing_model_is_answered_with_the_command_that_gets_it() -> None:
    with pytest.raises(ModelError, match="chalklens models pull qwen3-vl-8b") as caught:
        find_model("qwen3-vl-8b")
    assert caught.value.code == "model_missing"


def test_a_missing_path_is_named_by_its_last_part_only(caches: Path) -> None:
    with pytest.raises(ModelError) as caught:
        find_model(str(caches / "secret" / "model"))
    assert "secret" not in str(caught.value)


def test_listing_shows_incomplete_models_with_the_reason_and_leaves_out_others(
    caches: Path,
) -> None:
    download(caches, "Qwen/Qwen3-VL-4B-Instruct")
    (download(caches, "Qwen/Qwen3-VL-8B-Instruct") / "model.safetensors").unlink()
    write_model(caches / "hf" / "models--a--b" / "snapshots" / "1", model_type="llama")
    listed = {entry.model.name: entry for entry in list_models()}
    assert set(listed) == {"Qwen/Qwen3-VL-4B-Instruct", "Qwen/Qwen3-VL-8B-Instruct"}
    problem = listed["Qwen/Qwen3-VL-8B-Instruct"].problem
    assert problem is not None
    assert problem.code == "model_incomplete"


def test_auto_takes_the_most_parameters_that_are_complete(caches: Path) -> None:
    download(caches, "Qwen/Qwen3-VL-2B-Instruct")
    download(caches, "Qwen/Qwen3-VL-4B-Instruct", BIGGER)
    broken = download(caches, "Qwen/Qwen3-VL-8B-Instruct", {**BIGGER, "more.weight": (99, 99)})
    (broken / "tokenizer.json").unlink()
    found = find_strongest()
    assert found is not None
    assert found.name == "Qwen/Qwen3-VL-4B-Instruct"


def test_auto_takes_the_newer_of_equals(caches: Path) -> None:
    older = download(caches, "a/Qwen3-VL-one")
    newer = download(caches, "b/Qwen3-VL-two")
    os.utime(older, (1_000, 1_000))
    os.utime(newer, (2_000, 2_000))
    found = find_strongest()
    assert found is not None
    assert found.name == "b/Qwen3-VL-two"


@pytest.mark.parametrize(
    "repository",
    [
        "christian-bick/Qwen3-VL-4B-EduGraph",
        "Qwen/Qwen3-VL-Embedding-2B",
        "Qwen/Qwen3-VL-Reranker-2B",
    ],
)
def test_auto_never_takes_a_model_made_for_something_else(caches: Path, repository: str) -> None:
    download(caches, repository)
    assert find_strongest() is None


def test_further_folders_are_searched(caches: Path) -> None:
    folder = write_model(caches / "models" / "tuned")
    found = find_strongest([caches / "models"])
    assert found is not None
    assert find_model(found.name).folder == folder


async def no_pictures(picture: Picture, max_pixels: int) -> bytes:
    """Make no file."""
    return b""


def test_an_address_makes_an_engine_for_what_is_served_there() -> None:
    config = EngineConfig("http://gpu-box:8000/v1#qwen3-vl", adapter="sheets")
    engine = create_engine(config, no_pictures)
    assert isinstance(engine, RemoteEngine)
    status = engine.status()
    assert (status.kind, status.state, status.device) == ("remote", "idle", "gpu-box:8000")
    assert (status.model, status.adapter) == ("qwen3-vl", "sheets")


def test_a_model_elsewhere_cannot_be_quantised_from_here() -> None:
    with pytest.raises(InputError, match="gpu-box:8000 decides"):
        create_engine(EngineConfig("http://gpu-box:8000", quantize="nf4"), no_pictures)


@pytest.mark.anyio
async def test_without_a_model_the_engine_says_how_to_get_one() -> None:
    for name in ("auto", "none"):
        engine = create_engine(EngineConfig(model=name), no_pictures)
        assert isinstance(engine, AbsentEngine)
        assert engine.status().state == "absent"
        with pytest.raises(ModelError, match="chalklens models pull qwen3-vl-4b"):
            await anext(engine.generate(GenerateRequest("?")))


def test_auto_with_a_model_makes_a_local_engine_for_it(caches: Path) -> None:
    download(caches, "Qwen/Qwen3-VL-4B-Instruct")
    engine = create_engine(EngineConfig(), no_pictures)
    assert isinstance(engine, LocalEngine)
    assert (engine.status().model, engine.status().state) == ("Qwen/Qwen3-VL-4B-Instruct", "idle")


def test_choosing_an_engine_imports_nothing_heavy(caches: Path) -> None:
    download(caches, "Qwen/Qwen3-VL-4B-Instruct")
    code = """
import sys
from chalklens.engines.configuration import EngineConfig
from chalklens.engines.registry import create_engine
from chalklens.media.decoding import Decoder
from chalklens.media.limits import Limits
encode = Decoder(Limits()).encode
assert create_engine(EngineConfig(), encode).status().state == "idle"
assert create_engine(EngineConfig("http://127.0.0.1:1"), encode).status().state == "idle"
heavy = {"openai", "httpx2", "torch", "transformers", "numpy", "PIL", "huggingface_hub", "safetensors", "xgrammar"}
sys.exit(", ".join(heavy & set(sys.modules)) or 0)
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])
