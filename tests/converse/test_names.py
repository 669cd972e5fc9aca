from __future__ import annotations

import pytest

from rag.converse.names import Kind, fuller, names_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Who endorsed Rebeca Grynspan?", [("Rebeca Grynspan", Kind.PERSON, "f")]),
        ("Did Costa Rica sign the Escazú Agreement?", [("Costa Rica", Kind.PLACE, ""), ("Escazú Agreement", Kind.THING, "")]),
        ("Mexican Environment Minister Alicia Bárcena spoke.", [("Alicia Bárcena", Kind.PERSON, "f")]),
        ("Dockers want more pay.", []),
        ("What did the Bank of England say in May?", [("Bank of England", Kind.GROUP, "")]),
        ("Who leads Theresa May's party?", [("Theresa May", Kind.PERSON, "f")]),
        ("¿Qué prometió Lula da Silva en Brasil?", [("Lula da Silva", Kind.PERSON, "m"), ("Brasil", Kind.PLACE, "")]),
        (
            "The UN chief met Ms Moreau in Geneva.",
            [("UN", Kind.GROUP, ""), ("Moreau", Kind.PERSON, "f"), ("Geneva", Kind.PLACE, "")],
        ),
        ("WHO WON?", []),
        ("", []),
    ],
)
def test_names_and_what_they_name(text: str, expected: list[tuple[str, Kind, str]]) -> None:
    found = names_in(text)
    assert [(name.text, name.kind, name.gender) for name in found] == expected
    assert all(text[name.start : name.end] == name.text for name in found)


def test_a_surname_is_known_by_the_full_name_elsewhere() -> None:
    around = ["Rodrigo Chaves endorsed Rebeca Grynspan."]
    (name,) = names_in("What did Grynspan say?", around=around)
    assert (name.kind, name.gender) == (Kind.PERSON, "f")
    assert fuller(name, around) == "Rebeca Grynspan"
