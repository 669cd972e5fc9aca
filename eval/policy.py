"""What a run must reach: `gate.toml`, checked as it is read."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from eval.errors import EvalError
from eval.gold import Strict, first_problem
from eval.metrics import METRICS, Direction


class Rule(Strict):
    """Bounds of one metric: an absolute `floor` or `ceiling`, and the most that it may worsen against the baseline."""

    floor: float | None = Field(default=None, ge=0, le=1)
    ceiling: float | None = Field(default=None, ge=0, le=1)
    max_drop: float | None = Field(default=None, ge=0, le=1)


class Bootstrap(Strict):
    """How intervals are made."""

    resamples: int = Field(default=10_000, ge=100, le=1_000_000)
    seed: int = Field(default=0, ge=0)


class Slices(Strict):
    """When a slice may warn: from `least` questions on."""

    least: int = Field(default=15, ge=1)


class Policy(Strict):
    """The gate's settings."""

    bootstrap: Bootstrap = Bootstrap()
    slices: Slices = Slices()
    metric: dict[str, Rule] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_metrics(self) -> Self:
        for name, rule in self.metric.items():
            if name not in METRICS:
                close = get_close_matches(name, METRICS, n=1)
                raise ValueError(f"unknown metric {name!r}" + (f"; did you mean {close[0]!r}?" if close else ""))
            is_up = METRICS[name].direction is Direction.UP
            if is_up and rule.ceiling is not None:
                raise ValueError(f"{name}: more is better, so set a floor, not a ceiling")
            if not is_up and rule.floor is not None:
                raise ValueError(f"{name}: less is better, so set a ceiling, not a floor")
        return self

    def without_bounds(self) -> Policy:
        """Return the same without floors and ceilings: what is left only compares."""
        free = {name: rule.model_copy(update={"floor": None, "ceiling": None}) for name, rule in self.metric.items()}
        return self.model_copy(update={"metric": free})


def read_policy(path: Path) -> Policy:
    """Return the settings of a gate file.

    Raises:
        EvalError: unreadable, not TOML, or an unknown or impossible setting.
    """
    try:
        return Policy.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise EvalError(f"{path}: cannot be read: {error.strerror}; check --policy") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EvalError(f"{path}: not TOML: {error}") from None
    except ValidationError as error:
        raise EvalError(f"{path}: {first_problem(error)}") from None
