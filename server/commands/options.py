"""Options that several commands share, and the way from options to `Settings`.

How it is used: annotate a parameter with one of the types below and give it the default None; then
`make_settings(model=model, ...)`. What was not given on the command line comes from `CHALKLENS_*`,
then from the defaults in `server/settings.py`, whose descriptions are the help texts.

What it leaves out: options of one command, which stand with it.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from pydantic import ValidationError

from chalklens.errors import InputError
from server.settings import Settings


def explain(field: str) -> str:
    """Return the description of a setting and the variable that sets it."""
    return f"{Settings.model_fields[field].description} Variable: CHALKLENS_{field.upper()}"


def parse_folder(text: str) -> Path:
    """Return the folder a text names; an empty one would be the current folder, which nobody named."""
    if not text.strip():
        raise typer.BadParameter("The name of a folder is empty.")
    return Path(text)


def _option(field: str, *names: str, **details: Any) -> Any:
    return typer.Option(*names, help=explain(field), show_default=False, **details)


ModelOption = Annotated[str | None, _option("model", "--model", metavar="ID")]
AdapterOption = Annotated[str | None, _option("adapter", "--adapter", metavar="ID")]
QuantizeOption = Annotated[Literal["none", "nf4"] | None, _option("quantize", "--quantize")]
LabellerOption = Annotated[
    Literal["auto", "engine", "embedded"] | None, _option("labeller", "--labeller")
]
AllowUrlOption = Annotated[bool | None, _option("allow_url", "--allow-url")]
AllowUrlHostOption = Annotated[
    list[str] | None, _option("allow_url_hosts", "--allow-url-host", metavar="HOST")
]
RootOption = Annotated[
    list[Path] | None, _option("roots", "--root", metavar="DIR", parser=parse_folder)
]
TransportOption = Annotated[
    Literal["stdio", "http", "sse"] | None, _option("transport", "--transport")
]
ToolsetsOption = Annotated[str | None, _option("toolsets", "--toolsets", metavar="A,B")]
ReadOnlyOption = Annotated[bool | None, _option("read_only", "--read-only")]
DataDirOption = Annotated[Path | None, _option("data_dir", "--data-dir", metavar="DIR")]
RecordOption = Annotated[bool | None, _option("record", "--record/--no-record")]
StoreOption = Annotated[str | None, _option("store", "--store", metavar="STORE")]
EmbedderOption = Annotated[str | None, _option("embedder", "--embedder", metavar="ID")]
RerankerOption = Annotated[str | None, _option("reranker", "--reranker", metavar="ID")]
HostOption = Annotated[str | None, _option("host", "--host", metavar="ADDR")]
PortOption = Annotated[int | None, _option("port", "--port", metavar="N")]
TokenFileOption = Annotated[Path | None, _option("token_file", "--token-file", metavar="FILE")]
AllowedHostOption = Annotated[
    list[str] | None, _option("allowed_hosts", "--allowed-host", metavar="HOST")
]
AllowedOriginOption = Annotated[
    list[str] | None, _option("allowed_origins", "--allowed-origin", metavar="URL")
]
ThreadsOption = Annotated[int | None, _option("threads", "--threads", metavar="N")]
SheetWorkersOption = Annotated[int | None, _option("sheet_workers", "--sheet-workers", metavar="N")]
LogLevelOption = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR"] | None,
    _option("log_level", "--log-level", metavar="LEVEL", case_sensitive=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
WeightsOption = Annotated[
    Path | None,
    typer.Option("--weights", metavar="DIR", help="Weights to score instead of those that ship."),
]


def page_option(default: str) -> Any:
    """Option that names pages; `page_numbers.read_pages` reads what it gives."""
    text = (
        f"Pages of each PDF or TIFF, from 1: 3, 3-7 or 2-4,7; may be repeated. Default: {default}."
    )
    return typer.Option("--page", "--pages", metavar="N", help=text)


def make_settings(**given: Any) -> Settings:
    """Build settings from the options that were given; None and empty lists were not.

    Raises:
        InputError: A value, here or in the environment, is not acceptable.
    """
    values = {name: value for name, value in given.items() if value is not None and value != []}
    try:
        return Settings(**values)
    except ValidationError as error:
        problems = [_describe(problem["loc"], problem["msg"]) for problem in error.errors()]
        raise InputError("; ".join(problems) + ".", "`chalklens serve --help` lists all.") from None


def _describe(place: tuple[int | str, ...], message: str) -> str:
    field = str(place[0]) if place else "settings"
    told = message.removeprefix("Value error, ")
    return f"{field} (option or CHALKLENS_{field.upper()}): {told}"
