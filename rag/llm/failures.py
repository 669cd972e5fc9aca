"""What a backend's exception means for the person who asked.

| What the service did                                   | What is raised   |
|--------------------------------------------------------|------------------|
| refused the connection, timed out, 408 409 425 429 5xx | TransientError   |
| malformed JSON, no choices, cut stream, error in it    | TransientError   |
| any of these after the reply began                     | GenerationError  |
| the prompt is longer than the model's window           | GenerationError  |
| 401, 403: the key; 402 or no quota left: the account   | PermanentError   |
| 404, unknown model; a web page; any other 4xx          | PermanentError   |

A message says what happened, where, and what to type next; never the key, nor, for a refused key, what the service
said: some quote it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.errors import GenerationError, NewsRagError, PermanentError, TransientError
from rag.llm.hosted import OPENAI, Endpoint

if TYPE_CHECKING:
    from rag.llm.wire import Line

# Each HTTP library and SDK has classes of its own. They are told by name: importing them all here to compare would cost
# seconds, and a third party's LLM may use yet another.
_TIMEOUTS = frozenset({"TimeoutError", "TimeoutException", "APITimeoutError", "Timeout"})
_CONNECT_TIMEOUTS = frozenset({"ConnectTimeout"})
_CONNECTIONS = frozenset({"ConnectionError", "RequestError", "APIConnectionError"})
_SDK_ERRORS = frozenset({"APIError", "OpenAIError", "AnthropicError", "ResponseError"})

# What the SDKs raise where they first touch a reply that is not of the protocol.
_TRIPPED = (ValueError, TypeError, LookupError, AttributeError)

# Statuses worth another try: besides 429 and 5xx, a slow request, a lock, and a replayed TLS handshake.
_TRANSIENT = frozenset({408, 409, 425, 429})

# Errors that come inside a stream whose status was already 200 name their kind instead.
_KINDS = {
    "overloaded_error": 529,
    "rate_limit_error": 429,
    "api_error": 500,
    "server_error": 500,
    "timeout_error": 504,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "invalid_request_error": 400,
}

_TOO_LONG = re.compile(
    r"context[_ ](length|window|size)|(prompt|input) (is|length|token)[^.]{0,60}(too long|exceed)|too many (input )?tokens",
    re.I,
)
_NO_MODEL = re.compile(
    r"model.{0,80}(not found|does not exist|not a valid|not exist|not supported)|model_not_found|unknown model", re.I
)
_NO_MONEY = re.compile(r"insufficient_quota|exceeded your current quota|credit balance|insufficient credits", re.I)


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception of a backend, read: the HTTP status (0 where there was none) and what the service said."""

    error: Exception
    status: int
    said: str
    reason: str

    def is_a(self, names: frozenset[str]) -> bool:
        """Say whether the exception, or the one that caused it, is of a class of these names."""
        chain = (self.error, self.error.__cause__)
        return any(kind.__name__ in names for error in chain if error is not None for kind in type(error).__mro__)


def translate(error: Exception, endpoint: Endpoint, line: Line, *, has_begun: bool, timeout_s: float) -> NewsRagError | None:
    """Return what to raise for an exception of a backend, or None where it is a bug that should keep its traceback.

    Args:
        error: What the backend raised.
        endpoint: Who was asked.
        line: The request that failed.
        has_begun: Whether part of the reply was already shown, so that asking again would contradict it.
        timeout_s: The silence that was allowed.
    """
    if isinstance(error, NewsRagError):
        return error
    failure = _read(error, endpoint, line)
    if failure.status >= 400:
        found = _of_status(failure, endpoint)
    elif _TOO_LONG.search(failure.said):
        found = too_long(endpoint, failure.said)
    elif failure.is_a(_TIMEOUTS):
        found = _timeout(failure, endpoint, timeout_s)
    elif failure.is_a(_CONNECTIONS) and not line.status:
        found = TransientError(f"cannot reach {endpoint} ({failure.reason}); {_start_it(endpoint)}")
    elif failure.is_a(_CONNECTIONS):
        found = cut(endpoint, failure.reason)
    elif failure.is_a(_SDK_ERRORS):
        found = TransientError(f"{endpoint} reported an error ({failure.said}); try again later, or name another model")
    elif line.status and isinstance(error, _TRIPPED):
        found = nonsense(endpoint, line, failure.reason)
    else:
        return None
    return after_start(found) if has_begun else found


def after_start(error: NewsRagError) -> NewsRagError:
    """Return what to raise when `error` came after part of the reply was shown: trying again is up to the reader."""
    if not isinstance(error, TransientError):
        return error
    return GenerationError(f"the reply broke off and is incomplete: {error}")


def cut(endpoint: Endpoint, reason: str) -> TransientError:
    """Return the error for a stream that ended before the model said that it was done."""
    return TransientError(f"{endpoint} cut the reply short ({reason}); check its log if this happens again")


def nonsense(endpoint: Endpoint, line: Line, reason: str) -> NewsRagError:
    """Return the error for a reply that is not of the protocol."""
    if "html" in line.headers.get("content-type", ""):
        return PermanentError(f"{endpoint} answered with a web page, not as a model does; {_path_hint(endpoint)}")
    return TransientError(f"{endpoint} sent a malformed reply ({reason}); check that llm.base_url speaks its protocol")


def too_long(endpoint: Endpoint, said: str) -> GenerationError:
    """Return the error for a prompt that the model's window cannot hold."""
    return GenerationError(
        f"the prompt is longer than {endpoint.model!r} can read ({said}); lower answer.evidence_tokens, "
        "for example: export NEWSRAG_ANSWER_EVIDENCE_TOKENS=300"
    )


def _read(error: Exception, endpoint: Endpoint, line: Line) -> Failure:
    """Return what is known of an exception, with the key struck out of every word of it."""
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, dict) else body
    kind = inner.get("type") or inner.get("code") if isinstance(inner, dict) else None
    status = line.status if line.status >= 400 else _KINDS.get(str(kind), 0)
    for candidate in (inner.get("code") if isinstance(inner, dict) else None, getattr(error, "status_code", None)):
        if not status and isinstance(candidate, int) and 400 <= candidate < 600:
            status = candidate
    said = _said(error, inner) + (f" [{kind}]" if kind else "")
    root = error.__cause__ or error
    reason = f"{type(root).__name__}: {root}" if str(root) else type(root).__name__
    return Failure(error, status, _short(endpoint.redact(said)), _short(endpoint.redact(reason)))


def _said(error: Exception, inner: Any) -> str:
    """Return the service's own words: OpenAI, Anthropic, vLLM and Ollama each put them elsewhere."""
    if isinstance(inner, dict):
        return str(inner.get("message") or inner.get("detail") or inner)
    return str(inner or getattr(error, "error", None) or error)


def _of_status(failure: Failure, endpoint: Endpoint) -> NewsRagError:
    """Return the error for an HTTP status of 400 or more."""
    status, said = failure.status, failure.said
    if status in (401, 403):
        return _refused_key(status, endpoint)
    if status == 402 or _NO_MONEY.search(said):
        return PermanentError(
            f"{endpoint} says that the account has no credit left ({status}: {said}); top it up, or name another model"
        )
    if _TOO_LONG.search(said) or status == 413:
        return too_long(endpoint, said)
    if status in (400, 404) and (_NO_MODEL.search(said) or (status == 404 and endpoint.model in said)):
        return PermanentError(
            f"{endpoint} has no model {endpoint.model!r} ({status}); list its models with: {endpoint.listing}"
        )
    if status == 404:
        return PermanentError(f"{endpoint} has nothing at that address (404); {_path_hint(endpoint)}")
    if status in _TRANSIENT or status >= 500:
        return TransientError(f"{endpoint} answered {status}: {said}; try again later, or name another model")
    return PermanentError(f"{endpoint} refused the request ({status}: {said}); check the llm settings with: rag config show")


def _refused_key(status: int, endpoint: Endpoint) -> PermanentError:
    """Return the error for a key that was refused or is wanted."""
    variable = endpoint.service.key_variable
    if not variable:
        return PermanentError(f"{endpoint} refused access ({status}); check the key it reads from the environment")
    what = f"refused the key in {variable}" if endpoint.key else f"asks for a key, and {variable} is not set"
    return PermanentError(f"{endpoint} {what} ({status}); type: export {variable}=YOUR_KEY")


def _timeout(failure: Failure, endpoint: Endpoint, timeout_s: float) -> TransientError:
    """Return the error for a service that did not answer in time."""
    if failure.is_a(_CONNECT_TIMEOUTS):
        return TransientError(f"cannot reach {endpoint} (no connection in time); {_start_it(endpoint)}")
    return TransientError(
        f"{endpoint} was silent for {timeout_s:g} s; if the model is only slow, raise llm.timeout_s, "
        f"for example: export NEWSRAG_LLM_TIMEOUT_S={2 * timeout_s:g}"
    )


def _start_it(endpoint: Endpoint) -> str:
    """Return what to type when nothing answers."""
    if endpoint.service.provider == "ollama":
        return "start it with: ollama serve; or set llm.base_url or OLLAMA_HOST"
    return "check that it runs and that llm.base_url is right: rag config show"


def _path_hint(endpoint: Endpoint) -> str:
    """Return what to check when the address answers but is not the model's."""
    wanted = "ends in /v1, as most do" if endpoint.service is OPENAI else "has no path such as /v1"
    return f"check that llm.base_url {wanted}: rag config show"


def _short(text: str) -> str:
    """Return `text` on one line, at most 200 characters."""
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:199] + "…"
