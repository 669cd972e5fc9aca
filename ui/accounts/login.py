"""The login page: a form of our own, without a script."""

from __future__ import annotations

import html
from urllib.parse import urlsplit

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Log in – Ask the news</title>
<style>
:root {{ --paper: #f6f5f1; --sheet: #fff; --ink: #1b2126; --ink-2: #48525b; --line: #8b9096;
  --accent: #1f5b7a; --on: #fff; --bad: #a42525; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --paper: #14171a; --sheet: #1c2024; --ink: #e9e7e2; --ink-2: #bcc1c5; --line: #6d757c;
    --accent: #8cc5e2; --on: #0e1b22; --bad: #ff9c91; }}
}}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif; }}
main {{ width: min(22rem, calc(100vw - 2rem)); }}
h1 {{ font: 600 1.6rem/1.2 "Iowan Old Style", Charter, Georgia, "Noto Serif", "Liberation Serif", serif; margin: 0 0 1rem; }}
label {{ display: block; margin: 0 0 .9rem; color: var(--ink-2); }}
input {{ display: block; box-sizing: border-box; width: 100%; margin-top: .25rem; padding: .6rem .7rem; font: inherit;
  color: var(--ink); background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; }}
button {{ width: 100%; padding: .65rem; font: inherit; font-weight: 600; color: var(--on); background: var(--accent); border: 0;
  border-radius: 6px; cursor: pointer; }}
input:focus-visible, button:focus-visible {{ outline: 3px solid var(--accent); outline-offset: 2px; }}
.wrong {{ color: var(--bad); }}
</style>
</head>
<body>
<main>
<h1>Ask the news</h1>
{wrong}<form method="post" action="/login">
<input type="hidden" name="next" value="{next}">
<label>Name
<input name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="64" autofocus></label>
<label>Password
<input name="password" type="password" autocomplete="current-password" required maxlength="1024"></label>
<button>Log in</button>
</form>
</main>
</body>
</html>
"""


def login_page(wanted: str = "/", wrong: str = "") -> str:
    """Return the page: `wanted` is where to go afterwards, `wrong` what was wrong with the last attempt."""
    told = f'<p role="alert" class="wrong">{html.escape(wrong)}</p>\n' if wrong else ""
    return _PAGE.format(wrong=told, next=html.escape(inside(wanted)))


def inside(wanted: str) -> str:
    """Return a path of ours, the start page where `wanted` is none: nobody is sent elsewhere by logging in."""
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    is_ours = wanted.startswith("/") and not wanted.startswith("//") and not parts.netloc and wanted.isprintable()
    return wanted if is_ours and "\\" not in wanted else "/"
