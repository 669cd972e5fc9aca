import json
import math
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from rag.config import SearchConfig
from rag.errors import ModelError
from rag.retrieve.candidates import Candidates
from rag.retrieve.rerank import CrossEncoderReranker, fused, with_priors
from rag.types import Days, Understanding

CONFIG = SearchConfig(
    lexical_weight=1, dense_weight=2, part_weight=3, publisher_weight=0.5, date_weight=0.8, phrase_weight=0.25
)


def candidates() -> Candidates:
    """Three passages of two publishers, and two sub-questions."""
    return Candidates(
        ids=("a", "b", "c"),
        articles=np.array([1, 2, 3]),
        groups=np.array([1, 2, 3]),
        publishers=("The Ledger", "The Beacon", ""),
        days=np.array([date(2025, 3, 1).toordinal(), date(2025, 3, 4).toordinal(), 0], dtype=np.int32),
        whole=np.array([4, 2, 0], dtype=np.float32),
        lexical=np.array([[2, 0, 0], [0, 6, 0]], dtype=np.float32),
        dense=np.array([[0.5, 0.1, 0.2], [0.3, 0.6, 0.1]], dtype=np.float32),
        phrases=np.array([0, 0, 1], dtype=np.float32),
        vectors=np.eye(3, dtype=np.float32),
        ranks={},
    )


def test_fused_hand_worked() -> None:
    # Words: 4 + 3*2 = 10, 2 + 3*6 = 20, 0; meaning: .5, .6, .2.
    assert fused(candidates(), CONFIG).tolist() == pytest.approx([10 / 20 + 2 * 0.5, 1 + 2 * 0.6, 2 * 0.2])


def test_priors_hand_worked() -> None:
    understood = Understanding(publishers=("The Ledger",), days=(Days(date(2025, 3, 1), date(2025, 3, 2)),))
    added = with_priors(np.zeros(3, dtype=np.float32), candidates(), understood, CONFIG, today=None)
    # The Beacon's article came two days after: half as good, less one day's decay.
    assert added.tolist() == pytest.approx([0.5 + 0.8, 0.8 * 0.5 * math.exp(-1 / 2), 0.25])


def test_recency_counts_from_today_and_not_for_the_undated() -> None:
    config = SearchConfig(recency_weight=1, recency_days=14)
    none = np.zeros(3, dtype=np.float32)
    added = with_priors(none, candidates(), Understanding(), config, today=date(2025, 3, 15))
    assert added[:2].tolist() == pytest.approx([math.exp(-1), math.exp(-11 / 14)])
    assert added[2] == pytest.approx(config.phrase_weight)


def test_a_cross_encoder_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot load the cross-encoder .*search\.rerank"):
        CrossEncoderReranker(str(tmp_path / "none")).scores("a question", ["a text"])
    assert CrossEncoderReranker("unused").scores("a question", []).shape == (0,)


def test_a_cross_encoder_in_a_folder_scores_pairs(tmp_path: Path) -> None:
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "rain", "snow", "who"]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    BertTokenizerFast(vocab=str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    shape = BertConfig(
        vocab_size=len(words), hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, num_labels=1
    )
    BertForSequenceClassification(shape).save_pretrained(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["model_type"] == "bert"
    scores = CrossEncoderReranker(str(tmp_path)).scores("who", ["rain", "snow", "rain"])
    assert scores.shape == (3,)
    assert scores[0] == pytest.approx(scores[2])
    assert ((scores > 0) & (scores < 1)).all()
