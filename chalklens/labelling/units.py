"""Units of measure on elementary worksheets: their names, abbreviations, kinds and systems.

How it is used: `UNIT_NAMES` (words that are units wherever they stand), `ABBREVIATIONS` (only after
a number), `UNIT_KINDS` (unit -> what it measures, and in which system). What it leaves out: values
and conversion.
"""

from typing import Final

UNIT_KINDS: Final[dict[str, str]] = {
    "millimeter": "length_metric",
    "centimeter": "length_metric",
    "meter": "length_metric",
    "kilometer": "length_metric",
    "inch": "length_customary",
    "foot": "length_customary",
    "yard": "length_customary",
    "mile": "length_customary",
    "unit": "length_abstract",
    "gram": "mass",
    "kilogram": "mass",
    "ounce": "mass",
    "pound": "mass",
    "milliliter": "volume",
    "liter": "volume",
    "cup": "volume",
    "pint": "volume",
    "quart": "volume",
    "gallon": "volume",
    "second": "time",
    "minute": "time",
    "hour": "time",
    "day": "time",
    "week": "time",
    "month": "time",
    "year": "time",
    "$": "money",
    "¢": "money",
    "€": "money",
    "£": "money",
    "coin": "money",
    "°": "angle",
    "°C": "temperature",
    "°F": "temperature",
    "%": "percent",
}
"""What each unit measures. A metric and a customary system, as in the Common Core standards for
grades K-4 (2.MD, 3.MD, 4.MD)."""

_PLURALS = {"inch": "inches", "foot": "feet"}
_BRITISH = {
    "metre": "meter", "centimetre": "centimeter", "millimetre": "millimeter",
    "kilometre": "kilometer", "litre": "liter", "millilitre": "milliliter",
    "kilogramme": "kilogram", "gramme": "gram",
}  # fmt: skip
_NOT_ALONE = frozenset({"second", "unit", "foot", "pound", "cup", "day", "mile"})
"""Singulars that are common words too; they are units after a number or in the plural."""


def _name_units() -> dict[str, str]:
    names: dict[str, str] = {}
    for unit in UNIT_KINDS:
        if unit.isalpha():
            names[_PLURALS.get(unit, f"{unit}s")] = unit
            if unit not in _NOT_ALONE:
                names[unit] = unit
    for spelling, unit in _BRITISH.items():
        names |= {spelling: unit, f"{spelling}s": unit}
    return names | {"dollar": "$", "dollars": "$", "cent": "¢", "cents": "¢", "degrees": "°"}


UNIT_NAMES: Final[dict[str, str]] = _name_units()

ABBREVIATIONS: Final[dict[str, str]] = {
    "mm": "millimeter",
    "cm": "centimeter",
    "m": "meter",
    "km": "kilometer",
    "in": "inch",
    "ft": "foot",
    "yd": "yard",
    "mi": "mile",
    "g": "gram",
    "kg": "kilogram",
    "oz": "ounce",
    "lb": "pound",
    "lbs": "pound",
    "ml": "milliliter",
    "l": "liter",
    "c": "¢",
    "s": "second",
    "sec": "second",
    "min": "minute",
    "mins": "minute",
    "h": "hour",
    "hr": "hour",
    "hrs": "hour",
    "degree": "°",
} | {unit: unit for unit in _NOT_ALONE}
