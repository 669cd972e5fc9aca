from __future__ import annotations

import pytest

from rag.answer.checking.reading import read
from rag.answer.kinds import Kinds


@pytest.mark.parametrize(
    ("question", "line", "is_held"),
    [
        ("Which naturalist counts the bees?", "The census is run by Odile Brandt.", True),
        ("Which naturalist counts the bees?", "The census is run every spring.", False),
        ("What sum was set aside for the locks?", "The board put aside 18 million crowns.", True),
        ("What sum was set aside for the locks?", "The board put money aside.", False),
        ("On what day does it open?", "It opens on 3 March.", True),
        ("¿En qué ciudad se reunieron?", "Se reunieron en Duneport.", True),
        ("How many votes did Quiroga receive?", "Quiroga received 45.5%.", False),
        ("How many votes did Quiroga receive?", "Quiroga received 45.5% or 2,783,000 votes.", True),
        ("What percentage did Quiroga receive?", "Quiroga received 45.5%.", True),
        ("What share of the votes did Paz win?", "Paz won the runoff on October 19.", False),
        ("What was the turnout in the runoff?", "Paz won the runoff on October 19.", False),
        ("What was the turnout in the runoff?", "Paz won the runoff with 3.3 million votes.", False),
        ("What was the turnout in the runoff?", "Of those with a vote 61 percent went.", True),
        ("How many votes did Paz get?", "Paz won at 21:40 on 19 October 2025.", False),
        ("How many votes did Paz get?", "Paz won on October 19th with 2,019,411.", True),
        ("How many miners died?", "Thirteen miners died on 11 August.", True),
        ("How old was Paz?", "Paz was born in 1967.", True),
        ("How long did the war last?", "The war lasted from 1914 to 1918.", True),
    ],
)
def test_a_sentence_holds_what_is_asked_for_or_not(question: str, line: str, is_held: bool) -> None:
    assert all(Kinds(question).held(line)) is is_held


@pytest.mark.parametrize(
    ("question", "line", "is_exact"),
    [
        ("How many miners died?", "Nine miners died.", True),
        ("How many miners died?", "The mine has nine levels.", False),
        ("How much does a berth cost?", "A berth costs 59 euros.", True),
        ("How much does a berth cost?", "There are 59 berths.", False),
        ("How long is the border?", "They share over 900 kilometres of border.", True),
        ("What share of the votes did Paz win?", "Paz achieved 54.53% popular support.", True),
        ("How long is the border?", "It was the first meeting of 25 ministers.", False),
    ],
)
def test_a_number_is_of_what_is_counted_or_measured(question: str, line: str, is_exact: bool) -> None:
    assert Kinds(question).is_exact(line, read(line)) is is_exact


@pytest.mark.parametrize(
    ("question", "line", "is_wanting"),
    [
        ("Why did Chaves endorse Grynspan?", "Chaves endorsed Grynspan.", True),
        ("Why did the crews walk out?", "The crews walked out because the offer was low.", False),
        ("¿Por qué canceló Kast su viaje?", "Kast viajó a Quito.", True),
        ("What set the cannery on fire?", "The fire broke out at 23:40 in the packing hall.", True),
        ("What set the cannery on fire?", "The fire was caused by a fryer.", False),
        ("What sparked the strike?", "The strike began on Monday.", True),
        ("What sparked the strike?", "The union struck in rejection of a decree.", False),
        ("What triggered the rise?", "The decree triggered a rise of prices.", False),
        ("¿Cuál fue la participación en la segunda vuelta?", "Paz ganó la segunda vuelta con el 54 %.", True),
        (
            "¿Cuál fue la participación en la segunda vuelta?",
            "Acudió a las urnas, con una participación del 61 %, la mayoría.",
            False,
        ),
        ("What did van Klaveren say about the meeting?", "Aramayo will meet Alberto van Klaveren.", True),
        ("What did van Klaveren say about the meeting?", "Alberto van Klaveren said the meeting would help.", False),
        ("What percentage did Ferro get?", "Ferro came in first.", True),
        ("What percentage did Ferro get?", "Ferro got 52.4 percent.", False),
        ("What percentage did Lula get?", "The winner Quiroga received 45.5%.", True),
        ("What percentage did Ferro get?", "She took 52.4 percent.", False),
        ("What was the turnout?", "Quiroga received 45.5%.", True),
        ("What was the turnout?", "61 percent of the voters came.", False),
        ("Who won?", "It rained.", False),
    ],
)
def test_a_reason_a_share_and_somebodys_words_must_be_there(question: str, line: str, is_wanting: bool) -> None:
    assert Kinds(question).is_wanting([line]) is is_wanting


@pytest.mark.parametrize(
    ("question", "text", "is_valued"),
    [
        ("How many miners died?", "Thirteen miners died.", True),
        ("How many miners died?", "Dozens of miners died.", True),
        ("How many miners died?", "Miners died on 11 August 2025.", False),
        ("How much of the harvest was lost?", "Half of it was lost.", True),
        ("How much is the ferry?", "The ferry is free.", True),
        ("¿Cuántos mineros murieron?", "Decenas de mineros murieron.", True),
        ("¿Cuántos mineros murieron?", "Murieron dieciséis mineros.", True),
        ("¿Cuántos mineros murieron?", "Murieron mineros el 11 de AGOSTO de 2025.", False),
        ("When did it end?", "It ended on Monday.", True),
        ("When did it end?", "It ended at last.", False),
        ("Who won?", "Somebody won.", True),
    ],
)
def test_an_answer_has_the_amount_or_the_day_that_is_asked_for(question: str, text: str, is_valued: bool) -> None:
    assert Kinds(question).is_valued(text) is is_valued
