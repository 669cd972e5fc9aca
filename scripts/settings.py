"""Print the table of settings for the README: `python scripts/settings.py`."""

from rag.config import load_config


def table() -> str:
    """Return the settings as a Markdown table."""
    rows = [
        f"| `{setting.name}` | {_default(setting.name, setting.value)} | {setting.description.replace('|', '/')} |"
        for setting in load_config(env={}).settings
    ]
    return "\n".join(["| setting | default | meaning |", "|---|---|---|", *rows])


def _default(name: str, value: object) -> str:
    """Return a default as the README shows it; the library's depends on the machine."""
    if name == "library.path":
        return "the user's data folder"
    return f"`{value}`" if str(value) else "empty"


if __name__ == "__main__":
    print(table())
