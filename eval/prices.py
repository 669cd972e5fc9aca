"""What tokens cost: a dated table, and null where a price is not known."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import Field

from eval.gold import Strict
from rag.types import Tokens

PRICES = Path(__file__).parent / "prices.toml"

FREE = ("extractive", "local", "ollama")
"""Providers that run on the user's own machine."""


class Price(Strict):
    """US dollars for a million tokens."""

    prompt: float = Field(ge=0)
    completion: float = Field(ge=0)


class Prices(Strict):
    """Prices by `provider:model`, and the day on which they were looked up."""

    as_of: date
    usd: dict[str, Price]


@cache
def read_prices() -> Prices:
    """Return the shipped table."""
    return Prices.model_validate(tomllib.loads(PRICES.read_text(encoding="utf-8")))


def cost_usd(model: str, tokens: Tokens) -> float | None:
    """Return what a model's tokens cost, 0 on the user's own machine, None where the price is not known."""
    if model.partition(":")[0] in FREE:
        return 0.0
    price = read_prices().usd.get(model)
    if price is None:
        return None
    return round((tokens.prompt * price.prompt + tokens.completion * price.completion) / 1e6, 6)
