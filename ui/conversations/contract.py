"""What every place that keeps conversations offers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from rag.types import ANY, Answer, Filter
from ui.conversations.record import Conversation, Feedback, Kept, Match, Summary


class Conversations(Protocol):
    """Keeps conversations. Safe to share between threads; several processes may use one place.

    Every method takes the `owner`, an opaque name that is not empty, and sees that owner's conversations alone: any other is
    as if it were not there. Each raises StoreError where the place cannot be read or written.
    """

    def close(self) -> None:
        """Give up what is held open; closing twice is harmless."""

    def create(self, owner: str, *, title: str = "", where: Filter = ANY) -> str:
        """Return the id, which nobody can guess, of a new conversation.

        Args:
            title: Empty takes the first question.
            where: The articles that it is about.
        """

    def summaries(self, owner: str, *, limit: int = 100, offset: int = 0) -> tuple[Summary, ...]:
        """Return an owner's conversations that have a question, the last used first."""

    def get(self, owner: str, id_: str) -> Conversation:
        """Return a conversation with its turns.

        Raises:
            InputError: this owner has none of that id.
        """

    def rename(self, owner: str, id_: str, title: str) -> None:
        """Give a conversation a title of at most 120 characters.

        Raises:
            InputError: this owner has none of that id, or the title is empty.
        """

    def rescope(self, owner: str, id_: str, where: Filter) -> None:
        """Say which articles a conversation is about.

        Raises:
            InputError: this owner has none of that id.
        """

    def delete(self, owner: str, id_: str) -> None:
        """Forget a conversation.

        Raises:
            InputError: this owner has none of that id.
        """

    def delete_all(self, owner: str) -> int:
        """Forget all conversations of an owner, and return how many there were."""

    def add(self, owner: str, id_: str, question: str, answer: Answer | None = None, *, error: str = "") -> int:
        """Keep a question and what came of it at the end of a conversation, and return its number.

        Args:
            answer: None where there is none.
            error: What went wrong; empty without an answer means that the reader stopped it.

        Raises:
            InputError: this owner has none of that id.
        """

    def truncate(self, owner: str, id_: str, number: int) -> None:
        """Forget the turns from a number on: what retrying or editing a question begins with.

        Raises:
            InputError: this owner has none of that id.
        """

    def judge(self, owner: str, id_: str, number: int, feedback: Feedback | None) -> None:
        """Keep what the owner thinks of a turn's answer; None takes it back.

        Raises:
            InputError: this owner has no such conversation, or it has no such turn.
        """

    def judged(self, owner: str | None = None) -> Iterator[tuple[Conversation, Kept]]:
        """Yield the turns that somebody judged, oldest first, each with its conversation without turns; None for all owners."""

    def search(self, owner: str, text: str, *, limit: int = 50) -> tuple[Match, ...]:
        """Return the conversations of which a question and its answer, or the title, hold every word of a text.

        Words that begin so count too. The last used comes first; a text without words finds nothing.
        """
