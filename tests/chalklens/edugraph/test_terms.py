import pytest

from chalklens.edugraph.ontology import Ontology
from chalklens.edugraph.terms import MAX_TERM_CHARS, TermIndex, local_name


@pytest.fixture(scope="module")
def index() -> TermIndex:
    return TermIndex(Ontology.load())


@pytest.mark.parametrize(
    "written",
    [
        "Base10",
        " Base10 ",
        '"Base10"',
        "`Base10`",
        "**Base10**",
        "Base10.",
        "edu:Base10",
        ":Base10",
        "http://edugraph.io/edu/Base10",
        "http://edugraph.io/edu#Base10",
        "<https://edugraph.io/edu#Base10>",
        "Base10 (Scope)",
        "Scope/Base10",
    ],
)
def test_every_way_to_name_a_concept_has_one_local_name(written: str) -> None:
    assert local_name(written) == "Base10"


def test_a_very_long_term_is_cut() -> None:
    assert len(local_name("x" * 100_000)) == MAX_TERM_CHARS + 1


@pytest.mark.parametrize(
    ("written", "id_"),
    [
        ("numbers smaller 20", "NumbersSmaller20"),
        ("NUMBERS_SMALLER_20", "NumbersSmaller20"),
        ("number-line", "Numberline"),
        ("addition", "Addition"),
    ],
)
def test_case_and_separators_do_not_matter(index: TermIndex, written: str, id_: str) -> None:
    assert index.find(written).id == id_


@pytest.mark.parametrize(
    ("written", "id_"),
    [
        ("Additon", "Addition"),
        ("Substraction", "Subtraction"),
        ("DecimalPrecision", "DecimalPrecission"),  # the id itself is misspelt
        ("ProcedureUnderstandings", "ProcedureUnderstanding"),
        ("CentimetreScale", "CentimeterScale"),
        ("UnitFraction", "UnitFractions"),
        ("IntegerMultiplicaton", "Multiplication"),  # misspelt and old
    ],
)
def test_close_misspellings_are_repaired(index: TermIndex, written: str, id_: str) -> None:
    assert index.find(written).id == ""
    assert index.resolve(written).id == id_


@pytest.mark.parametrize(
    "written",
    [
        "NumbersSmaller50",  # another number
        "NumbersSmaller10000000",
        "NumbersWithDecimals",  # not Without...
        "NumbersWithoutFractions",
        "IrregularPolygon",
        "SixOperands",
        "NumericQuality",  # as near to Equality as to nothing else, but another word
        "Foo",
        "Counting",
        "",
        "…",
        "12",
    ],
)
def test_what_could_mean_something_else_stays_unknown(index: TermIndex, written: str) -> None:
    assert index.resolve(written).name == ""


def test_two_ids_as_near_as_each_other_are_no_repair(index: TermIndex) -> None:
    assert index.resolve("SoutheWest").name in ("", "Southwest")
    assert index.resolve("Southxest").name == ""


def test_every_id_is_found_as_itself(index: TermIndex) -> None:
    for id_ in Ontology.load().concepts:
        found = index.resolve(id_)
        assert (found.id, found.name, found.vocabulary) == (id_, id_, "0.21.0")
        assert index.find(id_.upper()).id == id_


def test_old_ids_are_told_apart(index: TermIndex) -> None:
    mapped, retired = index.resolve("IntegerDivision"), index.resolve("FractionAddition")
    assert (mapped.id, mapped.vocabulary) == ("Division", "0.4.0")
    assert (retired.id, retired.name, retired.vocabulary) == ("", "FractionAddition", "0.4.0")
    assert index.resolve("IntegersWithZero").vocabulary == "0.6.0"


def test_suggestions_are_ids_that_exist_nearest_first(index: TermIndex) -> None:
    suggested = index.suggest("multiplicaton")
    assert suggested[0] == "Multiplication"
    assert len(suggested) == 5
    assert all(id_ in Ontology.load() for id_ in suggested)
