"""Facts about what is calculated on a page: operands, operators, unknowns, answers, sequences.

How it is used: `measure_expressions(page)` -> one value from 0 to 1 per name. What it leaves out:
whether a calculation is worth doing.
"""

from collections.abc import Sequence
from fractions import Fraction

from chalklens.labelling.expressions import Expression, NumberSequence
from chalklens.labelling.number_facts import Facts, scale_count, share
from chalklens.labelling.page_numbers import PageNumbers

OPERATORS = {"plus": "+", "minus": "-", "times": "×", "divide": "÷", "blank": "?"}
STEPS = (1, 2, 5, 10)


def measure_expressions(page: PageNumbers) -> Facts:
    """Return the facts, always under the same names."""
    expressions = page.expressions
    return (
        _operand_counts(expressions)
        | _operator_facts(expressions)
        | _relation_facts(expressions)
        | _unknown_facts(expressions)
        | _sequence_facts(page.sequences)
        | _bare_facts(page)
    )


def _working(expressions: Sequence[Expression]) -> list[Expression]:
    return [e for e in expressions if e.operators]


def _operand_counts(expressions: Sequence[Expression]) -> Facts:
    counts = [e.operand_count for e in _working(expressions)]
    total = len(counts)
    facts = {f"operands_{n}": float(n in counts) for n in (2, 3, 4)}
    facts |= {f"operands_{n}_share": share(counts.count(n), total) for n in (2, 3)}
    return facts | {
        "operands_5_or_more": float(any(n >= 5 for n in counts)),
        "operands_most_3": float(max(counts, default=0) == 3),
        "operands_most_4": float(max(counts, default=0) == 4),
        "expression_count": scale_count(len(expressions), 16),
        "expression_single": float(total == 1),
        "expression_three_or_more": float(total >= 3),
    }


def _operator_facts(expressions: Sequence[Expression]) -> Facts:
    signs = [sign for e in expressions for sign in e.operators]
    facts = {f"operator_{name}": float(sign in signs) for name, sign in OPERATORS.items()}
    facts |= {
        f"operator_{name}_share": share(signs.count(sign), len(signs))
        for name, sign in OPERATORS.items()
        if name != "blank"
    }
    working = _working(expressions)
    return facts | {
        "operators_mixed": float(any(len(set(e.operators)) > 1 for e in working)),
        "brackets": float(any("(" in e.text for e in working)),
        "column_arithmetic": float(any(e.column for e in expressions)),
        "sign_put_back": float(any(e.implied for e in expressions)),
        "operands_equal": float(any(_repeats(e) for e in working)),
        "operands_fractions": float(any(_has_form(e, ("fraction", "mixed")) for e in working)),
        "operands_decimals": float(any(_has_form(e, ("decimal",)) for e in working)),
        "operands_with_units": float(any(o.unit for e in working for o in e.operands)),
    }


def _repeats(expression: Expression) -> bool:
    values = [o.value for o in expression.operands]
    return len(values) > 1 and None not in values and len(set(values)) == 1


def _has_form(expression: Expression, forms: Sequence[str]) -> bool:
    return any(o.number is not None and o.number.form in forms for o in expression.operands)


def _relation_facts(expressions: Sequence[Expression]) -> Facts:
    relations = {sign for e in expressions for sign in e.relations}
    equations = [e for e in _working(expressions) if "=" in e.relations]
    both = [e for e in equations if sum(bool(side.operators) for side in e.sides) > 1]
    plain = [e for e in expressions if not e.operators and "=" in e.relations]
    return {
        "equations": scale_count(len(equations), 16),
        "relation_less": float("<" in relations),
        "relation_greater": float(">" in relations),
        "relation_about": float(bool(relations & {"≈", "≠"})),
        "operators_on_both_sides": float(bool(both)),
        "equal_numbers": float(bool(plain)),
        "true_equation": float(any(_truth(e) is True for e in equations)),
        "false_equation": float(any(_truth(e) is False for e in equations)),
    }


def _truth(expression: Expression) -> bool | None:
    """Whether an equation holds; None when something in it is unknown."""
    values = [side.value for side in expression.sides]
    if None in values or set(expression.relations) != {"="}:
        return None
    return len(set(values)) == 1


def _unknown_facts(expressions: Sequence[Expression]) -> Facts:
    working = _working(expressions)
    places = [place for e in working for place in _unknown_places(e)]
    solved = [e for e in working if e.relations and not _unknown_places(e)]
    return {
        "unknown_result": float("result" in places),
        "unknown_first": float("first" in places),
        "unknown_later": float("later" in places),
        "unknown_operand_share": share(len(places) - places.count("result"), len(places)),
        "blank_operand": float(any(o.blank for e in working for o in e.operands)),
        "solved_share": share(len(solved), len(working)),
        "all_solved": float(bool(working) and len(solved) == len(working)),
    }


def _unknown_places(expression: Expression) -> list[str]:
    places: list[str] = []
    for side in expression.sides:
        if not side.operators:
            places += ["result" for o in side.operands if o.number is None]
            continue
        places += [
            "first" if i == 0 else "later" for i, o in enumerate(side.operands) if o.number is None
        ]
    return places


def _sequence_facts(sequences: Sequence[NumberSequence]) -> Facts:
    rows = [s for s in sequences if not s.upright]
    steps = {abs(s.step) for s in sequences if s.step is not None}
    facts = {f"step_{n}": float(Fraction(n) in steps) for n in STEPS}
    return facts | {
        "sequence_rows": scale_count(len(rows), 16),
        "sequence_columns": scale_count(len(sequences) - len(rows), 16),
        "sequence_gap": float(any(s.gaps for s in rows)),
        "sequence_longest": min(1.0, max((len(s.values) for s in rows), default=0) / 12),
        "sequence_from_zero": float(any(s.values[:1] == (Fraction(0),) for s in rows)),
        "axis": float(any(s.upright and s.step for s in sequences)),
        "list_unordered": float(any(s.step is None and len(set(s.values)) > 2 for s in rows)),
    }


def _bare_facts(page: PageNumbers) -> Facts:
    """Pages that show nothing but a few numbers, and rows of two."""
    content = [n for n in page.numbers if not n.ordinal]
    bare = bool(page.fragments) and all(f.signs_only for f in page.fragments)
    pairs = [row for row in page.rows if len(row) == 2 and all(len(f.tokens) == 1 for f in row)]
    pairs = [row for row in pairs if all(f.tokens[0].token.number for f in row)]
    equal = any(row[0].tokens[0].token.text == row[1].tokens[0].token.text for row in pairs)
    return {
        "only_numbers": float(bare),
        "only_2_numbers": float(bare and len(content) == 2),
        "number_pair": float(bool(pairs)),
        "number_pair_equal": float(equal),
    }
