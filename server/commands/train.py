"""`chalklens train labeller|small-vl|adapter`: models of our own, and adapters for others.

How it is used: `chalklens train labeller --data FOLDER --out WEIGHTS`. An interrupted run continues
where it was, as long as `--work` names the same folder. What it leaves out: the recipes
(`chalklens/training/labeller`, `chalklens/training/small_vl`, `chalklens/training/adapters`).
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.commands.output import write_command, write_text
from server.commands.steps import StepBar
from server.commands.train_adapter import train_adapter
from server.commands.train_small_vl import train_small_vl

if TYPE_CHECKING:
    from chalklens.training.labeller.settings import LabellerRecipe

app = typer.Typer(
    help="Train the embedded labeller, a small Qwen3-VL, or an adapter.", no_args_is_help=True
)
app.command("small-vl")(train_small_vl)
app.command("adapter")(train_adapter)


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
            help="Folder for everything the stages make, so that a run can continue, for the "
            "metrics log and the plots. Default: OUT-work beside the weights.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn by lot.")] = 0,
    folds: Annotated[
        int, typer.Option(min=2, max=20, help="Parts the views are divided into.")
    ] = 5,
    readers: Annotated[int, typer.Option(min=1, max=64, help="Processes that read pictures.")] = 2,
    ablation: Annotated[
        bool,
        typer.Option("--ablation", help="Train nothing: measure what each part is worth."),
    ] = False,
) -> None:
    """Train the embedded labeller from labelled pictures and rendered sheets."""
    from chalklens.training.labeller.settings import LabellerRecipe

    work = work or out.with_name(f"{out.name}-work")
    recipe = LabellerRecipe(data=data, out=out, cache=work, seed=seed, folds=folds, readers=readers)
    (_measure_parts if ablation else _train)(recipe)


def _train(recipe: "LabellerRecipe") -> None:
    from chalklens.training.labeller.recipe import train_labeller as train

    with StepBar() as progress:
        trained = train(recipe, progress)
    found = trained.calibration
    write_text(f"Weights {trained.revision} are in {trained.folder}")
    write_text(f"Micro-F1 on views left out: {found.micro_f1:.4f}")
    write_text(f"Micro-F1 on new problems of known views: {found.known_micro_f1:.4f}")
    split = recipe.data / "val.jsonl"
    write_command("Score them", "eval", "labels", "--split", split, "--weights", recipe.out)


def _measure_parts(recipe: "LabellerRecipe") -> None:
    from chalklens.training.labeller.ablation import run_ablation

    with StepBar() as progress:
        rows = run_ablation(recipe, progress)
    for row in rows:
        write_text(f"{row.micro_f1:.4f}  {row.name}")
