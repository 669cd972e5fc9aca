import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.ingest.pipeline import ingest
from rag.ports import Embedder
from rag.retrieve.lexical import LexicalRetriever
from rag.retrieve.spelling import edit_distance, nearest_spelling
from rag.store.library import Library
from rag.types import Article

WORDS = st.text("abc", max_size=6)


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("form", "from", 1), ("ca", "abc", 3), ("grynspan", "grinspam", 2)],
)
def test_hand_worked_distances(one: str, other: str, edits: int) -> None:
    assert edit_distance(one, other, most=5) == edits
    assert edit_distance(one, other, most=1) == min(edits, 2)


@given(WORDS, WORDS)
def test_distance_is_symmetric_bounded_and_zero_only_for_equals(one: str, other: str) -> None:
    edits = edit_distance(one, other, most=9)
    assert edits == edit_distance(other, one, most=9)
    assert abs(len(one) - len(other)) <= edits <= max(len(one), len(other))
    assert (edits == 0) == (one == other)


def test_a_misspelt_word_finds_what_the_library_writes(library: Library, harbour: list[Article], embedder: Embedder) -> None:
    list(ingest(harbour, library, embedder, tokens=100))
    lexical = LexicalRetriever(library.index, next(library.index.views()))
    right = lexical.rank("valparaiso", k=3)
    assert right
    assert lexical.rank("valpariaso", k=3) == right
    assert nearest_spelling("valparziso", library.index) == "valparaiso"


@pytest.mark.parametrize("term", ["rain", "zzzzzzzz", "va1paraiso", ""])
def test_short_strange_and_numbered_words_stay_as_they_are(
    library: Library, harbour: list[Article], embedder: Embedder, term: str
) -> None:
    list(ingest(harbour, library, embedder, tokens=100))
    assert nearest_spelling(term, library.index) == ""
