"""Print docs/settings.md: `python scripts/settings.py > docs/settings.md`."""

from rag.config import load_config

INTRO = """# Settings

In `rag.toml` a setting `search.k` is `k` under `[search]`; its variable is `NEWSRAG_SEARCH_K`; its flag, where a
command has one, wins over both.
"""


def page() -> str:
    """Return the page of all settings, as Markdown."""
    rows = [
        f"| `{setting.name}` | {_default(setting.name, setting.value)} | {setting.description.replace('|', '/')} |"
        for setting in load_config(env={}).settings
    ]
    return "\n".join([INTRO, "| setting | default | meaning |", "|---|---|---|", *rows, ""])


def _default(name: str, value: object) -> str:
    """Return a default as the page shows it; the library's depends on the machine."""
    if name == "library.path":
        return "the user's data folder"
    return f"`{value}`" if str(value) else "empty"


if __name__ == "__main__":
    print(page(), end="")
