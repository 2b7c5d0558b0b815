"""Which models are on this machine, and which of them a name means.

How it is used: `find_model("qwen3-vl-4b")`, `find_strongest()`, `list_models()`,
`show_model(name)`. Only folders are looked at; nothing here touches the network. What it leaves
out: downloads (`downloads.py`).

Cache layouts: Hugging Face `models--ORG--NAME/{refs,snapshots/COMMIT}` (huggingface_hub guide
"Understand caching"); ModelScope, in the order its own package looks: `models/ORG--NAME/snapshots`,
`models/ORG/NAME` and the older `hub/...`, dots in NAME written as `___` (modelscope 1.40,
`hub/utils/utils.py`).
"""

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chalklens.engines.catalogue import catalogue_entry, is_general
from chalklens.engines.inspection import MODEL_TYPES, ModelFacts, inspect_model
from chalklens.engines.weight_files import fingerprint
from chalklens.errors import ModelError

Source = Literal["huggingface", "modelscope", "folder"]
MODELSCOPE_PREFIX = "modelscope:"

_REPOSITORY = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model folder on this machine.

    `name` is what `--model` takes; `revision` the commit in a Hugging Face cache, else empty until
    `revision_of` computes one from the content.
    """

    name: str
    source: Source
    folder: Path
    revision: str = ""


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model with what its files say, or with the reason why it cannot be used."""

    model: LocalModel
    facts: ModelFacts | None
    problem: ModelError | None = None


def huggingface_cache() -> Path:
    """Folder of the Hugging Face cache, by the variables of huggingface_hub."""
    if cache := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(cache).expanduser()
    if home := os.environ.get("HF_HOME"):
        return Path(home).expanduser() / "hub"
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "huggingface" / "hub"


def modelscope_cache() -> Path:
    """Folder of the ModelScope cache, by the variable of modelscope."""
    return Path(os.environ.get("MODELSCOPE_CACHE") or "~/.cache/modelscope").expanduser()


def find_model(name: str, folders: Sequence[Path] = ()) -> LocalModel:
    """Find the folder a name means: a folder, a catalogue name, a repository id.

    Raises:
        ModelError: It is not on this machine (code `model_missing`).
    """
    entry = catalogue_entry(name)
    path = Path(name).expanduser()
    if not entry and path.is_dir():
        return LocalModel(path.resolve().name, "folder", path.resolve())
    if is_path(name):
        raise _missing(path.name, "Check the path given to --model.")
    wanted = entry.repository if entry else name
    for model in _all_models(folders):
        if wanted.lower() in (model.name.lower(), model.name.lower().removeprefix("modelscope:")):
            return model
    raise _missing(wanted, _suggest(name, wanted))


def find_strongest(folders: Sequence[Path] = ()) -> LocalModel | None:
    """Return the usable Qwen3-VL with most parameters, the newest of equals; None without any.

    Models made for one purpose (labels, embeddings, reranking) are not taken for questions.
    """
    ranked = [
        (listed.facts.parameters, listed.model.folder.stat().st_mtime, listed.model)
        for listed in list_models(folders)
        if listed.facts and is_general(listed.model.name)
    ]
    return max(ranked, key=lambda entry: entry[:2])[2] if ranked else None


def list_models(folders: Sequence[Path] = ()) -> list[ListedModel]:
    """Describe every Qwen3-VL in the caches and in `folders`, also those that are incomplete."""
    return [_describe(model) for model in _all_models(folders)]


def show_model(name: str, folders: Sequence[Path] = ()) -> ListedModel:
    """Describe one model.

    Raises:
        ModelError: It is not on this machine.
    """
    return _describe(find_model(name, folders))


def is_path(name: str) -> bool:
    """Tell a path from the name of a model, whether or not there is something."""
    return Path(name).expanduser().is_absolute() or name.startswith(("./", "../", ".\\"))


def is_repository(name: str) -> bool:
    """Tell whether a name has the form of a repository's id on a hub, `ORG/NAME`."""
    return _REPOSITORY.fullmatch(name) is not None


def revision_of(model: LocalModel, facts: ModelFacts) -> str:
    """Commit of a downloaded model, or a fingerprint of the weights of a folder."""
    return model.revision or fingerprint(facts.files)


def _describe(model: LocalModel) -> ListedModel:
    try:
        return ListedModel(model, inspect_model(model.folder))
    except ModelError as error:
        return ListedModel(model, None, error)


def _all_models(folders: Sequence[Path]) -> Iterator[LocalModel]:
    """Yield what looks like a Qwen3-VL: Hugging Face first, ModelScope, then plain folders."""
    candidates = [*_huggingface_models(), *_modelscope_models(), *_folder_models(folders)]
    return (model for model in candidates if _is_qwen3vl(model.folder))


def _huggingface_models() -> Iterator[LocalModel]:
    for repository in sorted(huggingface_cache().glob("models--*--*")):
        if snapshot := _current_snapshot(repository):
            name = repository.name.removeprefix("models--").replace("--", "/", 1)
            yield LocalModel(name, "huggingface", snapshot, snapshot.name)


def _modelscope_models() -> Iterator[LocalModel]:
    root = modelscope_cache()
    for repository in sorted((root / "models").glob("*--*")):
        if snapshot := _current_snapshot(repository):
            name = repository.name.replace("--", "/", 1)
            yield LocalModel(MODELSCOPE_PREFIX + name, "modelscope", snapshot)
    for base in (root / "models", root / "hub" / "models", root / "hub", root):
        for config in sorted(base.glob("*/*/config.json")):
            folder = config.parent
            name = f"{folder.parent.name}/{folder.name.replace('___', '.')}"
            yield LocalModel(MODELSCOPE_PREFIX + name, "modelscope", folder)


def _folder_models(folders: Sequence[Path]) -> Iterator[LocalModel]:
    for parent in folders:
        for config in sorted(parent.glob("*/config.json")):
            yield LocalModel(str(config.parent), "folder", config.parent)


def _current_snapshot(repository: Path) -> Path | None:
    """Return the snapshot of `main`, else the newest one."""
    try:
        commit = (repository / "refs" / "main").read_text("utf-8").strip()
        if (repository / "snapshots" / commit).is_dir():
            return repository / "snapshots" / commit
    except OSError:
        pass
    snapshots = [path for path in repository.glob("snapshots/*") if path.is_dir()]
    return max(snapshots, key=lambda path: path.stat().st_mtime, default=None)


def _is_qwen3vl(folder: Path) -> bool:
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        return config["model_type"] in MODEL_TYPES
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _suggest(name: str, repository: str) -> str:
    if is_repository(repository.removeprefix(MODELSCOPE_PREFIX)):
        return f"Download it: `chalklens models pull {name}`, then call again."
    return "`chalklens models list` shows the models that are here or can be pulled."


def _missing(name: str, hint: str) -> ModelError:
    return ModelError(f"The model {name!r} is not on this machine.", hint, code="model_missing")
