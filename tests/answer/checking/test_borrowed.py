import pytest

from rag.answer.checking.borrowed import borrowed, strayed

ELECTED = "Members elected Ines Moreau to lead the port union."
REPLACES = "She replaces Karl Voss, who held it for nine years."


@pytest.mark.parametrize(
    ("sentence", "quotes", "taken"),
    [
        ("Members elected Karl Voss to lead the port union.", [ELECTED, REPLACES], "Karl Voss"),
        ("Members elected Ines Moreau to lead the port union.", [ELECTED, REPLACES], ""),
        ("Members elected Karl Voss to lead the port union.", [ELECTED], ""),  # the check of names sees to that
        ("The port of Leeds handled 400 ships in May.", ["The port of Leeds handled ships in May.", "Pay rose by 400."], "400"),
        # A sentence that joins what two quotes tell each.
        (
            "Boric will travel to Seoul, and Kast met Jerí in Lima.",
            ["Boric will travel to Seoul.", "Kast met Jerí in Lima."],
            "",
        ),
        ("", [ELECTED, REPLACES], ""),
    ],
)
def test_what_a_sentence_takes_from_another_quote(sentence: str, quotes: list[str], taken: str) -> None:
    assert borrowed(sentence, quotes) == taken


def test_a_number_of_another_matter_in_another_article_has_strayed() -> None:
    lula = ("one", "Vote in Brazil. The runoff is between Jair Bolsonaro and Lula da Silva.")
    quiroga = ("two", "Vote in Bolivia. His opponent, Jorge Quiroga, received 45.5%.")
    sentence = "Lula received 45.5% against Bolsonaro."
    assert strayed(sentence, [quiroga, lula]) == "45.5"
    assert not strayed("Quiroga received 45.5% in Bolivia.", [quiroga, lula])
    assert not strayed(sentence, [quiroga])
    assert not strayed("Lula and Quiroga were 45.5% apart.", [quiroga, lula])
