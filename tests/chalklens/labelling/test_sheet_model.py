"""From pages to labels: a model made by hand, and the weights that ship."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from chalklens.edugraph.ontology import Ontology
from chalklens.labelling.decision import MIN_REPORTED, find_contradictions
from chalklens.labelling.model_files import FILES, load_model
from chalklens.labelling.observations import Page
from chalklens.labelling.sheet_model import SheetModel
from chalklens.labelling.worker import WEIGHTS
from tests.chalklens.labelling.sheets import CLOCKS, SUMS, make_reading, make_texts, to_picture
from tests.chalklens.labelling.small_model import make_model, make_pages

MAX_BYTES = 60 * 10**6
SMALL = make_model()


def draw(text: str) -> Page:
    """A page that shows its text in black on white, and what was read on it."""
    image = Image.new("RGB", (480, 360), "white")
    ImageDraw.Draw(image).text((20, 20), text, fill="black", font=ImageFont.load_default(16))
    return Page(to_picture(image), make_reading(text))


def test_pages_get_the_labels_of_pages_like_them() -> None:
    for found, (_, _, labels) in zip(SMALL.label(make_pages()), make_texts(), strict=True):
        assert found.labels.ids == labels
        assert set(found.confidence) == set(labels)
        assert not found.unsupported


def test_chosen_labels_have_their_probability_and_evidence() -> None:
    [page] = make_pages()[:1]
    [found] = SMALL.label([page])
    assert set(found.evidence) == set(found.labels.ids)
    assert found.evidence["Addition"][0].text in page.reading.text
    for label, probability in found.confidence.items():
        assert found.probabilities[label] == probability
    assert all(p >= MIN_REPORTED for p in found.probabilities.values())


def test_a_page_without_a_word_is_unsupported() -> None:
    blank = to_picture(Image.new("RGB", (32, 32), "white"))
    [found] = SMALL.label([Page(blank, make_reading("-- . --"))])
    assert found.unsupported
    assert (found.labels.ids, found.probabilities, found.evidence) == ((), {}, {})


def test_a_page_that_looks_like_a_training_page_is_labelled_whatever_its_text() -> None:
    picture = make_pages()[0].picture
    [found] = SMALL.label([Page(picture, make_reading("-- . --"))])
    assert not found.unsupported
    assert found.labels.ids


def test_a_batch_gives_what_single_pages_give() -> None:
    pages = make_pages()[:3]
    assert SMALL.label(pages) == [SMALL.label([page])[0] for page in pages]


def test_the_look_of_a_page_counts_when_it_was_seen() -> None:
    pages = make_pages()
    [familiar] = SMALL.judge(SMALL.observer.observe(pages[:1]))[1]
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    strange = Page(to_picture(Image.fromarray(noise)), pages[0].reading)
    [share] = SMALL.judge(SMALL.observer.observe([strange]))[1]
    assert share < familiar


def test_labels_are_named_by_dimension() -> None:
    first, *_, last = SMALL.label(make_pages())
    assert (first.labels.areas, first.labels.scopes, first.labels.abilities) == tuple(
        (label,) for label in SUMS
    )
    assert last.labels.areas == CLOCKS[:1]


# What follows needs the weights that ship.


@pytest.fixture(scope="module")
def shipped() -> SheetModel:
    return load_model(WEIGHTS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Solve the addition problem.\n8 + 5 =", {"Addition", "ProcedureExecution"}),
        ("Find the difference.\n14 - 6 =", {"Subtraction"}),
        ("What time does the clock show?\n3:30\n4:00", {"MeasuringTime"}),
        ("What fraction of the shape is shaded?\n1/4\n3/4", {"FractionNotation"}),
    ],
)
def test_simple_pages_get_the_labels_a_teacher_would_expect(
    shipped: SheetModel, text: str, expected: set[str]
) -> None:
    [found] = shipped.label([draw(text)])
    assert expected <= set(found.labels.ids)
    assert not found.unsupported
    assert all(0 < p <= 1 for p in found.confidence.values())
    assert set(found.confidence) == set(found.labels.ids)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-- . --",
        "The old lighthouse keeper walked slowly down the winding stairs.\nOutside, the wind had "
        "begun to howl, and the waves broke\nagainst the rocks like distant thunder.",
        "def main(argv=None):\n    parser = argparse.ArgumentParser()\n    return serve(parser)",
        "Breaking news: Parliament approves the new budget after\na long debate. The minister said "
        "that the opposition\nhad been consulted.",
    ],
)
def test_pages_that_are_not_mathematics_are_unsupported(shipped: SheetModel, text: str) -> None:
    [found] = shipped.label([draw(text)])
    assert found.unsupported
    assert found.labels.ids == ()


def test_every_label_that_ships_is_a_concept_of_its_dimension(shipped: SheetModel) -> None:
    ontology = Ontology.load()
    assert shipped.ontology == ontology.version
    for id_ in shipped.rule.labels:
        assert ontology[id_].dimension.lower() == shipped.dimensions[id_]


def test_the_contradictions_that_ship_are_those_of_the_ontology(shipped: SheetModel) -> None:
    assert shipped.rule.contradictions == find_contradictions(shipped.rule.labels)


def test_what_ships_is_small_and_holds_no_code() -> None:
    files = sorted(file.name for file in WEIGHTS.iterdir())
    assert files == sorted((*FILES, "MODEL_CARD.md"))
    assert sum(file.stat().st_size for file in WEIGHTS.iterdir()) <= MAX_BYTES


def test_the_model_card_names_the_revision_that_ships(shipped: SheetModel) -> None:
    assert shipped.revision in (WEIGHTS / "MODEL_CARD.md").read_text("utf-8")
