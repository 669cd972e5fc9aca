import pytest

from rag.answer.checking.borrowed import beside_table, borrowed, strayed

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


def test_a_quote_that_names_nobody_else_may_be_given_the_name_that_its_article_has() -> None:
    sentence = "The gallery of the San Telmo mine gave way at 620 metres."
    roof, dead = "The roof of a gallery gave way at 620 metres.", "Nine miners died on Sunday in San Telmo."
    assert borrowed(sentence, [roof, dead]) == borrowed(sentence, [roof, dead], ["one", "two"]) == "San Telmo"
    assert not borrowed(sentence, [roof, dead], ["one", "one"])
    # One that names somebody else is on that one, whatever else its article names.
    assert borrowed("Members elected Karl Voss to lead the port union.", [ELECTED, REPLACES], ["one", "one"]) == "Karl Voss"


def test_a_name_beside_a_table_is_not_given_the_tables_numbers() -> None:
    table = "Trade between Latin America and Asia:\n| Year | Trade |\n| 2022 | 190 |"
    beside = "Brazil seeks deeper trade with China and Japan."
    assert beside_table("Trade with Japan was 190 billion in 2022.", [table], [beside]) == "japan"
    assert not beside_table("Trade with Asia was 190 billion in 2022.", [table], [beside])
    assert not beside_table("Brazil seeks trade with Japan.", [table], [beside])
