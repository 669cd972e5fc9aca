"""What a reader chose in the settings, as the assistant takes it and as the page says it."""

from __future__ import annotations

from datetime import date

import pytest

from rag.manner import Depth, Manner
from rag.types import ANY, Filter
from tests.ui.page_html import parse
from tests.ui.test_app import in_loop, laid_out
from tests.ui.test_render import HOSTILE
from ui.wish import Wish, wish_html, wish_of


def test_what_the_components_hold_becomes_a_wish() -> None:
    assert wish_of(None, None, None, None) == wish_of("", " ", "", "normal") == Wish()
    found = wish_of("extractive", " 2025-03-31 ", "es", "deep")
    assert found == Wish("extractive", date(2025, 3, 31), Manner("es", Depth.DEEP))


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (("", "soon", "", ""), "soon is no day; write it like 2025-03-31"),
        (("", "", "xx", ""), "choose en, es or fr"),
        (("", "", "", "all"), "choose quick, normal or deep"),
    ],
)
def test_what_is_none_of_the_choices_is_told(sent: tuple[str, str, str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        wish_of(*sent)


def test_only_what_differs_is_asked_for_and_said() -> None:
    usual = Wish("local:m")
    assert usual.how(ANY, configured="local:m") == {}
    assert wish_html(usual, configured="local:m") == ""
    other = Wish("extractive", date(2025, 3, 31), Manner("es", Depth.QUICK))
    where = Filter(publishers=("The Post",))
    assert other.how(where, configured="local:m") == {"where": where, "llm": "extractive", "manner": other.manner}
    said = parse(wish_html(other, configured="local:m")).one(cls="wish-line").text
    assert said == "Settings: answered by extractive, in Spanish, quick reading, as of 31 March 2025"
    assert parse(wish_html(Wish(HOSTILE), configured="")).one(tag="strong").text == f"answered by {HOSTILE}"


@in_loop
async def test_the_browser_s_choices_come_back_as_far_as_they_are_still_there() -> None:
    tab = laid_out()._settings
    back = tab._greet({"model": "extractive", "language": "fr", "depth": "deep"})
    assert (back[tab.language], back[tab.depth]) == ("fr", "deep")
    assert back[tab.model].value == "extractive"
    for broken in (None, "x", {"model": "gone", "language": "xx", "depth": 7}):
        back = tab._greet(broken)
        assert tab.language not in back
        assert tab.depth not in back
    assert tab._keep("a", None, "deep") == {"model": "a", "language": "", "depth": "deep"}
