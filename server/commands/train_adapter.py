"""`chalklens train adapter`: LoRA, a mixture of LoRA experts, IA3 or DoRA for a Qwen3-VL.

How it is used: `chalklens train adapter --method lora --model FOLDER --data rows.jsonl --out my-adapter`,
then `chalklens serve --model FOLDER --adapter my-adapter`. The same command continues a run that was
interrupted. `--plan` tells the GPU memory and trains nothing. What it leaves out: the training
(`chalklens/training/adapters`).
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chalklens.errors import InputError
from server.commands.output import write_command, write_note, write_text
from server.commands.steps import StepBar

if TYPE_CHECKING:
    from chalklens.training.adapters.recipe import AdapterRecipe


def train_adapter(
    model: Annotated[str, typer.Option(help="Folder, name or id of the Qwen3-VL to adapt.")],
    data: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="Rows (JSONL) of `chalklens data convert`; repeat for more files."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for the finished adapter.")
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(help="lora, moe-lora, ia3 or dora. Default: the recipe's, else lora."),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(help="coco-lora, coco-moelora, coco-ia3 or edugraph (two stages)."),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change one number of the recipe."),
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder for checkpoints, log and plots. Default: OUT-work beside the adapter.",
            show_default=False,
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    plan: Annotated[
        bool, typer.Option("--plan", help="Tell the expected GPU memory; train nothing.")
    ] = False,
) -> None:
    """Train an adapter on rows, or plan the memory it will need."""
    from chalklens.training.adapters.recipe import load_recipe, parse_settings

    changes = parse_settings(setting or [])
    if method is not None:
        changes["method"] = method
    stages = load_recipe(recipe, changes)
    folder = _find_model(model)
    if plan:
        _print_plan(folder, stages)
        return
    if not data or out is None:
        raise InputError(
            "A training needs rows and a place for the adapter.", "Give --data and --out."
        )
    out = out.resolve()  # `.` has no name that a folder beside it could be called after
    work = work.resolve() if work else out.with_name(f"{out.name}-work")
    _train(folder, data, out, work, stages, device)


def _find_model(name: str) -> Path:
    from chalklens.engines import models

    folder = Path(name).expanduser()
    return folder if folder.is_dir() else models.show_model(name).model.folder


def _print_plan(model: Path, stages: "tuple[AdapterRecipe, ...]") -> None:
    from chalklens.engines.inspection import inspect_model
    from chalklens.training.adapters.planner import describe_plan, plan_memory, read_config

    facts = inspect_model(model)
    for stage in stages:
        write_text(f"{stage.method}, stage {stage.stage}, batch {stage.batch}")
        for line in describe_plan(plan_memory(facts, read_config(model), stage), stage):
            write_text(line)


def _train(
    model: Path,
    data: list[Path],
    out: Path,
    work: Path,
    stages: "tuple[AdapterRecipe, ...]",
    device: str,
) -> None:
    from chalklens.training.adapters.processes import is_first_process
    from chalklens.training.adapters.run import AdapterRun
    from chalklens.training.adapters.run import train_adapter as train

    run = AdapterRun(model, data, out, work, stages, device)
    if not is_first_process():
        train(run, lambda done, total, what: None)
        return
    try:
        with StepBar() as progress:
            trained = train(run, progress)
    except KeyboardInterrupt:
        write_note("Stopped. The same command goes on from the last checkpoint.")
        raise
    measured = "" if trained.val_loss is None else f", {trained.val_loss:.4f} on validation rows"
    write_text(f"{trained.parameters:,} parameters are in {trained.folder}")
    write_text(f"{trained.steps} steps; loss {trained.train_loss:.4f} in training{measured}")
    write_note(f"Log and plots: {work}")
    write_command("Use it", "serve", "--model", model, "--adapter", trained.folder.resolve())
