"""Templates against layouts."""

from chalklens.training.labeller.resemblance import Resemblance
from tests.chalklens.training.labeller.small_pages import make_rendered, make_worksheets

FOUND = Resemblance.measure(make_worksheets(), make_rendered())
SUM_ROWS, STORY_ROWS = [0, 1, 2], [3, 4, 5]


def test_a_template_is_nearest_to_the_view_it_is_like() -> None:
    assert FOUND.templates == ("drawn_stories", "drawn_sums")
    assert FOUND.nearest[1] == "sums-0"


def test_label_sets_are_compared_by_jaccard_similarity() -> None:
    stories, sums = FOUND.labels[:, FOUND.views.index("sums-0")]
    assert sums == 1
    assert stories == 0.25  # Base10 of Addition, Base10, ProcedureExecution, VisualRecognition


def test_a_template_like_a_view_that_is_left_out_is_left_out_with_it() -> None:
    assert FOUND.find_foreign({"sums-0"}).tolist() == STORY_ROWS


def test_a_template_with_the_labels_of_a_left_out_view_is_left_out_though_others_are_nearer() -> (
    None
):
    assert FOUND.find_foreign({"sums-2"}).tolist() == STORY_ROWS


def test_templates_unlike_the_views_left_out_are_kept() -> None:
    left_out = {"clocks-0", "clocks-1", "clocks-2"} - {FOUND.nearest[0]}
    assert FOUND.find_foreign(left_out).tolist() == SUM_ROWS + STORY_ROWS
