"""The names of months and days of the week, in English and Spanish, folded."""

from __future__ import annotations

MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan enero ene|february feb febrero|march mar marzo|april apr abril abr|may mayo|june jun junio|july jul julio|"
        "august aug agosto ago|september sept sep septiembre setiembre|october oct octubre|november nov noviembre|"
        "december dec diciembre dic".split("|"),
        1,
    )
    for name in names.split()
}
"""Numbers from 1, by name."""

WEEKDAYS = {
    name: number
    for number, names in enumerate(
        "monday lunes|tuesday martes|wednesday miercoles|thursday jueves|friday viernes|saturday sabado|sunday domingo".split(
            "|"
        )
    )
    for name in names.split()
}
"""Numbers from 0, Monday, by name."""
