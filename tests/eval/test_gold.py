"""Gold files: what a good one gives, and one clear line for each way to be bad."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.errors import GoldError
from eval.gold import gold_digest, read_gold
from tests.eval.tiny import question, unanswerable

GOOD = question().model_dump(mode="json")


def write(path: Path, *lines: dict[str, Any] | str) -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_questions_come_in_file_order_with_their_places(tmp_path: Path) -> None:
    path = write(tmp_path / "g.jsonl", GOOD, "", {**GOOD, "id": "q2"})
    gold = read_gold([path])
    assert [asked.id for asked in gold.questions] == ["q1", "q2"]
    assert str(gold.places["q2"]) == f"{path}:3"


def test_the_digest_ignores_order_and_notes_and_nothing_else(tmp_path: Path) -> None:
    other = {**GOOD, "id": "q2"}
    one = read_gold([write(tmp_path / "a.jsonl", GOOD, other)])
    two = read_gold([write(tmp_path / "b.jsonl", {**other, "notes": "why"}, GOOD)])
    three = read_gold([write(tmp_path / "c.jsonl", GOOD, {**other, "answers": ["x"]})])
    first, second, third = (gold_digest(gold.questions) for gold in (one, two, three))
    assert first == second != third


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not JSON at column 2"),
        ("[1]", "should be a valid dictionary"),
        ('{"id": NaN}', "NaN is not a number"),
        ({**GOOD, "nuggets": [{"id": "n", "importance": "vital", "number": {"value": 1e999}}]}, "Infinity is not"),
        ({key: GOOD[key] for key in GOOD if key != "cluster"}, "cluster: Field required"),
        ({**GOOD, "clutser": "x"}, "clutser: Extra inputs are not permitted"),
        ({**GOOD, "type": "singel"}, "type: Input should be"),
        ({**GOOD, "as_of": "yesterday"}, "as_of: Input should be a valid date"),
        ({**GOOD, "nuggets": [{"id": "n", "importance": "vital"}]}, "needs any_of or number"),
        ({**GOOD, "nuggets": []}, "single question: needs a vital nugget"),
        ({**GOOD, "evidence": []}, "single question: needs evidence"),
        ({**GOOD, "expect": "abstain"}, "expect must be 'answer'"),
        ({**GOOD, "type": "multi_hop"}, "needs two evidence groups"),
        ({**GOOD, "type": "temporal"}, "needs as_of or a superseded forbid"),
        ({**GOOD, "type": "injection"}, "needs canary and poisoned"),
        ({**GOOD, "type": "conflict", "expect": "both_sides"}, "needs evidence of two stances"),
        ({**GOOD, "type": "unanswerable", "expect": "abstain"}, "takes near_miss, not evidence"),
    ],
)
def test_a_bad_line_is_one_clear_message_with_file_and_line(tmp_path: Path, line: dict[str, Any] | str, message: str) -> None:
    path = write(tmp_path / "g.jsonl", {**GOOD, "id": "q0"}, line)
    with pytest.raises(GoldError) as caught:
        read_gold([path])
    assert str(caught.value).startswith(f"{path}:2: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_repeated_id_names_both_places(tmp_path: Path) -> None:
    path = write(tmp_path / "g.jsonl", GOOD, GOOD)
    with pytest.raises(GoldError, match=r"g\.jsonl:2: id 'q1' stands at .*g\.jsonl:1 already"):
        read_gold([path])


def test_an_empty_missing_or_binary_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="no question in it"):
        read_gold([write(tmp_path / "empty.jsonl")])
    with pytest.raises(GoldError, match="No such file"):
        read_gold([tmp_path / "none.jsonl"])
    (tmp_path / "bin.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(GoldError, match="not UTF-8 at byte 0"):
        read_gold([tmp_path / "bin.jsonl"])


def test_an_unanswerable_question_needs_nothing_but_itself(tmp_path: Path) -> None:
    asked = unanswerable()
    assert read_gold([write(tmp_path / "g.jsonl", asked.model_dump(mode="json"))]).questions == (asked,)
