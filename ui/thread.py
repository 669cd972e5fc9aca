"""A reader's conversation between the page and the place where it is kept."""

from __future__ import annotations

from dataclasses import dataclass

from rag.errors import EmptyLibraryError
from rag.types import Filter, Finished
from ui.backend import Backend
from ui.conversations import Feedback, Kept
from ui.turn import Turn, after


@dataclass(frozen=True, slots=True)
class Thread:
    """The conversations of one owner. Every method raises what the store does: StoreError, InputError."""

    backend: Backend
    owner: str

    def begin(self, open_id: str, where: Filter, *, n_kept: int) -> str:
        """Return the id of the conversation that the next question belongs to, a new one where none is open.

        Args:
            where: What it is limited to from now on.
            n_kept: Turns that stay; later ones are forgotten, since an earlier question is asked anew.
        """
        store = self.backend.conversations()
        if not open_id:
            return store.create(self.owner, where=where)
        store.truncate(self.owner, open_id, n_kept + 1)
        store.rescope(self.owner, open_id, where)
        return open_id

    def keep(self, open_id: str, turn: Turn) -> None:
        """Keep a turn that is done; nothing where the conversation could not be begun."""
        if open_id:
            self.backend.conversations().add(self.owner, open_id, turn.question, turn.answer, error=turn.error)

    def judge(self, open_id: str, number: int, liked: bool | None) -> None:
        """Keep what the reader thinks of an answer; None takes it back."""
        feedback = None if liked is None else Feedback(liked)
        self.backend.conversations().judge(self.owner, open_id, number, feedback)

    def turns(self, open_id: str) -> tuple[list[Turn], Filter]:
        """Return the turns of a conversation as they were shown, and what it is limited to."""
        kept = self.backend.conversations().get(self.owner, open_id)
        return [self._shown(one) for one in kept.turns], kept.where

    def _shown(self, kept: Kept) -> Turn:
        liked = kept.feedback.is_liked if kept.feedback else None
        turn = Turn(kept.number, kept.question, error=kept.error, liked=liked, is_stopped=not (kept.answer or kept.error))
        if kept.answer is None:
            return turn
        try:
            return after(turn, Finished(kept.answer), self.backend.assistant())
        except EmptyLibraryError:  # removed since
            return Turn(kept.number, kept.question, answer=kept.answer, liked=liked)
