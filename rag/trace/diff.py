"""What differs between two traces: the answer, what it stands on, and what made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from rag.trace.record import Trace, TracedHit
from rag.types import Claim, Filter, Quote, Verdict


@dataclass(frozen=True, slots=True)
class Change:
    """A value before and after, for a person to read."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ClaimChange:
    """A sentence that was gained (`before` is None), lost (`after` is None), or judged or cited otherwise."""

    text: str
    before: Verdict | None
    after: Verdict | None
    reason_before: str = ""
    reason_after: str = ""
    quotes_before: tuple[str, ...] = ()
    quotes_after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pace:
    """Milliseconds of a stage before and after, and how many times as long it took; None where it took none before."""

    before_ms: float
    after_ms: float
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs from trace `before` to trace `after`, by their ids.

    `is_same_answer` tells that outcome, text, verdicts and quotes are the same, whatever made them. `changes` holds those of
    question, filter, outcome, text, as_of_note, error, raw, gate and notice that differ, `versions` those of `Versions`;
    `prompts` names those that were worded otherwise, or sent once only. `timings` has the stages that both went through.
    """

    before: str
    after: str
    is_same_answer: bool
    changes: Mapping[str, Change]
    claims: tuple[ClaimChange, ...]
    hits_gained: tuple[TracedHit, ...]
    hits_lost: tuple[TracedHit, ...]
    sentences_gained: tuple[Quote, ...]
    sentences_lost: tuple[Quote, ...]
    prompts: tuple[str, ...]
    versions: Mapping[str, Change]
    timings: Mapping[str, Pace]


def diff(before: Trace, after: Trace) -> Difference:
    """Return what differs between two traces."""
    changes = _changes(_values(before), _values(after))
    claims = _claims(before, after)
    hits, hits_after = _hits(before), _hits(after)
    shown, shown_after = ([one.quote for one in trace.shown] for trace in (before, after))
    return Difference(
        before=before.id,
        after=after.id,
        is_same_answer=not (claims or {"outcome", "text"} & set(changes)),
        changes=changes,
        claims=claims,
        hits_gained=tuple(hit for place, hit in hits_after.items() if place not in hits),
        hits_lost=tuple(hit for place, hit in hits.items() if place not in hits_after),
        sentences_gained=_lacking(shown_after, shown),
        sentences_lost=_lacking(shown, shown_after),
        prompts=tuple(sorted({name for name, _ in before.prompts.items() ^ after.prompts.items()})),
        versions=_changes(_versions(before), _versions(after)),
        timings=_timings(before.timings_ms, after.timings_ms),
    )


def described(where: Filter) -> str:
    """Return what a filter says: `publishers=The Ledger, as_of=2025-03-05`; empty where it lets all through."""
    named = {field.name: getattr(where, field.name) for field in fields(where)}
    return ", ".join(
        f"{name}={' | '.join(value) if isinstance(value, tuple) else value}" for name, value in named.items() if value
    )


def _values(trace: Trace) -> dict[str, str]:
    """Return the values of which an answer has one each, as a person reads them."""
    return {
        "question": trace.question,
        "filter": described(trace.where),
        "outcome": trace.outcome,
        "text": trace.text,
        "as_of_note": trace.as_of_note,
        "error": trace.error,
        "raw": trace.raw,
        "gate": "" if trace.gate is None else f"{trace.gate:+.3f}",
        "notice": trace.notice,
    }


def _versions(trace: Trace) -> dict[str, str]:
    return {field.name: str(getattr(trace.versions, field.name)) for field in fields(trace.versions)}


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, Change]:
    """Return the values that differ; both have the same names."""
    return {name: Change(value, after[name]) for name, value in before.items() if value != after[name]}


def _claims(before: Trace, after: Trace) -> tuple[ClaimChange, ...]:
    """Return the sentences that differ, in the order of the later answer and then of the earlier one."""
    old = {claim.text: claim for claim in before.claims}
    new = {claim.text: claim for claim in after.claims}
    found = (_claim(text, old.get(text), new.get(text), before, after) for text in dict.fromkeys([*new, *old]))
    return tuple(
        one
        for one in found
        if (one.before, one.reason_before, one.quotes_before) != (one.after, one.reason_after, one.quotes_after)
    )


def _claim(text: str, old: Claim | None, new: Claim | None, before: Trace, after: Trace) -> ClaimChange:
    return ClaimChange(
        text,
        old.verdict if old else None,
        new.verdict if new else None,
        old.reason if old else "",
        new.reason if new else "",
        _quoted(old, before),
        _quoted(new, after),
    )


def _quoted(claim: Claim | None, trace: Trace) -> tuple[str, ...]:
    """Return the words that a sentence cites."""
    cited = claim.citations if claim else ()
    return tuple(citation.quote.text for citation in trace.citations if citation.marker in cited)


def _hits(trace: Trace) -> dict[tuple[str, int, int], TracedHit]:
    return {(hit.article_id, hit.start, hit.end): hit for hit in trace.hits}


def _lacking(quotes: Sequence[Quote], others: Sequence[Quote]) -> tuple[Quote, ...]:
    """Return the quotes that are not among the others."""
    known = set(others)
    return tuple(quote for quote in quotes if quote not in known)


def _timings(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, Pace]:
    return {
        stage: Pace(took, after[stage], round(after[stage] / took, 2) if took else None)
        for stage, took in before.items()
        if stage in after
    }
