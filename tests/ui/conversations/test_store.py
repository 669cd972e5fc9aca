from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from rag.errors import InputError, StoreError
from rag.types import Answer, Conflict, Filter, Hit, Passage, Stated
from tests.ui.scripted import ARTICLE, PAID, PAY, quote
from ui.conversations import Conversations, ConversationStore, Feedback, Summary
from ui.conversations.postgres import PostgresConversations
from ui.conversations.record import UNREADABLE

FULL: Answer = replace(
    PAID,
    hits=(Hit(Passage("p", "strike", 0, 16, "Dockers walk out"), ARTICLE.source, 0.5, {"dense": 1}),),
    conflicts=(Conflict((Stated("12%", quote(PAY), ARTICLE.source), Stated("9%", quote(PAY), ARTICLE.source))),),
    asked="What do the dockers of Valparaíso want?",
)
ANN, BOB = "account:ann", "account:bob"


Open = Callable[[], Conversations]


@pytest.fixture(params=["sqlite", "postgres"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """What opens one place that keeps conversations, as another process would."""
    opened: list[Conversations] = []
    address = request.getfixturevalue("postgres") if request.param == "postgres" else ""

    def open_() -> Conversations:
        opened.append(PostgresConversations(address) if address else ConversationStore(tmp_path))
        return opened[-1]

    yield open_
    for one in opened:
        one.close()


@pytest.fixture
def store(open_store: Open) -> Conversations:
    return open_store()


@pytest.fixture
def in_file(tmp_path: Path) -> ConversationStore:
    return ConversationStore(tmp_path)


def begun(store: Conversations, *questions: str, owner: str = ANN) -> str:
    """Return the id of a conversation of answered questions."""
    id_ = store.create(owner)
    for question in questions:
        store.add(owner, id_, question, replace(FULL, question=question))
    return id_


def titles(found: tuple[Summary, ...]) -> list[str]:
    return [one.title for one in found]


def test_a_conversation_survives_a_restart_word_for_word(store: Conversations, open_store: Open) -> None:
    where = Filter(publishers=("Harbour Post",), as_of=date(2025, 3, 4))
    id_ = store.create(ANN, where=where)
    assert store.add(ANN, id_, "What do the dockers want?", FULL) == 1
    assert store.add(ANN, id_, "And the mayor?", error="the model is away") == 2
    assert store.add(ANN, id_, "And who pays?") == 3
    before = store.get(ANN, id_)
    store.close()
    found = open_store().get(ANN, id_)
    assert found == before
    assert found.turns[0].answer == FULL
    assert [(turn.number, turn.answer is None, turn.error) for turn in found.turns[1:]] == [
        (2, True, "the model is away"),
        (3, True, ""),
    ]
    assert found.where == where
    assert [one.question for one in found.history] == [FULL.asked]


def test_a_killed_writer_loses_nothing_and_other_connections_see_it(store: Conversations, open_store: Open) -> None:
    id_ = begun(store, "Who sails?")
    assert open_store().get(ANN, id_).turns[0].question == "Who sails?"  # the first was never closed


def test_nobody_else_sees_changes_or_finds_it(store: Conversations) -> None:
    id_ = begun(store, "Who sails?")
    assert store.summaries(BOB) == ()
    assert store.search(BOB, "sails") == ()
    assert list(store.judged(BOB)) == []
    for intrude in (
        lambda: store.get(BOB, id_),
        lambda: store.rename(BOB, id_, "mine"),
        lambda: store.rescope(BOB, id_, Filter()),
        lambda: store.delete(BOB, id_),
        lambda: store.add(BOB, id_, "?"),
        lambda: store.truncate(BOB, id_, 1),
        lambda: store.judge(BOB, id_, 1, Feedback(True)),
    ):
        with pytest.raises(InputError, match="you have no conversation"):
            intrude()
    assert store.delete_all(BOB) == 0
    assert store.get(ANN, id_).title == "Who sails?"
    with pytest.raises(ValueError, match="owner"):
        store.create("")


def test_ids_cannot_be_guessed(store: Conversations) -> None:
    ids = {store.create(ANN) for _ in range(50)}
    assert len(ids) == 50
    assert min(map(len, ids)) >= 21  # 128 bits


def test_the_last_used_comes_first_and_one_without_a_question_not_at_all(store: Conversations) -> None:
    old, new = begun(store, "Old?"), begun(store, "New?")
    store.create(ANN)
    assert titles(store.summaries(ANN)) == ["New?", "Old?"]
    store.add(ANN, old, "Again?", FULL)
    assert titles(store.summaries(ANN)) == ["Old?", "New?"]
    assert [one.turns for one in store.summaries(ANN)] == [2, 1]
    assert [one.id for one in store.summaries(ANN, limit=1, offset=1)] == [new]


def test_a_title_is_the_first_question_until_it_is_renamed(store: Conversations) -> None:
    id_ = begun(store, "Who\nsails? " + "x" * 200)
    title = store.get(ANN, id_).title
    assert title.startswith("Who sails? xxx")
    assert len(title) <= 120
    store.rename(ANN, id_, "  Ships  ")
    store.add(ANN, id_, "And then?", FULL)
    assert store.get(ANN, id_).title == "Ships"
    assert titles(tuple(one.summary for one in store.search(ANN, "ships"))) == ["Ships"]
    with pytest.raises(InputError, match="title"):
        store.rename(ANN, id_, " ")


def test_search_finds_beginnings_of_words_in_questions_answers_and_titles(store: Conversations) -> None:
    asked = begun(store, "Qué dijo Grynspan?", "Who sails?")
    named = store.create(ANN, title="Valparaíso notes")
    store.add(ANN, named, "Hm?")
    assert [one.summary.id for one in store.search(ANN, "que gryn")] == [asked]
    assert [one.summary.id for one in store.search(ANN, "valparaiso")] == [named]
    (match,) = store.search(ANN, "dockers pay")  # in the answers
    assert "dockers want 12% more pay" in match.snippet
    assert [one.summary.id for one in store.search(ANN, "valparaiso OR sails")] == []
    for odd in ("", '"', "*", "NEAR(", "a\0b", "🙂", "x" * 5000):
        assert store.search(ANN, odd) == ()


def test_what_is_deleted_is_gone_from_the_search_too(store: Conversations) -> None:
    id_ = begun(store, "Who sails?", "Who swims?")
    store.truncate(ANN, id_, 2)
    assert [turn.question for turn in store.get(ANN, id_).turns] == ["Who sails?"]
    assert store.search(ANN, "swims") == ()
    assert store.add(ANN, id_, "Who flies?") == 2
    store.delete(ANN, id_)
    assert store.search(ANN, "sails") == store.search(ANN, "flies") == ()
    with pytest.raises(InputError):
        store.get(ANN, id_)
    begun(store, "One?")
    begun(store, "Two?")
    assert store.delete_all(ANN) == 2
    assert store.summaries(ANN) == ()


def test_feedback_is_kept_changed_and_taken_back(store: Conversations) -> None:
    id_ = begun(store, "One?", "Two?")
    store.judge(ANN, id_, 1, Feedback(True))
    store.judge(ANN, id_, 2, Feedback(False, "wrong port"))
    assert [turn.feedback for turn in store.get(ANN, id_).turns] == [Feedback(True), Feedback(False, "wrong port")]
    assert [turn.number for _, turn in store.judged()] == [1, 2]
    store.judge(ANN, id_, 1, None)
    assert [turn.number for _, turn in store.judged(ANN)] == [2]
    with pytest.raises(InputError, match="no question 9"):
        store.judge(ANN, id_, 9, Feedback(True))


def test_half_characters_and_nulls_are_stored_as_something(store: Conversations) -> None:
    id_ = store.create(ANN, title="\ud800 a\0b")
    store.add(ANN, id_, "\ud83d?\0", replace(FULL, text="\udfff"), error="\ud800")
    assert store.get(ANN, id_).turns[0].question == "??"


def test_an_answer_of_another_version_leaves_the_rest_readable(store: Conversations) -> None:
    id_ = begun(store, "One?", "Two?")
    sql = "UPDATE turns SET answer = '{\"question\": 1}' WHERE number = 1"
    if isinstance(store, ConversationStore):
        store._connection.execute(sql)
    elif isinstance(store, PostgresConversations):
        store._pool.write(lambda connection: connection.execute(sql.encode()))
    one, two = store.get(ANN, id_).turns
    assert (one.answer, one.error) == (None, UNREADABLE)
    assert two.answer is not None


def test_many_threads_may_write_at_once(store: Conversations) -> None:
    id_ = store.create(ANN)
    threads = [threading.Thread(target=lambda n=n: [store.add(ANN, id_, f"{n}-{i}?") for i in range(5)]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [turn.number for turn in store.get(ANN, id_).turns] == list(range(1, 41))


def test_only_its_owner_on_the_machine_may_read_the_file(in_file: ConversationStore) -> None:
    assert in_file.path is not None
    assert in_file.path.stat().st_mode & 0o077 == 0


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "conversations.db").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match=r"conversations\.db.*move that file away"):
        ConversationStore(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(StoreError):
        ConversationStore(tmp_path / "file")


def test_without_a_folder_it_lives_in_memory() -> None:
    store = ConversationStore(None)
    assert store.get(ANN, begun(store, "Who?")).turns[0].answer is not None


def test_what_was_deleted_does_not_turn_up_in_the_next_conversation(store: Conversations) -> None:
    store.delete(ANN, begun(store, "Anns secret?"))
    id_ = begun(store, "Hello?", owner=BOB)
    assert [turn.question for turn in store.get(BOB, id_).turns] == ["Hello?"]


def test_two_processes_that_add_at_once_number_their_questions_apart(open_store: Open) -> None:
    one, two = open_store(), open_store()
    id_ = one.create(ANN)
    threads = [threading.Thread(target=lambda s=store: [s.add(ANN, id_, "?") for _ in range(10)]) for store in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [turn.number for turn in two.get(ANN, id_).turns] == list(range(1, 21))


def test_a_snippet_shows_the_words_that_were_searched_for(store: Conversations) -> None:
    id_ = store.create(ANN)
    store.add(ANN, id_, f"{'much before ' * 30}the Ferry sails at noon {'much after ' * 30}")
    (match,) = store.search(ANN, "sail ferr")
    assert "Ferry sails at noon" in match.snippet
    assert len(match.snippet.split()) <= 20
    assert match.snippet.startswith("…")
    assert match.snippet.endswith("…")
