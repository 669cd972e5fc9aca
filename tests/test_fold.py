"""Texts without case and accents."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from rag.fold import small, small_pattern


@given(st.text(alphabet="iIİısSſkK\N{KELVIN SIGN}åÅ\N{ANGSTROM SIGN}éÉ aA1.-", max_size=12))
def test_a_small_pattern_finds_what_ignoring_case_finds(text: str) -> None:
    for pattern in (r"\bI[sk]", r"(?<!\w)Å\S", r"[A-K]{2,}\W", "É|S.K"):
        assert bool(re.search(small_pattern(pattern), small(text))) == bool(re.search(pattern, text, re.IGNORECASE))


def test_a_small_pattern_keeps_its_classes() -> None:
    assert small_pattern(r"\W\bAI\B[A-Z]\\S") == r"\W\bai\B[a-z]\\s"
