"""Downloads of models: only when asked, resumable, checked.

How it is used: `pull_model("qwen3-vl-4b", on_progress)` from `chalklens models pull`. Files come
through huggingface_hub (or modelscope with a `modelscope:` name) into their own caches. What it
leaves out: choosing and listing models (`models.py`), tokens and proxies (the two packages read
their own settings).

huggingface_hub 2 starts an interrupted file from its first byte (it writes to a file of its own
each time). Weights of several gigabytes deserve better: they are fetched by the hub's `http_get`
into `blobs/ETAG.partial`, which the next pull continues, and become part of the cache when size
and SHA-256 are right.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import errno
import hashlib
import shutil
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from chalklens.engines.catalogue import catalogue_entry
from chalklens.engines.inspection import inspect_model
from chalklens.engines.models import (
    MODELSCOPE_PREFIX,
    LocalModel,
    huggingface_cache,
    is_repository,
    modelscope_cache,
)
from chalklens.errors import ChalklensError, InputError, ModelError

Progress = Callable[[int, int], None]
"""Gets bytes done and bytes in total."""

# No Python files and no pickles ever reach the disk.
PATTERNS = ("*.safetensors", "*.json", "*.txt", "*.jinja", "*.model")
SPARE_BYTES = 512 << 20
SHA256_HEX_DIGITS = 64


def pull_model(
    name: str, on_progress: Progress | None = None, *, endpoint: str | None = None
) -> LocalModel:
    """Download a model, or what is missing of it, and check it.

    Args:
        name: A catalogue name, a Hugging Face id, or `modelscope:ORG/NAME`.
        on_progress: Told about every piece that arrives.
        endpoint: Another hub address; None takes the package's own.

    Raises:
        InputError: Not a name of a model.
        ModelError: No such repository, no connection, disk full, or damaged files; codes
            `download_failed`, `disk_full`, and those of `inspect_model`.
    """
    report = on_progress or _ignore
    entry = catalogue_entry(name)
    repository = entry.repository if entry else name.removeprefix(MODELSCOPE_PREFIX)
    if not is_repository(repository) or Path(name).expanduser().is_dir():
        raise InputError(
            f"{name!r} is not the name of a model that can be downloaded.",
            "Give a name such as qwen3-vl-4b, an id such as Qwen/Qwen3-VL-4B-Instruct, or "
            "modelscope:Qwen/Qwen3-VL-4B-Instruct.",
        )
    fetch = _pull_modelscope if name.startswith(MODELSCOPE_PREFIX) else _pull_huggingface
    try:
        model = fetch(repository, report, endpoint)
    except ChalklensError:
        raise
    except Exception as error:  # the packages raise those of their HTTP clients as well
        raise _explain(repository, error) from error
    inspect_model(model.folder)
    return model


def _ignore(done: int, total: int) -> None:
    """Progress nobody asked for."""


def _pull_huggingface(repository: str, report: Progress, endpoint: str | None) -> LocalModel:
    from huggingface_hub import HfApi, hf_hub_download, hf_hub_url

    cache = huggingface_cache()
    info = HfApi(endpoint=endpoint).model_info(repository, files_metadata=True)
    sizes = {
        file.rfilename: file.size or 0
        for file in info.siblings or []
        if any(fnmatch(file.rfilename, pattern) for pattern in PATTERNS)
    }
    commit = info.sha or "main"
    snapshot = cache / f"models--{repository.replace('/', '--')}" / "snapshots" / commit
    total = sum(sizes.values())
    missing = sum(size for file, size in sizes.items() if not (snapshot / file).is_file())
    _check_disk(cache, missing)
    done = 0
    report(done, total)
    for file, size in sorted(sizes.items(), key=lambda entry: entry[1]):
        bar = _progress_bar(report, done, total)
        if file.endswith(".safetensors") and not (snapshot / file).is_file():
            url = hf_hub_url(repository, file, revision=commit, endpoint=endpoint)
            _fetch_blob(url, snapshot.parent.parent / "blobs", bar)
        path = hf_hub_download(
            repository, file, revision=commit, cache_dir=cache, endpoint=endpoint, tqdm_class=bar
        )
        _check_size(Path(path), size)
        done += size
        report(done, total)
    _remember_main(snapshot.parent.parent, commit)
    return LocalModel(repository, "huggingface", snapshot, commit)


def _fetch_blob(url: str, blobs: Path, bar: type[Any]) -> None:
    """Fetch one big file, or the rest of it, to where huggingface_hub looks for its content."""
    from huggingface_hub import get_hf_file_metadata
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers

    metadata = get_hf_file_metadata(url)
    etag = metadata.etag or ""
    if not etag or "/" in etag or (blobs / etag).exists():
        return
    blobs.mkdir(parents=True, exist_ok=True)
    partial = blobs / f"{etag}.partial"
    with partial.open("ab") as stream:
        http_get(
            url,
            stream,
            resume_size=stream.tell(),
            headers=build_hf_headers(),
            expected_size=metadata.size,
            tqdm_class=bar,
        )
    # The etag of a large file is its SHA-256; small ones have another kind of name.
    if len(etag) == SHA256_HEX_DIGITS and _sha256(partial) != etag:
        partial.unlink()
        raise ModelError(
            "The weights arrived damaged: their SHA-256 is not the one the hub promised.",
            "They were removed; pull again.",
            code="download_failed",
        )
    partial.replace(blobs / etag)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _pull_modelscope(repository: str, report: Progress, endpoint: str | None) -> LocalModel:
    try:
        from modelscope.hub.snapshot_download import (  # pyright: ignore[reportMissingImports]
            snapshot_download,  # pyright: ignore[reportUnknownVariableType]
        )
    except ImportError:
        raise ModelError(
            "Downloads from ModelScope need the modelscope package, which is not installed.",
            "Install it: pip install 'chalklens[modelscope]'.",
            code="not_installed",
        ) from None
    entry = catalogue_entry(repository)
    _check_disk(modelscope_cache(), entry.download_bytes if entry else 0)
    folder = Path(
        snapshot_download(repository, allow_patterns=list(PATTERNS), endpoint=endpoint)  # pyright: ignore[reportUnknownArgumentType]
    )
    size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    report(size, size)
    return LocalModel(MODELSCOPE_PREFIX + repository, "modelscope", folder)


def _progress_bar(report: Progress, done: int, total: int) -> type[Any]:
    """Make a silent tqdm whose updates go to `report`."""
    from tqdm import tqdm

    class ReportingBar(tqdm):  # pyright: ignore[reportMissingTypeArgument, reportUntypedBaseClass]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            super().__init__(*args, **{**kwargs, "disable": True})
            self.received = int(kwargs.get("initial") or 0)

        def update(self, n: float | None = 1) -> None:
            self.received += int(n or 0)
            report(min(done + self.received, total), total)

        def update_transfer(self, n: float | None = 1) -> None:
            """Count nothing: bytes on the way are not yet bytes on disk."""

    return ReportingBar


def _check_disk(cache: Path, needed_bytes: int) -> None:
    """Refuse a download that cannot fit before it fills the disk."""
    existing = next(path for path in (cache, *cache.parents) if path.is_dir())
    free = shutil.disk_usage(existing).free
    if needed_bytes and needed_bytes + SPARE_BYTES > free:
        raise ModelError(
            f"The download needs {needed_bytes / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free on "
            "the disk of the model cache.",
            "Free some space, take a smaller model, or point HF_HOME to another disk.",
            code="disk_full",
        )


def _check_size(path: Path, size: int) -> None:
    if size and path.stat().st_size != size:
        path.resolve().unlink()
        raise ModelError(
            f"The file {path.name} arrived with {size} bytes expected and another number found.",
            "It was removed; pull again.",
            code="download_failed",
        )


def _remember_main(repository: Path, commit: str) -> None:
    """Write the ref that a download by commit leaves out: `main` names this snapshot."""
    ref = repository / "refs" / "main"
    ref.parent.mkdir(parents=True, exist_ok=True)
    ref.write_text(commit, "utf-8")


def _explain(repository: str, error: Exception) -> ModelError:
    """Say why a download stopped."""
    if _is_disk_full(error):
        return ModelError(
            "The disk of the model cache is full; the download stopped.",
            "Free some space and pull again: it goes on where it stopped.",
            code="disk_full",
        )
    name = type(error).__name__
    reasons = {
        "RepositoryNotFoundError": "no such repository, or it needs a login (`hf auth login`)",
        "GatedRepoError": "its licence must be accepted on the hub first",
        "PermissionError": "the cache folder is not writable",
    }
    return ModelError(
        f"The model {repository} cannot be downloaded: "
        f"{reasons.get(name, f'the hub could not be reached or broke off ({name})')}.",
        "Check name and connection, then pull again; modelscope:ORG/NAME is another source.",
        code="download_failed",
    )


def _is_disk_full(error: BaseException | None) -> bool:
    """Look for a full disk among the causes."""
    while error is not None:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            return True
        error = error.__cause__ or error.__context__
    return False
