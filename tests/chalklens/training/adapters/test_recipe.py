import pytest

from chalklens.errors import InputError, UnavailableError
from chalklens.training.adapters.checks import check_trackers
from chalklens.training.adapters.methods import count_parameters
from chalklens.training.adapters.recipe import (
    METHODS,
    AdapterRecipe,
    load_recipe,
    parse_settings,
    recipe_names,
)
from chalklens.training.adapters.targets import resolve_targets

SHAPES = {
    "model.language_model.embed_tokens": (100, 8),
    "model.language_model.layers.0.self_attn.q_proj": (16, 8),
    "model.language_model.layers.0.mlp.down_proj": (8, 24),
    "model.visual.patch_embed.proj": (8, 3, 2, 16, 16),
    "model.visual.blocks.0.attn.proj": (8, 8),
}


def test_every_shipped_recipe_can_be_loaded() -> None:
    assert {"coco-lora", "coco-moelora", "coco-ia3", "edugraph"} <= set(recipe_names())
    for name in recipe_names():
        assert load_recipe(name, {})


def test_the_coco_recipes_have_the_known_numbers() -> None:
    for name, method in (("coco-lora", "lora"), ("coco-moelora", "moe-lora"), ("coco-ia3", "ia3")):
        [recipe] = load_recipe(name, {})
        known = (recipe.rank, recipe.alpha, recipe.learning_rate, recipe.epochs)
        assert known == (8, 16, 1e-4, 5)
        assert (recipe.batch, recipe.accumulation, recipe.method) == (1, 8, method)


def test_edugraph_learns_concepts_before_worksheets() -> None:
    stages = load_recipe("edugraph", {"epochs": "1"})
    assert [(stage.stage, stage.rows, stage.epochs) for stage in stages] == [
        ("knowledge", "text", 1),
        ("worksheets", "pictures", 1),
    ]


def test_settings_are_read_as_their_fields_say() -> None:
    given = ["epochs=2", "targets=q_proj, v_proj", "checkpointing=false", "learning-rate=1e-3"]
    [recipe] = load_recipe(None, parse_settings(given))
    assert recipe.epochs == 2
    assert recipe.targets == ("q_proj", "v_proj")
    assert recipe.checkpointing is False
    assert recipe.learning_rate == 1e-3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"epoch": "3"}, "epochs"),
        ({"epochs": "many"}, "epochs cannot be 'many'"),
        ({"quantize": "int8"}, "quantize cannot be 'int8'"),
        ({"rank": "0"}, "rank must be above zero"),
        ({"rank": "8.5"}, "Give a whole number, like 8"),
        ({"max_pixels": "1"}, "Qwen3-VL takes"),
        ({"learning_rate": "nan"}, "learning_rate must be above zero"),
        ({"epochs": "inf"}, "epochs must be above zero"),
        ({"balance_weight": "-1"}, "balance_weight must be zero or more"),
        ({"seed": "-1"}, "seed must be zero or more"),
        ({"seed": str(2**32)}, "seed must be at most"),
        ({"loaders": "-1"}, "loaders must be zero or more"),
        ({"method": "moe-lora", "top_k": "8"}, "A token cannot use 8 of 4 experts"),
        ({"method": "moe-lora", "experts": "65"}, "Set experts to at most 64"),
        ({"trackers": "mlflow"}, "trackers cannot be 'mlflow'"),
    ],
)
def test_a_wrong_number_is_told(changes: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as caught:
        load_recipe(None, changes)
    assert said in str(caught.value)


def test_an_unknown_recipe_is_told_with_those_there_are() -> None:
    with pytest.raises(InputError, match="coco-lora"):
        load_recipe("coco", {})


def test_a_tracker_that_is_not_installed_is_told_before_training() -> None:
    recipe = AdapterRecipe(trackers=("tensorboard", "swanlab"))
    with pytest.raises(UnavailableError, match="swanlab is not installed"):
        check_trackers(recipe, lambda package: None if package == "swanlab" else package)


def test_targets_are_found_by_their_ends() -> None:
    found = resolve_targets(["q_proj", "attn.proj"], SHAPES)
    assert list(found.values()) == [(16, 8), (8, 8)]


def test_a_target_that_also_names_a_convolution_is_refused() -> None:
    with pytest.raises(InputError, match="patch_embed"):
        resolve_targets(["proj"], SHAPES)


def test_a_table_of_embeddings_is_no_linear_layer() -> None:
    with pytest.raises(InputError, match="embed_tokens"):
        resolve_targets(["embed_tokens"], SHAPES)


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("lora", 2 * (16 + 8) + 2 * (8 + 24)),
        ("dora", 2 * (16 + 8) + 16 + 2 * (8 + 24) + 8),
        ("moe-lora", 4 * 2 * (16 + 8) + 4 * 8 + 4 * 2 * (8 + 24) + 4 * 24),
        ("ia3", 16 + 24),
    ],
)
def test_parameters_follow_the_formulas_of_the_guide(method: str, parameters: int) -> None:
    assert method in METHODS
    recipe = AdapterRecipe(method=method, rank=2)  # pyright: ignore[reportArgumentType]
    layers = resolve_targets(["q_proj", "down_proj"], SHAPES)
    assert count_parameters(recipe, layers) == parameters


def test_lora_on_the_attention_of_the_published_4b_has_the_known_number_of_parameters() -> None:
    sides = {"q_proj": (4096, 2560), "k_proj": (1024, 2560), "v_proj": (1024, 2560)}
    sides["o_proj"] = (2560, 4096)
    layers = {f"layers.{n}.{name}": shape for n in range(36) for name, shape in sides.items()}
    assert count_parameters(AdapterRecipe(rank=8), layers) == 5_898_240
