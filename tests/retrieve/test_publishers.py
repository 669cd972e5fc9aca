import pytest

from rag.retrieve.publishers import PublisherNames

LIBRARY = (
    "TechCrunch",
    "The Verge",
    "The Age",
    "Fortune",
    "The Guardian",
    "Cnbc | World Business News Leader",
    "BBC News - Entertainment & Arts",
    "The New York Times",
    "CBSSports.com",
    "The Independent - Life and Style",
    "The Independent - Sports",
    "Sporting News",
    "El País",
    "Agence France-Presse",
    "",
)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("Did TechCrunch's report differ?", ["TechCrunch"]),
        ("as reported by 'The Verge' and The Age", ["The Verge", "The Age"]),
        ("What does the Verge say?", ["The Verge"]),
        ("What did Verge’s review find?", ["The Verge"]),
        ("What does CNBC say?", ["Cnbc | World Business News Leader"]),
        ("What does Cnbc | World Business News Leader say?", ["Cnbc | World Business News Leader"]),
        ("What does the BBC say?", ["BBC News - Entertainment & Arts"]),
        ("According to the NYT", ["The New York Times"]),
        ("a CBSSports article", ["CBSSports.com"]),
        ("a CBSSports.com article", ["CBSSports.com"]),
        ("The Independent wrote", ["The Independent - Life and Style", "The Independent - Sports"]),
        ("The Independent - Sports wrote", ["The Independent - Sports"]),
        ("¿Qué dice EL PAIS?", ["El País"]),
        ("according to fortune", ["Fortune"]),
        ("what the guardian reported", ["The Guardian"]),
        ("the new york times on rents", ["The New York Times"]),
        ("Agence France Presse", ["Agence France-Presse"]),
        ("AFP reported", ["Agence France-Presse"]),
    ],
)
def test_names_aliases_and_possessives(question: str, named: list[str]) -> None:
    assert list(PublisherNames(LIBRARY).named_in(question)) == named


@pytest.mark.parametrize(
    "question",
    [
        "At the age of nine he made a fortune",
        "on the verge of war, an independent guardian of the times",
        "Age matters",  # alone it is a word
        "a bbc and a nyt",  # initials in small letters are no name
        "",
    ],
)
def test_the_same_words_in_another_sense_name_nobody(question: str) -> None:
    assert PublisherNames(LIBRARY).named_in(question) == ()


def test_a_library_without_publishers_names_none() -> None:
    assert PublisherNames(("", "  ")).named_in("What does the BBC say?") == ()
