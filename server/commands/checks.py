"""The checks of `chalklens doctor`: each looks at one thing and says what to do about it.

How it is used: `async for check in run_checks(bench, settings, place)`. States: `ok`; `absent`,
something optional is not there; `broken`, something that should work does not. What it leaves out:
repairs, and the network, but for an endpoint that was named as the model.
"""

import asyncio
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any, Literal, cast

from chalklens.engines.models import huggingface_cache, modelscope_cache
from chalklens.errors import ChalklensError
from chalklens.sessions import queries
from chalklens.workbench import Workbench
from server.commands.demo import READ, examples_folder
from server.commands.hosts import HOSTS, SERVER_NAME, Json, Place, config_path, read_config
from server.settings import Settings

State = Literal["ok", "absent", "broken"]

PROBE = Path(__file__).with_name("probe.py")
PROBE_TIMEOUT_S = 180.0
EXPECTED_WORDS = "bar graph"
LOW_MEMORY_BYTES = 3 << 30
LOW_DISK_BYTES = 2 << 30
FOLDER_HINT = "Allow writing there, or name another folder (HF_HOME, MODELSCOPE_CACHE)."
SPACE_HINT = "A 2B model needs about 4.5 GB, a 4B one 9 GB."
MODULES = {
    "pillow": "PIL",
    "scikit-learn": "sklearn",
    "faiss-cpu": "faiss",
    "opencv-python-headless": "cv2",
    "markdown-it-py": "markdown_it",
    "pystemmer": "Stemmer",
    "pyyaml": "yaml",
}
REINSTALL = "Install chalklens again, from the wheel or clone it came from."


@dataclass(frozen=True, slots=True)
class Check:
    """One finding."""

    name: str
    state: State
    detail: str
    hint: str = ""


async def run_checks(
    bench: Workbench, place: Place, *, packages: bool = True
) -> AsyncGenerator[Check, None]:
    """Yield every finding, quick ones first; importing all `packages` takes a while."""
    yield check_python()
    yield check_memory()
    for check in [*check_folders(), *check_hosts(place), await check_model(bench)]:
        yield check
    for check in await asyncio.to_thread(check_packages) if packages else ():
        yield check
    async for check in check_sheet(bench):
        yield check


def check_python() -> Check:
    """Name the interpreter."""
    system = f"{platform.system()} {platform.machine()}"
    return Check("python", "ok", f"{platform.python_version()} on {system}, {sys.executable}")


def check_memory() -> Check:
    """Compare main memory with what the sheet worker and a small model need."""
    total = _memory_bytes("MemTotal")
    available = _memory_bytes("MemAvailable")
    if total is None:
        return Check("memory", "ok", "not known on this system")
    detail = f"{_gb(total)} in all, {_gb(available or 0)} available"
    if available is not None and available < LOW_MEMORY_BYTES:
        return Check(
            "memory", "absent", detail, "Labels and text fit; a 2B model needs about 6 GB."
        )
    return Check("memory", "ok", detail)


def _memory_bytes(name: str) -> int | None:
    try:
        rows = Path("/proc/meminfo").read_text("ascii").splitlines()
        return next(int(row.split()[1]) * 1024 for row in rows if row.startswith(f"{name}:"))
    except (OSError, StopIteration, ValueError):
        pass
    if name == "MemTotal" and hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def check_folders() -> Iterator[Check]:
    """Look at the folders that `models pull` writes to."""
    folders = {
        "Hugging Face cache": huggingface_cache(),
        "ModelScope cache": modelscope_cache(),
    }
    for name, folder in folders.items():
        yield check_folder(name, folder, LOW_DISK_BYTES, FOLDER_HINT, SPACE_HINT)


def check_folder(name: str, folder: Path, low_bytes: int, closed: str, full: str) -> Check:
    """Look whether a folder, or the one it would be made in, can be written and has space.

    Args:
        name: Of the check.
        folder: It need not be there yet.
        low_bytes: Less free space than this is told.
        closed, full: What to do about either.
    """
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    detail = f"{folder}, {_gb(free)} free"
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return Check(name, "broken", f"{detail}, not writable", closed)
    if free < low_bytes:
        return Check(name, "absent", detail, full)
    return Check(name, "ok", detail)


def check_hosts(place: Place) -> Iterator[Check]:
    """Look for our entry in the configuration of each host."""
    for host in HOSTS.values():
        path = config_path(host, place)
        command = f"chalklens install {host.id}"
        try:
            servers: Any = read_config(path).get(host.servers_key)
        except ChalklensError as error:
            yield Check(host.title, "broken", error.message, f"Repair it, then: {command}")
            continue
        entry = cast("Json", servers).get(SERVER_NAME) if isinstance(servers, dict) else None
        yield check_entry(host.title, path, entry, command)


def check_entry(title: str, path: Path, entry: Any, command: str) -> Check:
    """Look at our entry in one host's configuration."""
    if not isinstance(entry, dict):
        return Check(title, "absent", f"no entry in {path}", f"To use it there: {command}")
    program = str(cast("Json", entry).get("command", ""))
    if shutil.which(program) is None:
        return Check(title, "broken", f"{path} starts {program!r}, which is not there", command)
    return Check(title, "ok", f"{path} starts {program}")


async def check_model(bench: Workbench) -> Check:
    """Say which vision-language model would be used; one that runs elsewhere is shown a picture."""
    status = bench.engine.status()
    if status.state == "absent":
        reason, _, hint = status.detail.partition(". ")
        return Check("model", "absent", f"{reason}.", hint)
    if status.kind == "remote":
        return await check_endpoint(bench)
    if status.state == "failed":
        return Check("model", "broken", status.detail, "chalklens models list")
    adapter = f" with adapter {status.adapter}" if status.adapter else ""
    return Check("model", "ok", f"{status.model}{adapter}; loaded with the first question")


async def check_endpoint(bench: Workbench) -> Check:
    """Ask a model that runs elsewhere about a worksheet that ships."""
    start = time.perf_counter()
    sheet = str(examples_folder() / READ)
    try:
        analysis = await bench.analyze([sheet], "What is this?", max_new_tokens=1)
    except ChalklensError as error:
        return Check("model", "broken", error.message, error.hint)
    status = bench.engine.status()
    if analysis.generation is None:
        return Check("model", "broken", status.detail)
    took_s = time.perf_counter() - start
    adapter = f" with adapter {status.adapter}" if status.adapter else ""
    detail = f"{status.model}{adapter} at {status.device} sees pictures, {took_s:.1f} s to a token"
    return Check("model", "ok", detail)


def check_record(settings: Settings) -> Check:
    """Say whether sessions are recorded, and whether the record can be read."""
    folder = settings.data_folder / "sessions"
    if not settings.record:
        return Check("record", "ok", "off (CHALKLENS_RECORD)")
    try:
        with queries.reading(folder) as connection:
            sessions, size = queries.measure(connection)
    except ChalklensError as error:
        return Check("record", "broken", error.message, error.hint)
    detail = f"{sessions} sessions, {size / 1e6:.1f} MB in {folder}" if sessions else "nothing yet"
    return Check("record", "ok", detail)


def check_packages() -> list[Check]:
    """Import every dependency in a process of its own and compare its version."""
    try:
        needed = requirements()
    except PackageNotFoundError:
        return [Check("packages", "broken", "chalklens is not installed", "pip install -e .")]
    modules = {module_of(name): name for name in needed}
    found, device = probe(list(modules))
    checks = [
        check_package(name, needed[name], found.get(module, "the import ended the process"))
        for module, name in modules.items()
    ]
    broken = [check for check in checks if check.state == "broken"]
    if not broken:
        return [
            Check("packages", "ok", f"all {len(checks)} can be imported"),
            check_device(device),
        ]
    return [*broken, check_device(device)]


def module_of(name: str) -> str:
    """Return what a distribution is imported as."""
    return MODULES.get(name, name.replace("-", "_"))


def requirements() -> dict[str, Any]:
    """Return what this machine needs, by name of the distribution."""
    from packaging.requirements import Requirement

    parsed = [Requirement(text) for text in requires("chalklens") or []]
    return {r.name: r for r in parsed if r.marker is None or r.marker.evaluate({"extra": ""})}


def probe(modules: list[str]) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the error of each module that was tried, and the device."""
    errors: dict[str, str] = {}
    device: dict[str, Any] = {}
    try:
        done = subprocess.run(
            [sys.executable, "-P", str(PROBE), *modules],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PROBE_TIMEOUT_S,
            check=False,
        )
        output = done.stdout
    except subprocess.TimeoutExpired as late:
        output = late.stdout or b""
    for line in output.decode("utf-8", "replace").splitlines():
        row = json.loads(line)
        device = row.get("device", device)
        if "module" in row:
            errors[row["module"]] = row["error"]
    return errors, device


def check_package(name: str, requirement: Any, error: str) -> Check:
    """Compare one package with what is needed; `error` comes from importing it."""
    try:
        installed = version(name)
    except PackageNotFoundError:
        return Check(name, "broken", "not installed", f"pip install '{requirement}'")
    if error:
        again = f"pip install --force-reinstall --no-deps '{name}=={installed}'"
        return Check(name, "broken", f"{installed} cannot be imported: {error}", again)
    if not requirement.specifier.contains(installed, prereleases=True):
        wanted = f"{installed} is installed, {requirement.specifier} is needed"
        return Check(name, "broken", wanted, f"pip install '{requirement}'")
    return Check(name, "ok", installed)


def check_device(device: dict[str, Any]) -> Check:
    """Say what models would run on."""
    kind = device.get("kind")
    if kind == "cuda":
        return Check(
            "gpu", "ok", f"{device['name']}, {_gb(device['free'])} of {_gb(device['total'])} free"
        )
    if kind == "mps":
        return Check("gpu", "ok", str(device["name"]))
    return Check("gpu", "absent", "none; models run on the CPU", "Labels and text need no GPU.")


async def check_sheet(bench: Workbench) -> AsyncGenerator[Check, None]:
    """Read and label a worksheet that ships, through the same workers as the server's."""
    try:
        sheet = str(examples_folder() / READ)
        start = time.perf_counter()
        text = (await bench.read(sheet)).reading.text
        took_s = time.perf_counter() - start
        if EXPECTED_WORDS in text.lower():
            yield Check("reader", "ok", f"read {READ} in {took_s:.1f} s, loading included")
        else:
            yield Check("reader", "broken", f"read nonsense in {READ}: {text[:60]!r}", REINSTALL)
        start = time.perf_counter()
        [found] = await bench.label([sheet])
        took_s = time.perf_counter() - start
        labels = ", ".join(found.labelling.labels.ids)
        state: State = "ok" if labels else "broken"
        yield Check(
            "labeller", state, f"{found.labelling.model}: {labels or 'no labels'}, {took_s:.1f} s"
        )
    except ChalklensError as error:
        yield Check("sheet worker", "broken", error.message, error.hint or REINSTALL)


def _gb(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB"
