"""What a reader of a page does not see is dropped, and kept to be shown; what they see stays."""

import pytest

from rag.ingest.formats.hidden import drop_hidden
from rag.ingest.formats.markup import load_tree, plain_lines

LONG = "<p>" + "The strike at the harbour ended on Monday after twelve days, the union said. " * 4 + "</p>"


def read(body: str, head: str = "") -> tuple[str, list[str]]:
    tree = load_tree(f"<html><head>{head}</head><body>{LONG}{body}</body></html>")
    removed = drop_hidden(tree)
    assert {piece.rule for piece in removed} <= {"hidden text"}
    return plain_lines(tree), [piece.text for piece in removed]


@pytest.mark.parametrize(
    "body",
    [
        "<p hidden>secret order</p>",
        "<p aria-hidden='true'>secret order</p>",
        "<p style='display: none'>secret order</p>",
        "<p style='visibility:hidden'>secret order</p>",
        "<span style='font-size:0'>secret order</span>",
        "<span style='font-size:1px'>secret order</span>",
        "<div style='position:absolute;left:-9999px'>secret order</div>",
        "<div style='height:0;overflow:hidden'>secret order</div>",
        "<div style='clip: rect(0,0,0,0)'>secret order</div>",
        "<p style='color:white'>secret order</p>",
        "<p style='color:#FFF; background: #ffffff'>secret order</p>",
        "<div style='background-color:#123456'><p style='color: #123456'>secret order</p></div>",
        "<font color='#ffffff'>secret order</font>",
        "<p class='sr-only'>secret order</p>",
        "<template>secret order</template>",
    ],
)
def test_hidden_text_is_dropped_and_told(body: str) -> None:
    text, removed = read(body)
    assert "secret" not in text
    assert removed == ["secret order"]


@pytest.mark.parametrize(
    ("css", "is_hidden"),
    [
        (".x{display:none}", True),
        ("p.x , .y { left : -9999px; }", True),
        ("#x{font-size:0}", True),
        ("@media print{.x{display:none}}", False),
        (".menu .x{display:none}", False),
        ("/*.x{display:none}*/", False),
        (".x{color:red}", False),
    ],
)
def test_style_sheet_of_the_page_hides(css: str, is_hidden: bool) -> None:
    text, _ = read("<p class='x' id='x'>secret order</p>", f"<style>{css}</style>")
    assert ("secret" not in text) is is_hidden


@pytest.mark.parametrize(
    "body",
    [
        "<p style='color:white;background:#000'>plain words</p>",
        "<div style='background:#000'><p style='color:#fff'>plain words</p></div>",
        "<div class='hero'><p style='color:#fff'>plain words</p></div>",
        "<p style='color:#222'>plain words</p>",
        "<p style='margin-left:-10px'>plain words</p>",
        "<details><summary>plain words</summary></details>",
        "<p hidden='until-found'>plain words</p>",
        "<p style='height:0'>plain words</p>",
    ],
)
def test_visible_text_stays(body: str) -> None:
    text, removed = read(body)
    assert "plain words" in text
    assert removed == []


def test_page_that_is_hidden_until_its_scripts_have_run_stays() -> None:
    tree = load_tree(
        f"<html><head><style>.page{{display:none}}</style></head><body><div class='page' "
        f"aria-hidden='true'>{LONG}</div></body></html>"
    )
    assert drop_hidden(tree) == ()
    assert "harbour" in plain_lines(tree)
