"""Conversations, kept on the server: `store` keeps them in a file, `postgres` in a database, `record` says what they are.

`export` and `drafts` give them out. Nothing here knows the page: it may be used from any thread and any program.
"""

from ui.conversations.contract import Conversations
from ui.conversations.drafts import gold_drafts
from ui.conversations.export import as_json, as_markdown
from ui.conversations.record import Conversation, Feedback, Kept, Match, Summary
from ui.conversations.store import ConversationStore

__all__ = [
    "Conversation",
    "ConversationStore",
    "Conversations",
    "Feedback",
    "Kept",
    "Match",
    "Summary",
    "as_json",
    "as_markdown",
    "gold_drafts",
]
