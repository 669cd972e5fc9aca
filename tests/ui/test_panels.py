"""The tabs and the sidebar as markup, and what they do to a real library."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rag.ingest import Rejected
from rag.llm.state import BackendState, Readiness
from rag.types import Action, Filter, IngestItem, Source
from tests.ui.page_html import parse
from tests.ui.scripted import PAID, ScriptedBackend, page_config, playing
from tests.ui.test_render import HOSTILE
from ui.acts import actions, asking_next
from ui.adding import Pasted, added, pasted, remove, uploaded
from ui.backend import Backend
from ui.conversations import Match, Summary
from ui.evals_tab import evals_html
from ui.library_list import Facets, histogram_html, list_html, publishers_of, results_html, summary_html
from ui.library_tab import facets_of
from ui.scope import scope_html, scope_words
from ui.settings_tab import states_html
from ui.shelf import matches_html, summaries_html
from ui.thread import Thread
from ui.turn import Turn

A = Source("a", "Dockers walk out", "Harbour Post", date(2025, 3, 3))
B = Source("b", "Ferry fares", "Island Times", date(2024, 7, 9))
C = Source("c", "No day", "Harbour Post")


def test_facets_admit_what_is_known_to_match() -> None:
    found = lambda facets: [one.article_id for one in (A, B, C) if facets.admits(one)]  # noqa: E731
    assert found(Facets()) == ["a", "b", "c"]
    assert found(Facets("harbour DOCKERS")) == ["a"]
    assert found(Facets(publishers=("Harbour Post",))) == ["a", "c"]
    assert found(Facets(first=date(2025, 1, 1))) == ["a"]
    assert found(Facets(last=date(2025, 1, 1))) == ["b"]
    assert Facets(publishers=("X",), first=A.published).where(set()) == Filter(publishers=("X",), published_from=A.published)
    assert Facets(publishers=("X",)).where({"b", "a"}) == Filter(articles=("a", "b"))
    with pytest.raises(ValueError, match="2025-03-31"):
        facets_of("", [], "yesterday", "")


def test_the_library_in_counts_and_a_picture_with_words() -> None:
    assert publishers_of([A, B, C]) == [("Harbour Post (2)", "Harbour Post"), ("Island Times (1)", "Island Times")]
    assert parse(summary_html([A, C], 3)).one(cls="count").text == "2 of 3 articles, 1 without a date"
    svg = parse(histogram_html([A, B, C])).one(tag="svg")
    assert svg.attributes["aria-label"] == "Articles by date, Jul 2024 to Mar 2025; most in Jul 2024: 1."
    assert histogram_html([C]) == ""
    centuries = [replace(A, published=date(year, 1, 1)) for year in (1900, 2020, 2020)]
    assert "1900 to 2020; most in 2020: 2" in histogram_html(centuries)


def test_the_list_offers_to_read_choose_and_remove() -> None:
    shown = parse(list_html([A, B, C], {"b"}, 2))
    assert [one.attributes["data-article"] for one in shown.all(tag="li")] == ["a", "b"]
    pressed = [one.attributes["aria-pressed"] for one in shown.all(tag="button") if one.attributes.get("data-act") == "choose"]
    assert pressed == ["false", "true"]
    assert "data-confirm" in shown.all(cls="danger")[0].attributes
    assert "No article fits" in list_html([], set(), 2)


def test_markup_in_names_is_only_text() -> None:
    bad = replace(A, article_id=HOSTILE, title=HOSTILE, publisher=HOSTILE, flags=(HOSTILE,))
    now = datetime(2025, 3, 3, tzinfo=UTC)
    summary = Summary(HOSTILE, HOSTILE, now, now, 2)
    for markup in (
        list_html([bad], set(), 5),
        results_html([IngestItem(HOSTILE, Action.REJECTED, reason=HOSTILE)], is_done=True, problem=HOSTILE),
        summaries_html([summary], ""),
        matches_html([Match(summary, HOSTILE)], HOSTILE),
        scope_html(Filter(publishers=(HOSTILE,))),
        states_html([BackendState(HOSTILE, Readiness.UNKNOWN, HOSTILE, HOSTILE)]),
        actions(replace(Turn(1, HOSTILE), answer=replace(PAID, text=HOSTILE))),
        asking_next((HOSTILE,)),
    ):
        shown = parse(markup)
        assert not {one.tag for one in shown.elements} & {"img", "script", "style", "b", "section"}
        assert not [name for one in shown.elements for name in one.attributes if name.startswith("on")]


def test_the_scope_in_words() -> None:
    where = Filter(publishers=("Harbour Post",), published_from=A.published, articles=("a", "b"), as_of=A.published)
    assert scope_words(where) == "Harbour Post, from 3 March 2025, 2 chosen articles, as of 3 March 2025"
    assert scope_words(Filter(published_to=A.published)) == "until 3 March 2025"
    assert scope_html(Filter()) == ""


def test_a_conversation_comes_back_as_it_was_shown() -> None:
    backend = ScriptedBackend(playing(PAID))
    mine = Thread(backend, "me")
    id_ = mine.begin("", Filter(publishers=("P",)), n_kept=0)
    mine.keep(id_, Turn(1, "What?", answer=PAID))
    mine.keep(id_, Turn(2, "Stopped?", is_stopped=True))
    mine.keep(id_, Turn(3, "Failed?", error="no model"))
    mine.judge(id_, 1, True)
    turns, where = mine.turns(id_)
    assert where == Filter(publishers=("P",))
    assert [(one.number, one.liked, one.is_stopped, one.error) for one in turns] == [
        (1, True, False, ""), (2, None, True, ""), (3, None, False, "no model"),
    ]  # fmt: skip
    assert turns[0].cited[1].before.endswith("on Monday. ")
    mine.begin(id_, Filter(), n_kept=1)
    assert len(mine.turns(id_)[0]) == 1
    mine.keep("", Turn(1, "Nowhere"))


def test_articles_are_added_to_no_library_and_removed_again(tmp_path: Path) -> None:
    backend = Backend(page_config(**{"library.path": str(tmp_path / "library")}), may_stand_in=False)
    given = Pasted("The tower of Brask is 90 metres high, said Anna Holt.", "A tower", "The Post", "2025-01-02")
    (item,) = added(backend, pasted(given))
    assert (item.action, item.title) == (Action.ADDED, "A tower")
    article = backend.assistant().library.article(item.article_id)
    assert (article.publisher, article.published) == ("The Post", date(2025, 1, 2))
    file = tmp_path / "note.txt"
    file.write_text("The harbour of Brask\n\nThe harbour of Brask is closed in winter.", encoding="utf-8")
    (more,) = added(backend, uploaded([str(file)]))
    assert more.origin.startswith("upload:note.txt")
    remove(backend, item.article_id)
    assert backend.assistant().library.article_ids() == [more.article_id]
    assert isinstance(next(pasted(Pasted(""))), Rejected)
    backend.close()


def test_the_evals_say_what_flipped_or_what_to_type(tmp_path: Path) -> None:
    assert "rag eval run" in evals_html(tmp_path, tmp_path)
    folder = tmp_path / "out" / "hermetic"
    folder.mkdir(parents=True)
    summary = {
        "profile": "hermetic",
        "verdict": "fail",
        "n": 4,
        "n_correct": 3,
        "models": ["extractive"],
        "means": {"correct": {"value": 0.75, "n": 4}},
        "failed": [{"id": "q-1", "question": HOSTILE, "stage": "not found"}],
        "gate": {"flips": {"won": [], "lost": ["q-1"], "p": 1.0}},
    }
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    history = {"history": [{"date": "2025-01-01", "reason": "first", "means": {"correct": 1.0}}]}
    (tmp_path / "hermetic.json").write_text(json.dumps(history), encoding="utf-8")
    shown = parse(evals_html(tmp_path / "out", tmp_path))
    words = shown.one(cls="report").text
    for part in ("3 of 4 questions correct", "75%", "Now wrong: q-1", "first", "100%", "1 not correct"):
        assert part in words
    (folder / "summary.json").write_text("[]", encoding="utf-8")
    assert "no report of ours" in evals_html(tmp_path / "out", tmp_path)


def test_the_list_of_conversations_marks_the_open_one() -> None:
    now = datetime(2025, 3, 3, tzinfo=UTC)
    shown = parse(summaries_html([Summary("x", "One", now, now, 1), Summary("y", "Two", now, now, 3)], "y"))
    one, two = shown.all(cls="conversation")
    assert ("aria-current" in one.attributes, "aria-current" in two.attributes) == (False, True)
    assert "1 question" in one.text
    assert [link.attributes["href"] for link in shown.all(tag="a")][:2] == [
        "api/conversations/x.md",
        "api/conversations/x.json",
    ]
