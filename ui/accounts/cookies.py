"""The two cookies: who is logged in, and which browser it is where nobody has to log in. Neither can be forged."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import time
from pathlib import Path

from rag.files import write_private
from ui.accounts.book import Accounts

SESSION = "newsrag_session"
BROWSER = "newsrag_browser"
BROWSER_S = 400 * 24 * 3600
"""Seconds that a browser keeps its key: as long as browsers allow."""

SECRET_FILE = "page.secret"


def load_secret(folder: Path) -> bytes:
    """Return the secret in a folder, made where there is none; one for this process alone where that cannot be done.

    It is what keeps logins and conversations over a restart; without it readers log in again.
    """
    file = folder / SECRET_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f"{SECRET_FILE}.{secrets.token_hex(4)}.part"
        if not file.exists():
            write_private(partial, secrets.token_bytes(32))
            try:
                os.link(partial, file)  # fails where another process was first, whose secret then counts
            except FileExistsError:
                pass
            finally:
                partial.unlink()
        found = file.read_bytes()
    except OSError:
        found = b""
    return found if len(found) >= 32 else secrets.token_bytes(32)


class Cookies:
    """Makes and reads the values of our cookies."""

    def __init__(self, secret: bytes, accounts: Accounts, *, session_s: float) -> None:
        """Sign with `secret`; a login lasts `session_s` seconds, or until its account's password changes."""
        self._secret = secret
        self._accounts = accounts
        self.session_s = session_s

    def session(self, name: str) -> str:
        """Return the value that says that an account is logged in."""
        said = json.dumps([name, int(time.time() + self.session_s)]).encode()
        coded = base64.urlsafe_b64encode(said).decode().rstrip("=")
        return f"{coded}.{self._signed(said, self._accounts.fingerprint(name) or '')}"

    def account(self, session: str) -> str | None:
        """Return whose login a value is, None where it is forged, too old, or the password was changed since."""
        coded, _, signature = session.partition(".")
        try:
            said = base64.b64decode(f"{coded}{'=' * (-len(coded) % 4)}", altchars=b"-_", validate=True)
            name, until = json.loads(said)
            fingerprint = self._accounts.fingerprint(name)
        except (binascii.Error, ValueError, TypeError):
            return None
        if fingerprint is None or not hmac.compare_digest(self._signed(said, fingerprint), signature):
            return None
        return str(name) if until > time.time() else None

    def browser(self) -> str:
        """Return a key for a browser that has none."""
        return secrets.token_urlsafe(32)

    def owner(self, browser: str) -> str:
        """Return whose conversations a browser's key opens; the key cannot be told from it."""
        return f"browser:{self._signed(browser.encode('utf-8', 'replace'), 'browser')}"

    def _signed(self, said: bytes, purpose: str) -> str:
        return hmac.new(self._secret, said + b"\0" + purpose.encode(), hashlib.sha256).hexdigest()
