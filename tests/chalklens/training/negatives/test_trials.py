"""Pictures that are to be refused, and pictures that are not."""

from chalklens.training.negatives.catalogue import TEST_KINDS, draw_negative
from chalklens.training.negatives.conditions import CONDITIONS
from chalklens.training.negatives.readings import to_picture
from chalklens.training.negatives.trials import UNALTERED, alter_sheets, draw_trials
from tests.chalklens.labelling.sheets import paint
from tests.chalklens.labelling.sheets import to_picture as to_sheet

KINDS = TEST_KINDS[:2]
SHEET = to_sheet(paint(0, "sums-0").resize((80, 60)))


def test_each_kind_is_drawn_as_often_as_asked() -> None:
    drawn = list(draw_trials(KINDS, 2, seed=4))
    assert [kind for kind, _ in drawn] == [KINDS[0]] * 2 + [KINDS[1]] * 2
    assert [picture.name for _, picture in drawn] == [f"{k} {n}" for k in KINDS for n in (0, 1)]
    assert len({picture.sha256 for _, picture in drawn}) == 4


def test_a_trial_is_the_negative_of_its_kind_and_seed() -> None:
    [(_, picture)] = draw_trials(KINDS[:1], 1, seed=4)
    assert picture.pixels == to_picture(draw_negative(KINDS[0], 400_000).picture).pixels


def test_the_same_seed_gives_the_same_pictures_and_another_gives_others() -> None:
    first, again, other = (
        [p.sha256 for _, p in [*draw_trials(KINDS, 1, seed), *alter_sheets([SHEET], seed)]]
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first[:2] != other[:2]
    assert first[3:] != other[3:]


def test_a_sheet_comes_as_it_is_and_under_every_condition() -> None:
    shown = list(alter_sheets([SHEET], 0))
    assert [condition for condition, _ in shown] == [UNALTERED, *CONDITIONS]
    assert shown[0][1] is SHEET
    assert len({picture.sha256 for _, picture in shown}) == len(shown)
    assert {picture.name for _, picture in shown} == {SHEET.name}
