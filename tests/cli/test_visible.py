from __future__ import annotations

import pytest

from rag.cli.visible import visible, visible_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Plain, naïve, 消防 and\ttabs\nand lines", "Plain, naïve, 消防 and\ttabs\nand lines"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("back\rover", "back\\rover"),
        ("family \U0001f468\u200d\U0001f469", "family \U0001f468\u200d\U0001f469"),
    ],
)
def test_what_would_steer_a_terminal_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_line_stays_one_line() -> None:
    assert visible_line("a\n\u2028b\x1b") == "a b\\x1b"
