"""What programs send, checked and bounded as it comes in."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rag.assistant import MAX_QUESTION
from rag.converse.history import Exchange
from rag.manner import Depth, Manner
from rag.types import Filter

Name = Annotated[str, Field(max_length=300)]
MAX_ARTICLES = 1000
MAX_TEXT = 2_000_000
"""Articles of one request, and characters of one article."""


class Sent(BaseModel):
    """A body whose unknown fields are refused, so that a misspelt filter is not passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Scope(Sent):
    """Which articles may be found; what is left out lets all through."""

    publishers: tuple[Name, ...] = Field((), max_length=100, description="Only these publishers.")
    language: str = Field("", max_length=10, description="Only this language, such as `en`.")
    articles: tuple[Name, ...] = Field((), max_length=1000, description="Only these article ids.")
    published_from: date | None = Field(None, description="Published on this UTC day or later.")
    published_to: date | None = Field(None, description="Published on this UTC day or before.")
    as_of: date | None = Field(None, description="Hide what was published after this UTC day.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.published_from and self.published_to and self.published_from > self.published_to:
            raise ValueError(f"published_from {self.published_from} is after published_to {self.published_to}")
        return self

    @property
    def where(self) -> Filter:
        """The filter."""
        return Filter(
            publishers=self.publishers,
            language=self.language,
            articles=self.articles,
            published_from=self.published_from,
            published_to=self.published_to,
            as_of=self.as_of,
        )


class Wish(BaseModel):
    """How the answer is to be made."""

    answer_language: Literal["", "en", "es", "fr"] = Field("", description="Language of the answer; empty: the question's.")
    depth: Depth = Field(Depth.NORMAL, description="How much evidence the answer is made from.")

    @property
    def manner(self) -> Manner:
        """What the assistant is told of it."""
        return Manner(self.answer_language, self.depth)


class Earlier(Sent):
    """A question asked before, and the answer that it got."""

    question: str = Field(min_length=1, max_length=MAX_QUESTION)
    answer: str = Field("", max_length=20_000)

    @property
    def exchange(self) -> Exchange:
        """What the assistant remembers of it."""
        return Exchange(self.question, self.answer)


class AskBody(Scope, Wish):
    """A question."""

    question: str = Field(min_length=1, max_length=MAX_QUESTION, description="The question.")
    history: tuple[Earlier, ...] = Field((), max_length=50, description="What was asked before, oldest first.")
    model: str | None = Field(None, max_length=200, description="One of `/v1/models`; left out, the setting `llm.model`.")
    stream: bool = Field(False, description="Send server-sent events, as with `Accept: text/event-stream`.")


class SearchBody(Scope):
    """What to search for."""

    query: str = Field(min_length=1, max_length=MAX_QUESTION, description="A question or words.")
    k: int | None = Field(None, ge=1, le=100, description="Passages wanted; left out, the setting `search.k`.")
    context: bool = Field(False, description="Give the passages before and after each as well.")


class NewArticle(Sent):
    """An article to add. One with the id, or the URL, of another replaces it."""

    text: str = Field(min_length=1, max_length=MAX_TEXT)
    id: str | None = Field(None, max_length=200)
    title: str | None = Field(None, max_length=1000)
    url: str | None = Field(None, max_length=2000)
    publisher: str | None = Field(None, max_length=300)
    author: str | None = Field(None, max_length=300)
    published: date | None = None
    language: str | None = Field(None, max_length=10)


class AddBody(Sent):
    """Articles to add."""

    articles: tuple[NewArticle, ...] = Field(min_length=1, max_length=MAX_ARTICLES)


class Part(BaseModel):
    """A part of a message; only text can be answered."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: str
    text: str = Field("", max_length=100_000)


class Message(BaseModel):
    """A message of a chat, as OpenAI has them."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[str, Field(max_length=100_000)] | tuple[Part, ...] | None = None

    @property
    def text(self) -> str:
        """Its text, parts joined by new lines.

        Raises:
            ValueError: a part is no text.
        """
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        odd = next((part.type for part in self.content if part.type not in ("text", "input_text", "output_text")), None)
        if odd:
            raise ValueError(f"a part of type {odd!r} cannot be read: only text can")
        return "\n".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    """What a stream holds besides the text."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    include_usage: bool = False


class ChatBody(Wish):
    """A chat, as OpenAI's clients send it; settings of theirs that mean nothing here are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    messages: tuple[Message, ...] = Field(min_length=1, max_length=200)
    model: str = Field("newsrag", max_length=200)
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: int | None = Field(None, ge=1, le=1, description="One answer is all there is.")
    where: Scope = Field(
        Scope(), description="Which articles may be found; an addition of ours, as are answer_language and depth."
    )


def shape_of(model: BaseModel) -> dict[str, Any]:
    """Return a model as JSON holds it, without what was left out."""
    return model.model_dump(mode="json", exclude_none=True)
