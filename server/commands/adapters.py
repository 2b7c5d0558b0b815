"""`chalklens adapters list|show|merge|export`: what was trained, and taking it elsewhere.

How it is used: `chalklens adapters list`, `chalklens adapters merge ADAPTER --model FOLDER --out FOLDER`,
`chalklens adapters export ADAPTER --model FOLDER --out FOLDER --format gguf`. What it leaves out:
training (`train_adapter.py`).
"""

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from chalklens.errors import ChalklensError, InputError
from server.commands.options import JsonOption
from server.commands.output import write_command, write_note, write_row, write_text

app = typer.Typer(help="Adapters on this machine.", no_args_is_help=True)

Adapter = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the adapter.")]
Model = Annotated[Path, typer.Option(metavar="DIR", help="Folder of the model it was trained on.")]
Out = Annotated[Path, typer.Option(metavar="DIR", help="Folder to write.")]


@app.command("list")
def list_adapters(
    root: Annotated[Path, typer.Argument(metavar="DIR", help="Where to look.")] = Path(),
    json: JsonOption = False,
) -> None:
    """List the adapters in a folder and below it."""
    from chalklens.training.adapters.folders import describe_adapter, find_adapters

    found = list(find_adapters(root))
    for folder in found:
        try:
            facts = describe_adapter(folder)
        except ChalklensError as error:
            write_note(f"{folder}: {error.message}")
            continue
        if json:
            write_row({**asdict(facts), "folder": str(facts.folder)})
        else:
            write_text(
                f"{facts.folder}  {facts.method}, {facts.parameters:,} parameters, for {facts.base}"
            )
    if not found and not json:
        write_note("No adapter is here: `chalklens train adapter --help`.")


@app.command("show")
def show_adapter(adapter: Adapter, json: JsonOption = False) -> None:
    """Show method, base, targets and figures of an adapter."""
    from chalklens.training.adapters.folders import describe_adapter

    facts = describe_adapter(adapter)
    if json:
        write_row({**asdict(facts), "folder": str(facts.folder)})
        return
    write_text(f"method      {facts.method}")
    write_text(f"base        {facts.base}")
    write_text(f"parameters  {facts.parameters:,}")
    write_text(f"targets     {', '.join(facts.targets)}")
    for key, value in facts.origin.get("figures", {}).items():
        if key != "parameters":
            write_text(f"{key:11} {value}")
    if base := facts.origin.get("base"):
        write_text(f"fingerprint {base['fingerprint']} (of the base)")


@app.command("merge")
def merge_adapter(adapter: Adapter, model: Model, out: Out) -> None:
    """Fold an adapter into its model: a folder like the model's own."""
    from chalklens.training.adapters.merging import merge_adapter as merge

    write_text(f"The merged model is in {merge(model, adapter, out)}")
    write_command("Use it", "serve", "--model", out.resolve())


@app.command("export")
def export_adapter(
    adapter: Adapter,
    model: Model,
    out: Out,
    format: Annotated[str, typer.Option(help="gguf, for llama.cpp and Ollama.")] = "gguf",
    outtype: Annotated[str, typer.Option(help="Number format: f16, bf16, q8_0 ...")] = "f16",
    converter: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="llama.cpp's convert_hf_to_gguf.py.", show_default=False),
    ] = None,
) -> None:
    """Merge an adapter and write GGUF files: the language model and mmproj, the vision tower."""
    from chalklens.training.adapters.merging import check_converter, export_gguf
    from chalklens.training.adapters.merging import merge_adapter as merge

    if format != "gguf":
        raise InputError(f"There is no format {format!r}.", "Use gguf, or `adapters merge`.")
    check_converter(model, converter)
    with tempfile.TemporaryDirectory() as folder:
        merged = merge(model, adapter, Path(folder) / adapter.resolve().name)
        for file in export_gguf(merged, out, converter, outtype):
            write_text(str(file))
