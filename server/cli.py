"""The `chalklens` command: thin, every command calls what the tools call.

How it is used: `chalklens --help`; `chalklens/__main__.py` calls `main`. A `ChalklensError` becomes
its message and hint on stderr and exit code 1; so does a bug, without a stack trace unless
`CHALKLENS_LOG_LEVEL=DEBUG`. What it leaves out: work. Each command imports its heavy parts when it
runs, because `chalklens serve` must answer about as fast as an empty server. The MCP SDK, a second of
processor time, counts as heavy: only commands that speak MCP import it.
"""

import errno
import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from chalklens.errors import ChalklensError, InputError, explain_storage
from server.commands import (
    adapters,
    ask,
    assist,
    data,
    demo,
    doctor,
    evaluate,
    install,
    knowledge,
    label,
    models,
    read,
    search,
    serve,
    sessions,
    train,
)
from server.commands.output import write_error, write_note, write_text


class ReportingGroup(TyperGroup):
    """Turns errors a user can do something about into words and exit code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except ChalklensError as error:
            write_error(error)
            raise typer.Exit(1) from None
        except Exception as error:
            told = explain_storage(error) or _explain_long_name(error)
            if told is None:
                raise
            write_error(told)
            raise typer.Exit(1) from None


def _explain_long_name(error: Exception) -> InputError | None:
    """Any argument may be tried as a path, and the system may refuse to look for it."""
    if not isinstance(error, OSError) or error.errno != errno.ENAMETOOLONG:
        return None
    return InputError("A name is too long for a file or folder.", "Check the arguments.")


app = typer.Typer(
    name="chalklens",
    cls=ReportingGroup,
    help="Eyes for coding agents: worksheet labels, text and answers from pictures, over MCP.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        write_text(f"chalklens {version('chalklens')}")
        raise typer.Exit


@app.callback()
def _start(  # pyright: ignore[reportUnusedFunction]
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None: ...


app.command()(serve.serve)
app.command()(demo.demo)
app.command()(label.label)
app.command()(read.read)
app.command()(ask.ask)
app.command("assist")(assist.assist_command)
app.command()(search.search)
app.add_typer(knowledge.app, name="knowledge")
app.add_typer(sessions.app, name="sessions")
app.add_typer(models.app, name="models")
app.command()(doctor.doctor)
app.command()(install.install)
app.add_typer(data.app, name="data")
app.add_typer(train.app, name="train")
app.add_typer(adapters.app, name="adapters")
app.add_typer(evaluate.app, name="eval")


def main() -> None:
    """Run the command that `sys.argv` names."""
    try:
        app()
    except Exception as error:
        if os.environ.get("CHALKLENS_LOG_LEVEL", "").upper() == "DEBUG":
            raise
        write_note(f"Internal error: {type(error).__name__}: {error}")
        write_note("  This is a bug. CHALKLENS_LOG_LEVEL=DEBUG shows where it happened.")
        sys.exit(1)
