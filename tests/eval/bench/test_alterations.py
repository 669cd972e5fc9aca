from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from eval.bench.alterations import alterations, altered_pairs
from eval.bench.pairs import read_pairs
from eval.bench.verify import run
from rag.errors import InputError
from rag.types import Verdict

SENTENCE = (
    "On Monday the judge Ana Ruiz reportedly told Eva Paz that some members may leave after 30 days and that the board plans to"
    " sell 12 houses, which is not new."
)


def test_each_way_of_altering_changes_one_thing() -> None:
    changed = {kind: (words, verdict) for kind, words, verdict in alterations(SENTENCE, random.Random(1))}
    assert set(changed) == {
        "names exchanged", "numbers exchanged", "may became will", "hedge dropped", "plan became fact", "some became all",
        "denial dropped", "turned round",
    }  # fmt: skip
    assert "members will leave" in changed["may became will"][0]
    assert "reportedly" not in changed["hedge dropped"][0]
    assert "all members" in changed["some became all"][0]
    assert "before 30 days" in changed["turned round"][0]
    assert changed["denial dropped"] == (SENTENCE.replace(" not", ""), Verdict.CONTRADICTED)
    assert "after 12 days" in changed["numbers exchanged"][0]
    assert "sell 30 houses" in changed["numbers exchanged"][0]
    assert all(words != SENTENCE for words, _ in changed.values())


def test_what_offers_nothing_to_alter_stays() -> None:
    assert not list(alterations("Rain came over the hills all day long", random.Random(1)))
    assert not [kind for kind, *_ in alterations("It met Ana Ruiz and Eva Paz", random.Random(1))], "a list has no order"


def test_a_folder_of_news_is_read_and_judged(tmp_path: Path) -> None:
    row = {"id": "p1", "text": f"{SENTENCE} Short one.", "title": "Board", "publisher": "Post"}
    (tmp_path / "pool.jsonl").write_text(json.dumps(row), encoding="utf-8")
    pairs = read_pairs(tmp_path)
    assert pairs == altered_pairs(tmp_path / "pool.jsonl")
    assert pairs[0].verdict is Verdict.SUPPORTED
    assert len(pairs) == 9
    split = run(tmp_path).splits[0]
    assert split.verdicts["supported"].precision == 1.0
    assert split.verdicts["supported"].recall == 1.0


def test_a_line_that_is_no_passage_is_told(tmp_path: Path) -> None:
    file = tmp_path / "pool.jsonl"
    file.write_text('{"id": "p1"}', encoding="utf-8")
    with pytest.raises(InputError, match="no passage"):
        altered_pairs(file)
