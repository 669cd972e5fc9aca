"""What a reader should know of an article: each flag by one documented rule, a function that tells it from what was `Seen`.

    opinion             opinion.py       a commentary, by its section, address, data, title or a standing line
    live-blog           forms.py         entries by the clock, or called live by its title, address or data
    press-release       forms.py         sent out by those whom it is about
    wire:<agency>       wire.py          agency copy, by its dateline, byline or foot
    machine-translated  translation.py   it says so
    stub  paywalled     length.py        too short to answer from; cut where readers pay
    boilerplate-heavy   filler.py        more page furniture and filler than a page of news has
    placeholder         filler.py        blanks that nobody filled in
    instruction-like    instruction.py   it speaks to a machine, in the open or hidden

A rule prefers silence: a wrong flag tells a reader something false of an article, a missing one only nothing.
`rag bench flags` measures each on labelled examples.
"""

from __future__ import annotations

from collections.abc import Callable

from rag.ingest.flags.filler import is_boilerplate_heavy, is_placeholder
from rag.ingest.flags.forms import is_live_blog, is_press_release
from rag.ingest.flags.instruction import is_instruction_like
from rag.ingest.flags.length import is_paywalled, is_stub
from rag.ingest.flags.opinion import is_opinion
from rag.ingest.flags.seen import Seen
from rag.ingest.flags.translation import is_machine_translated
from rag.ingest.flags.wire import agency_of

RULES: dict[str, Callable[[Seen], bool]] = {
    "opinion": is_opinion,
    "live-blog": is_live_blog,
    "press-release": is_press_release,
    "machine-translated": is_machine_translated,
    "stub": is_stub,
    "paywalled": is_paywalled,
    "boilerplate-heavy": is_boilerplate_heavy,
    "placeholder": is_placeholder,
    "instruction-like": is_instruction_like,
}
"""Every flag but the one that names an agency, with its rule."""


def flags_of(seen: Seen) -> tuple[str, ...]:
    """Return the flags of an article, in the order of the rules; `wire:<agency>` comes last."""
    flags = [flag for flag, rule in RULES.items() if rule(seen)]
    agency = agency_of(seen)
    return (*flags, f"wire:{agency}") if agency else tuple(flags)


__all__ = ["RULES", "Seen", "flags_of"]
