"""Passwords as scrypt hashes, and API keys as SHA-256: a key is long and random, so that a quick hash keeps it safe."""

from __future__ import annotations

import hashlib
import hmac
import secrets

MIN_PASSWORD = 8
MAX_PASSWORD = 1024
"""Characters of a password."""

_N, _R, _P = 2**15, 8, 3
_MAX_MEMORY = 128 * 1024 * 1024

KEY_PREFIX = "newsrag"


def hash_password(password: str) -> str:
    """Return `scrypt$n$r$p$salt$hash`, another one at every call; it takes some 32 MB and a tenth of a second or more."""
    salt = secrets.token_bytes(16)
    return f"scrypt${_N}${_R}${_P}${salt.hex()}${_scrypt(password, salt, _N, _R, _P).hex()}"


def is_password(password: str, hashed: str) -> bool:
    """Return whether a password is the one that was hashed; false for what is no hash of ours."""
    try:
        kind, n, r, p, salt, wanted = hashed.split("$")
        found = _scrypt(password, bytes.fromhex(salt), int(n), int(r), int(p))
        return kind == "scrypt" and hmac.compare_digest(found, bytes.fromhex(wanted))
    except ValueError:
        return False


def new_key() -> tuple[str, str, str]:
    """Return an API key, its id, which is part of it and no secret, and its hash."""
    id_ = secrets.token_hex(4)
    key = f"{KEY_PREFIX}_{id_}_{secrets.token_urlsafe(32)}"
    return key, id_, hash_key(key)


def key_id(key: str) -> str:
    """Return the id in an API key, empty where it is none of ours."""
    prefix, _, rest = key.partition("_")
    return rest.partition("_")[0] if prefix == KEY_PREFIX else ""


def hash_key(key: str) -> str:
    """Return the hash that a key is known by."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    data = password.encode("utf-8", "replace")
    return hashlib.scrypt(data, salt=salt, n=n, r=r, p=p, maxmem=_MAX_MEMORY, dklen=32)
