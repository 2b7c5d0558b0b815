"""`chalklens train labeller`: the weights of the embedded labeller, from labelled pictures.

How it is used: `chalklens train labeller --data FOLDER --out WEIGHTS`. An interrupted run continues
where it was, as long as `--work` names the same folder. What it leaves out: the recipe
(`chalklens/training/labeller`).
"""

from pathlib import Path
from typing import Annotated

import typer

from server.commands.output import write_note, write_text
from server.commands.steps import StepBar

app = typer.Typer(help="Train what ships in the package.", no_args_is_help=True)


@app.callback()
def _start() -> None:  # pyright: ignore[reportUnusedFunction]
    """Keep `labeller` a command of its own while it is the only one."""


@app.command("labeller")
def train_labeller(
    data: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder with train.jsonl and its pictures.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the weights.")],
    work: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder for readings, vectors and folds, so that a run can continue. "
            "Default: OUT-work beside the weights.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the folds.")] = 0,
    folds: Annotated[
        int, typer.Option(min=2, max=20, help="Parts the views are divided into.")
    ] = 5,
    readers: Annotated[int, typer.Option(min=1, max=64, help="Processes that read pictures.")] = 2,
) -> None:
    """Train the embedded labeller from the text read on labelled pictures."""
    from chalklens.training.labeller.recipe import LabellerRecipe
    from chalklens.training.labeller.recipe import train_labeller as train

    work = work or out.with_name(f"{out.name}-work")
    recipe = LabellerRecipe(data=data, out=out, cache=work, seed=seed, folds=folds, readers=readers)
    with StepBar() as progress:
        trained = train(recipe, progress)
    write_text(f"Weights {trained.revision} are in {trained.folder}")
    write_text(f"Micro-F1 on views left out: {trained.calibration.micro_f1:.4f}")
    write_note(f"Score them: chalklens eval labels --data {data} --split val --weights {out}")
