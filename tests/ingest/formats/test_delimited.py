"""CSV, TSV and JSON: the same field names as JSONL, whatever the delimiter and encoding."""

import json
from datetime import date

import pytest

from rag.ingest import Rejected
from rag.types import Article
from tests.ingest.conftest import Read, only, reason

ROW = ["n1", "Strike ends", "The strike at the harbour, in Valparaíso, ended on Monday.", "2025-10-13"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_delimiter_and_encoding_are_found(read: Read, delimiter: str, encoding: str) -> None:
    rows = [["id", "title", "text", "published"], ROW]
    data = "\r\n".join(delimiter.join(f'"{cell}"' if "," in cell else cell for cell in row) for row in rows)
    article = only(read("a.csv", data.encode(encoding)))
    assert (article.id, article.title, article.text, article.published) == (*ROW[:3], date(2025, 10, 13))
    assert article.origin.endswith("a.csv#n1")


def test_tab_separated_names_and_cells_over_several_lines(read: Read) -> None:
    article = only(read("a.tsv", 'title\ttext\n\n\nT, x\t"One line.\n\nAnother ""quoted"" line."\n'))
    assert (article.title, article.text) == ("T, x", 'One line.\n\nAnother "quoted" line.')


def test_bad_row_costs_that_row_only(read: Read) -> None:
    items = read("a.csv", "text,id\nOne story told.,1\n,2\nAnother story told.,3\n")
    assert [item.id for item in items if isinstance(item, Article)] == ["1", "3"]
    assert [item.reason for item in items if isinstance(item, Rejected)] == [
        "line 3: text: Field required; known names are text, maintext, body, content, article, fulltext"
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("", "empty file"),
        ("text,text\na,b\n", "no header"),
        ("\0\0\1", "binary"),
        ("text\n", "no lines"),
        ("a,b\n1,2\n", "no column for the text"),
        (",,\n1,2,3\n", "no header"),
    ],
)
def test_what_is_no_table_is_rejected(read: Read, data: str, said: str) -> None:
    assert said in reason(read("a.csv", data))


STORY = {"id": "n1", "title": "Strike ends", "text": "The strike ended on Monday."}


@pytest.mark.parametrize("data", [STORY, [STORY], {"articles": [STORY], "total": 1}, {"data": {"items": [STORY]}, "meta": []}])
def test_json_of_any_usual_shape(read: Read, data: object) -> None:
    article = only(read("a.json", json.dumps(data)))
    assert (article.id, article.text) == ("n1", STORY["text"])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("[", "not JSON"),
        ("[]", "no object"),
        ("3", "no object"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": 1}', "text: Field required"),
    ],
)
def test_json_without_articles_is_rejected(read: Read, data: str, said: str) -> None:
    assert said in reason(read("a.json", data))
