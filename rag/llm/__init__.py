"""Language models: one interface, several backends.

Importing this package loads neither LlamaIndex nor an SDK; loading a model does.
"""

from rag.llm.generate import Reply, stream_reply
from rag.llm.registry import load_llm, parse_spec, providers
from rag.llm.state import BackendState, Readiness, backend_state

__all__ = [
    "BackendState",
    "Readiness",
    "Reply",
    "backend_state",
    "load_llm",
    "parse_spec",
    "providers",
    "stream_reply",
]
