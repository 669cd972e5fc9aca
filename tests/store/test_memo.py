from rag.store.database import Database
from rag.store.memo import Memo


def test_what_was_read_is_kept_until_something_changes() -> None:
    database = Database(None, create=True)
    memo: Memo[int] = Memo(database, size=2)
    assert memo.get("a", lambda: 1) == 1
    assert memo.get("a", lambda: 2) == 1
    assert "a" in memo
    with database.transaction():
        pass
    assert "a" not in memo
    assert memo.get("a", lambda: 2) == 2


def test_the_longest_unused_go_first_by_their_weights() -> None:
    memo: Memo[str] = Memo(Database(None, create=True), size=10, weight=len)
    memo.get_all(["aaaa", "bbbb"], lambda key: key)
    memo.get("aaaa", lambda: "")
    memo.get("cc", lambda: "cc")
    assert ("aaaa" in memo, "bbbb" in memo, "cc" in memo) == (True, True, True)
    memo.get("d", lambda: "d")
    assert ("aaaa" in memo, "bbbb" in memo, "cc" in memo, "d" in memo) == (True, False, True, True)
    memo.get("long", lambda: "x" * 50)
    assert "long" in memo, "what was just read is kept however much it weighs"
    assert "d" not in memo


def test_many_are_read_once_each() -> None:
    memo: Memo[str] = Memo(Database(None, create=True), size=9)
    read: list[str] = []
    assert memo.get_all(["a", "b", "a"], lambda key: read.append(key) or key.upper()) == {"a": "A", "b": "B"}
    assert read == ["a", "b"]
