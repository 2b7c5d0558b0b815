"""The front door: what the `chalklens` command and `python -m chalklens` start.

How it is used: `main()` takes stdout away before anything can print on it, when the command is
`serve` (a client reads protocol there), puts our own folder first on the import path, and hands over
to `server.cli`. An editor starts us inside the user's workspace, often with `PYTHONPATH=.`; a
`server/` or `tools/` folder there must not stand in for ours, so the workspace leaves the path.

What it leaves out: everything else. Nothing heavy is imported here.
"""

import gc
import sys
from collections.abc import Sequence
from pathlib import Path

OUR_FOLDER = Path(__file__).resolve().parents[1]
HELP_OPTIONS = frozenset({"-h", "--help"})


def main() -> None:
    """Run the command line."""
    if sys.platform == "win32":  # locks, process groups and folder descriptors are POSIX ones
        raise SystemExit("chalklens runs on Linux and macOS; on Windows, install it inside WSL.")
    sys.path[:] = import_path(sys.path, Path.cwd())
    from chalklens.standard_streams import claim_standard_streams, open_missing_streams

    open_missing_streams()
    try:
        if is_serving(sys.argv[1:]):
            claim_standard_streams()
            # Imports make many lasting objects: collecting among them costs a tenth of the start.
            # `server/transports.py` switches it on again before the first client is served.
            gc.disable()
        from server.cli import main as run_command

        run_command()
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def import_path(entries: Sequence[str], workspace: Path) -> list[str]:
    """Return the import path with our folder first and without the workspace."""
    ours = str(OUR_FOLDER)
    return [ours, *(e for e in entries if e != ours and Path(e).absolute() != workspace)]


def is_serving(arguments: Sequence[str]) -> bool:
    """Whether stdout belongs to a client: the command is `serve`, and not to print its help."""
    command = next((a for a in arguments if not a.startswith("-")), "")
    return command == "serve" and HELP_OPTIONS.isdisjoint(arguments)


if __name__ == "__main__":
    main()
