"""`chalklens train small-vl`: a small Qwen3-VL that writes EduGraph labels, from labelled pictures.

How it is used: `chalklens train small-vl --data FOLDER --out edugraph-small-vl --minutes 45`, then
`chalklens serve --model ./edugraph-small-vl`. An interrupted run continues where it was, as long as
`--work` names the same folder. What it leaves out: the recipe (`chalklens/training/small_vl`).
"""

from pathlib import Path
from typing import Annotated

import typer

from server.commands.output import write_command, write_text
from server.commands.steps import StepBar


def train_small_vl(
    data: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder with train.jsonl and its pictures.")
    ],
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Folder for the model; its name holds edugraph-small-vl."),
    ],
    work: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder for readings, patches, checkpoint, log and plot, so that a run can "
            "continue. Default: OUT-work beside the model.",
            show_default=False,
        ),
    ] = None,
    size: Annotated[
        str, typer.Option(help="small (5 million parameters) or large (12 million, for a GPU).")
    ] = "small",
    minutes: Annotated[
        float | None,
        typer.Option(min=0.1, help="Minutes of learning. Default: 45.", show_default=False),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Steps instead of minutes; the same steps give the same model.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the first weights and the batches.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[int, typer.Option(min=0, help="CPU threads; 0 takes all.")] = 0,
    rendered: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Pages of our own renderer to learn beside the corpus. Default: 8000 for large, "
            "0 for small.",
            show_default=False,
        ),
    ] = None,
    held_out_views: Annotated[
        int, typer.Option(min=0, help="Layouts to leave out and measure on.")
    ] = 0,
    readers: Annotated[
        int, typer.Option(min=1, max=64, help="Processes that read, draw and cut pictures.")
    ] = 2,
    loaders: Annotated[
        int, typer.Option(min=0, max=64, help="Processes that make batches (for a GPU).")
    ] = 0,
) -> None:
    """Train a small Qwen3-VL on labelled pictures and the text read on them."""
    from chalklens.training.small_vl.recipe import SmallVLRecipe
    from chalklens.training.small_vl.recipe import train_small_vl as train

    recipe = SmallVLRecipe(
        data=data,
        out=out,
        work=work or out.with_name(f"{out.name}-work"),
        size=size,
        steps=steps,
        minutes=45.0 if minutes is None and steps is None else minutes,
        seed=seed,
        device=device,
        threads=threads,
        rendered=rendered,
        held_out_views=held_out_views,
        readers=readers,
        loaders=loaders,
    )
    with StepBar() as progress:
        trained = train(recipe, progress)
    write_text(f"{trained.parameters / 1e6:.1f} million parameters are in {trained.folder}")
    write_text(f"{trained.steps} steps in {trained.seconds / 60:.1f} minutes")
    write_command("Use it", "serve", "--model", trained.folder.resolve())
