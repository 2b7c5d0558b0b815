# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false, reportPrivateImportUsage=false
"""One pass of the small model over a batch, without what a batch of ours does not need.

How it is used: `see_pictures(model, pixels, grid)` gives the visual tokens, `last_states(model, batch)`
the last state of every token. The results are those of transformers' own forward pass
(`test_training_pass.py`). It is short because the pictures of a batch have one size, stand in the same
place of every row, and rows are padded on the right: places are computed once for all rows, no mask
is needed, and nothing waits for a GPU to tell a number. What it leaves out: generation.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import pad
from transformers.models.qwen3_vl.modeling_qwen3_vl import (
    get_vision_interpolation_indices_and_weights,
    get_vision_position_ids,
)

from chalklens.training.small_vl.architecture import MERGE
from chalklens.training.small_vl.batches import Batch

Grid = tuple[int, int]


@dataclass(frozen=True, slots=True)
class VisualTokens:
    """What the tower saw.

    Attributes:
        tokens: (pictures, tokens, width of the language model).
        deepstack: The same from earlier layers, for the first layers of the language model.
    """

    tokens: torch.Tensor
    deepstack: list[torch.Tensor]


def see_pictures(model: Any, pixels: torch.Tensor, grid: Grid) -> VisualTokens:
    """Compute the visual tokens of pictures of one size.

    Args:
        model: A `Qwen3VLForConditionalGeneration` after `speed_up_vision`.
        pixels: (patches of all pictures, values).
        grid: Patches down and across of each picture.
    """
    tower = model.model.visual
    pictures = len(pixels) // (grid[0] * grid[1])
    # On the CPU: transformers' functions ask for sizes, which would wait for a GPU each time.
    sides = torch.tensor([[1, *grid]])
    places, weights = get_vision_interpolation_indices_and_weights(
        sides,
        num_grid_per_side=tower.num_grid_per_side,
        mode=tower.interpolation_mode,
        align_corners=tower.interpolation_align_corners,
        spatial_merge_size=MERGE,
    )
    places, weights = places.to(pixels.device), weights.to(pixels.device)
    turns = get_vision_position_ids(sides, MERGE).to(pixels.device)
    learnt = (tower.pos_embed(places) * weights[:, :, None]).sum(1)
    states = tower.patch_embed(pixels)
    states = states + learnt.to(states.dtype).repeat(pictures, 1)
    cosine, sine = tower.rotary_pos_emb(states, turns)
    turned = cosine.repeat(pictures, 1), sine.repeat(pictures, 1)
    bounds = range(pictures + 1)  # only their number is looked at
    deepstack: list[torch.Tensor] = []
    for number, block in enumerate(tower.blocks):
        states = block(states, cu_seqlens=bounds, position_embeddings=turned)
        if number in tower.deepstack_visual_indexes:
            merge = tower.deepstack_merger_list[tower.deepstack_visual_indexes.index(number)]
            deepstack.append(merge(states).unflatten(0, (pictures, -1)))
    return VisualTokens(tower.merger(states).unflatten(0, (pictures, -1)), deepstack)


def last_states(model: Any, batch: Batch) -> torch.Tensor:
    """Compute the last states of all tokens, (rows, tokens, width); those of the padding are noise."""
    ids = batch.inputs["input_ids"]
    states = model.model.get_input_embeddings()(ids)
    length = ids.shape[1]
    if batch.grid is None:
        places = torch.arange(length, device=ids.device).expand(3, 1, -1)
        return _read(model, states, places, None)
    seen = see_pictures(model, batch.inputs["pixel_values"], batch.grid)
    first, count = batch.picture_at, seen.tokens.shape[1]
    shown = seen.tokens.to(states.dtype)
    states = torch.cat((states[:, :first], shown, states[:, first + count :]), 1)
    wide = [pad(part, (0, 0, first, length - first - count)) for part in seen.deepstack]
    places = make_places(batch.grid, first, length).to(ids.device, non_blocking=True)
    return _read(model, states, places, wide)


def make_places(grid: Grid, first: int, length: int) -> torch.Tensor:
    """Places in time, down and across of a row's tokens, (3, 1, tokens), as Qwen3-VL counts them."""
    down, across = grid[0] // MERGE, grid[1] // MERGE
    before = torch.arange(first).expand(3, -1)
    picture = first + torch.stack(
        (
            torch.zeros(down * across, dtype=torch.long),
            torch.arange(down).repeat_interleave(across),
            torch.arange(across).repeat(down),
        )
    )
    rest = length - first - down * across
    after = (first + max(down, across) + torch.arange(rest)).expand(3, -1)
    return torch.cat((before, picture, after), 1)[:, None]


def _read(
    model: Any, states: torch.Tensor, places: torch.Tensor, deepstack: list[torch.Tensor] | None
) -> torch.Tensor:
    found = model.model.language_model(
        inputs_embeds=states,
        position_ids=places,
        deepstack_visual_embeds=deepstack,
        use_cache=False,
    )
    return found.last_hidden_state
