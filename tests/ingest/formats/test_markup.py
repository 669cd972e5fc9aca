"""Hidden elements, and trees as plain lines."""

import pytest

from rag.errors import InputError
from rag.ingest.formats.markup import drop_hidden, load_tree, plain_lines


def shown(body: str) -> str:
    tree = load_tree(f"<html><head><title>T</title></head><body>{body}</body></html>")
    drop_hidden(tree)
    return " ".join(plain_lines(tree).split())


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>no</p>",
        '<p style="color:red; Display : NONE">no</p>',
        '<p style="visibility:hidden">no</p>',
        '<p style="font-size:0">no</p>',
        '<p style="position:absolute;left:-9999px">no</p>',
        '<p class="x sr-only">no</p>',
        "<template><p>no</p></template>",
        "<noscript><p>no</p></noscript>",
        "<div hidden><p style='display:none'>no</p></div>",
        "<!-- no -->",
    ],
)
def test_hidden_text_goes_and_the_text_after_it_stays(hidden: str) -> None:
    assert shown(f"<p>a</p>{hidden}b") == "a b"


@pytest.mark.parametrize(
    "style", ["font-size:0.9em", "font-size:01px", "display:block", "opacity:0", "margin-left:-10px", "font-size:10px"]
)
def test_visible_text_stays(style: str) -> None:
    assert shown(f'<p style="{style}">yes</p>') == "yes"


def test_whole_body_is_never_hidden() -> None:
    tree = load_tree('<html><body style="visibility:hidden"><p>yes</p></body></html>')
    drop_hidden(tree)
    assert plain_lines(tree).strip() == "yes"


def test_text_found_by_search_stays() -> None:
    assert shown('<p hidden="until-found">yes</p>') == "yes"


def test_what_is_not_html_is_refused() -> None:
    with pytest.raises(InputError, match="not HTML"):
        load_tree("")
