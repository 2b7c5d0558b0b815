"""`chalklens install HOST`: an entry for this server in a host's configuration.

How it is used: `chalklens install cursor` in the project's folder; `--print` shows the entry and
writes nothing. What it leaves out: the formats themselves (`hosts.py`).
"""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from server.commands.hosts import (
    HOSTS,
    SERVER_NAME,
    Host,
    Place,
    claude_mcp_add,
    config_path,
    default_roots,
    make_entry,
    plan_install,
    write_config,
)
from server.commands.options import parse_folder
from server.commands.output import write_note, write_text


def install(
    host: Annotated[
        Literal["claude-desktop", "vscode", "cursor", "claude-code"],
        typer.Argument(metavar="HOST", help="Who starts the server."),
    ],
    print_only: Annotated[
        bool, typer.Option("--print", help="Show the entry, write nothing.")
    ] = False,
    root: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR",
            parser=parse_folder,
            help="Folder the server may read; repeat for more.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(help="Vision-language model to name in the entry.", show_default=False)
    ] = "",
) -> None:
    """Put this server into the configuration of a host."""
    chosen, place = HOSTS[host], Place()
    roots = [str(folder.resolve()) for folder in root or []] or default_roots(chosen, place)
    entry = make_entry(chosen, roots, model)
    for folder in root or []:
        if not folder.is_dir():
            write_note(f"There is no folder {folder} (--root): nothing would be read there.")
    if print_only:
        write_text(json.dumps({chosen.servers_key: {SERVER_NAME: entry}}, indent=2))
        write_note(f"This would go into {config_path(chosen, place)}")
    else:
        plan = plan_install(chosen, place, entry)
        backup = write_config(plan) if plan.changed else None
        write_text(_summary(chosen, plan.path, plan.changed, backup, plan.kept))
    if host == "claude-code":
        write_note(f"Or let Claude Code do it: {claude_mcp_add(entry)}")


def _summary(
    host: Host, path: Path, changed: bool, backup: Path | None, kept: tuple[str, ...]
) -> str:
    if not changed:
        return f"{path} has this entry already; nothing was written."
    lines = [f"Wrote the entry {SERVER_NAME} to {path}"]
    if kept:
        lines.append(f"Kept the other servers: {', '.join(kept)}")
    if backup:
        lines.append(f"The file as it was: {backup}")
    return "\n".join([*lines, f"Restart {host.title} to load it."])
