"""What happens when the accelerator runs out of memory or breaks.

How it is used: `run_or_shrink(run, rows, forget)`; `run` gets the share of pixels to use. Out of memory:
once more without what was kept for later questions, once more with half the pixels, then an error with the
sizes. A broken device ("CUDA error") stays
broken for the life of a process, so `is_sticky` tells the worker to end; the next call starts a
new one. What it leaves out: the generation itself.
"""

# pyright: reportUnknownMemberType=false

import gc
from collections.abc import Callable, Sequence

import torch

from chalklens.engines.rows import Row
from chalklens.errors import ChalklensError, MediaError, ModelError

SMALLER = 0.5


def run_or_shrink(
    run: Callable[[float], None], rows: Sequence[Row], forget: Callable[[], bool]
) -> None:
    """Run once, and again with less if memory was short and nothing was sent yet.

    Args:
        run: Answers the rows with a share of the usual pixels.
        rows: To answer.
        forget: Lets go of what is kept for later questions; whether there was anything.

    Raises:
        MediaError: There is no memory for the pictures even so.
        ModelError: There is no memory for the prompt.
    """
    try:
        run(1.0)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        if any(row.token_ids for row in rows):
            raise _no_memory(rows) from error
    else:
        return
    shares = [1.0] if forget() else []
    if any(row.request.pictures for row in rows):
        shares.append(SMALLER)
    _run_first(run, rows, shares)


def _run_first(run: Callable[[float], None], rows: Sequence[Row], shares: Sequence[float]) -> None:
    """Run with the first share that fits."""
    _free_memory()
    for share in shares:
        try:
            run(share)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            if any(row.token_ids for row in rows):
                break
        else:
            return
        finally:
            _free_memory()
    raise _no_memory(rows)


def is_out_of_memory(error: Exception) -> bool:
    """Tell a GPU's or CPU's lack of memory from other errors."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    )


def is_sticky(error: Exception) -> bool:
    """Tell an error after which the device is of no use to this process."""
    return not is_out_of_memory(error) and (
        isinstance(error, torch.AcceleratorError) or "CUDA error" in str(error)
    )


def _no_memory(rows: Sequence[Row]) -> ChalklensError:
    pictures = [picture for row in rows for picture in row.request.pictures]
    if not pictures:
        return ModelError(
            "There is not enough memory for this prompt.",
            "Send a shorter one, or load the model with `--quantize nf4`.",
            code="out_of_memory",
        )
    sizes = ", ".join(f"{p.pixels_width_px} x {p.pixels_height_px}" for p in pictures)
    return MediaError(
        f"There is not enough memory for the pictures ({sizes} pixels), even at half size.",
        "Send fewer or smaller pictures, or load the model with `--quantize nf4`.",
        code="out_of_memory",
    )


def _free_memory() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
