from rag.tokens import count_tokens, encode


def test_counts_as_cl100k() -> None:
    assert encode("hello world") == [15339, 1917]


def test_special_tokens_are_plain_text() -> None:
    assert count_tokens("<|endoftext|>") > 1


def test_a_huge_run_of_one_character_is_counted_quickly() -> None:
    assert 0 < count_tokens("^" * 1_000_000) < 1000
