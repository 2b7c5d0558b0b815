"""Hosts that start MCP servers: where their configuration is, and how our entry gets into it.

How it is used: `plan_install(HOSTS["cursor"], place, entry)` says what would change;
`write_config(plan)` does it. Other servers and unknown keys stay; the old file is kept beside the
new one, which appears in one step.

Sources: Claude Desktop, user guide "Connect to local MCP servers" (modelcontextprotocol.io); VS
Code, "MCP configuration reference" (`servers`, `${workspaceFolder}`); Cursor, docs "Model Context
Protocol" (`mcpServers`, `${workspaceFolder}`); Claude Code, docs "MCP" (`.mcp.json`, `claude mcp
add`). What it leaves out: starting or checking a host.
"""

import contextlib
import json
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from chalklens.errors import InputError, UnavailableError

SERVER_NAME = "chalklens"
MAX_CONFIG_BYTES = 4 << 20
MAX_BACKUPS = 100
HOME_FOLDERS = ("Desktop", "Documents", "Downloads", "Pictures")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Host:
    """A program that starts MCP servers.

    `per_project` hosts keep their configuration in the current folder and start servers for it;
    `workspace` is how such a host writes the folder it has open.
    """

    id: str
    title: str
    servers_key: str
    path: str = ""
    per_project: bool = True
    workspace: str = ""
    entry_type: str = "stdio"


HOSTS = {
    host.id: host
    for host in (
        Host("claude-desktop", "Claude Desktop", "mcpServers", per_project=False, entry_type=""),
        Host("vscode", "VS Code", "servers", ".vscode/mcp.json", workspace="${workspaceFolder}"),
        Host("cursor", "Cursor", "mcpServers", ".cursor/mcp.json", workspace="${workspaceFolder}"),
        Host("claude-code", "Claude Code", "mcpServers", ".mcp.json"),
    )
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where we are: what decides about paths, so that tests can be anywhere."""

    home: Path = field(default_factory=Path.home)
    folder: Path = field(default_factory=Path.cwd)
    platform: str = sys.platform
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


@dataclass(frozen=True, slots=True)
class InstallPlan:
    """What will be in the file. `changed` is False when it is there already."""

    host: Host
    path: Path
    config: Json
    changed: bool
    kept: tuple[str, ...]


def config_path(host: Host, place: Place) -> Path:
    """Return where a host looks for its servers."""
    if host.per_project:
        return place.folder / host.path
    name = "claude_desktop_config.json"
    if place.platform == "darwin":
        return place.home / "Library" / "Application Support" / "Claude" / name
    if place.platform == "win32":
        base = place.environment.get("APPDATA") or str(place.home / "AppData" / "Roaming")
        return Path(base) / "Claude" / name
    base = place.environment.get("XDG_CONFIG_HOME") or str(place.home / ".config")
    return Path(base) / "Claude" / name


def default_roots(host: Host, place: Place) -> list[str]:
    """Return the folders a host's server may read when the user names none.

    Claude Desktop starts servers in no particular folder, so the usual ones are named.
    """
    if host.workspace:
        return [host.workspace]
    if host.per_project:
        return []
    folders = [place.home / name for name in HOME_FOLDERS]
    return [str(folder) for folder in folders if folder.is_dir()] or [str(place.folder)]


def make_entry(host: Host, roots: Sequence[str], model: str = "") -> Json:
    """Return our entry. The interpreter is absolute: hosts start servers with a minimal PATH.

    `-P` keeps modules of the folder the host starts us in from being imported in place of ours.

    Raises:
        UnavailableError: Python does not know where it is.
    """
    if not sys.executable:
        raise UnavailableError("Python does not know its own path.", "Start it by its full path.")
    arguments = ["-P", "-m", "chalklens", "serve"]
    for root in roots:
        arguments += ["--root", root]
    if model:
        arguments += ["--model", model]
    kind = {"type": host.entry_type} if host.entry_type else {}
    return {**kind, "command": sys.executable, "args": arguments}


def claude_mcp_add(entry: Json) -> str:
    """Return the command that makes Claude Code add the server itself."""
    return shlex.join(["claude", "mcp", "add", SERVER_NAME, "--", entry["command"], *entry["args"]])


def plan_install(host: Host, place: Place, entry: Json) -> InstallPlan:
    """Merge our entry into the host's configuration, in memory.

    Raises:
        InputError: The file is there, but is not what we can merge into.
    """
    path = config_path(host, place)
    config = read_config(path)
    found = config.get(host.servers_key, {})
    if not isinstance(found, dict):
        raise InputError(f'"{host.servers_key}" in {path} is not an object.', _BY_HAND)
    servers = cast("Json", found)
    ours = servers.get(SERVER_NAME)
    merged = {**cast("Json", ours), **entry} if isinstance(ours, dict) else entry
    new: Json = {**config, host.servers_key: {**servers, SERVER_NAME: merged}}
    kept = tuple(name for name in servers if name != SERVER_NAME)
    return InstallPlan(host, path, new, new != config, kept)


_BY_HAND = "Nothing was written. `--print` shows the entry, to be added by hand."


def read_config(path: Path) -> Json:
    """Read a configuration; an absent or empty file is an empty object.

    Raises:
        InputError: It cannot be read, is too large, is not JSON, or names a key twice.
    """
    try:
        if not path.is_file() and path.exists():
            raise InputError(f"{path} is no file.", _BY_HAND)
        if path.stat().st_size > MAX_CONFIG_BYTES:
            raise InputError(f"{path} is larger than {MAX_CONFIG_BYTES >> 20} MB.", _BY_HAND)
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({type(error).__name__}).", _BY_HAND) from None
    try:
        config: Any = json.loads(text, object_pairs_hook=_refuse_twins) if text.strip() else {}
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InputError(
            f"{path} is not plain JSON ({where}: {error.msg}); comments cannot be kept.", _BY_HAND
        ) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be merged: {error}.", _BY_HAND) from None
    if not isinstance(config, dict):
        raise InputError(f"{path} holds no JSON object.", _BY_HAND)
    return cast("Json", config)


def _refuse_twins(pairs: list[tuple[str, Any]]) -> Json:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twin = next(name for name in names if names.count(name) > 1)
        raise ValueError(f'the key "{twin}" appears twice')
    return dict(pairs)


def write_config(plan: InstallPlan) -> Path | None:
    """Write the new file in one step; return the copy of the old one, if there was one.

    Raises:
        UnavailableError: The folder or the file cannot be written.
    """
    target = plan.path.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        backup = _back_up(target) if target.exists() else None
        _replace(target, json.dumps(plan.config, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise UnavailableError(
            f"{target} cannot be written: {error.strerror or type(error).__name__}.",
            "Nothing was changed. `--print` shows the entry, to be added by hand.",
        ) from None
    return backup


def _back_up(target: Path) -> Path:
    for number in range(1, MAX_BACKUPS + 1):
        backup = target.with_name(f"{target.name}.{number}.bak")
        if not backup.exists():
            shutil.copy2(target, backup)
            return backup
    raise OSError(0, f"there are {MAX_BACKUPS} copies beside it already")


def _replace(target: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, name)
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
