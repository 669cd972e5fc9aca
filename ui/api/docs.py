"""The page at `/docs`: every endpoint, written out from the OpenAPI description. No script, nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>For programs – Ask the news</title>
<style>
body { margin: 0 auto; max-width: 56rem; padding: 2rem 1rem; font: 1rem/1.55 -apple-system, "Segoe UI", Roboto, "Noto Sans",
  "Liberation Sans", Arial, sans-serif; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
details { border: 1px solid; border-radius: 6px; padding: .5rem .9rem; margin: .5rem 0; }
summary { cursor: pointer; overflow-wrap: anywhere; }
code { font-family: ui-monospace, "SF Mono", "Cascadia Mono", "Noto Sans Mono", "Liberation Mono", monospace; font-size: .9em; }
table { border-collapse: collapse; } td, th { text-align: left; vertical-align: top; padding: .2rem 1rem .2rem 0; }
</style>
</head>
<body>
<main>
"""


def docs_page(api: Mapping[str, Any]) -> str:
    """Return the page for an OpenAPI description."""
    groups: dict[str, list[str]] = {}
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["Other"])[0]
            groups.setdefault(tag, []).append(_operation(method, path, operation, api))
    parts = [f"<h2>{escape(tag)}</h2>{''.join(operations)}" for tag, operations in groups.items()]
    about = "".join(f"<p>{escape(part)}</p>" for part in api["info"].get("description", "").split("\n\n"))
    title = f"<h1>{escape(api['info']['title'])}</h1>{about}"
    link = '<p><a href="/api/openapi.json">The same for programs: OpenAPI</a></p>'
    return f"{_HEAD}{title}{link}{''.join(parts)}</main></body></html>\n"


def _operation(method: str, path: str, operation: Mapping[str, Any], api: Mapping[str, Any]) -> str:
    about = "".join(f"<p>{escape(part)}</p>" for part in operation.get("description", "").split("\n\n"))
    content = operation.get("requestBody", {}).get("content", {})
    bodies = "".join(
        f"<p>Body, <code>{escape(kind)}</code>:</p>{_fields(_resolved(body.get('schema', {}), api), api)}"
        for kind, body in content.items()
    )
    head = f"<summary><strong>{method.upper()}</strong> <code>{escape(path)}</code></summary>"
    return f"<details open>{head}{about}{_parameters(operation)}{bodies}</details>"


def _parameters(operation: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
        f"<td>{escape(_kind(one.get('schema', {})))}</td></tr>"
        for one in operation.get("parameters", ())
    )
    return f"<table>{rows}</table>" if rows else ""


def _fields(schema: Mapping[str, Any], api: Mapping[str, Any]) -> str:
    """Return a table of the fields of a body."""
    required = schema.get("required", ())
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code>{' (required)' if name in required else ''}</td><td>{escape(_kind(field))}</td>"
        f"<td>{escape(field.get('description', ''))}{_nested(field, api)}</td></tr>"
        for name, field in schema.get("properties", {}).items()
    )
    return f"<table>{rows}</table>"


def _nested(field: Mapping[str, Any], api: Mapping[str, Any]) -> str:
    """Return the fields of what a field holds, where that is an object of its own."""
    inner = _resolved(field.get("items", field), api)
    return _fields(inner, api) if inner.get("properties") else ""


def _resolved(schema: Mapping[str, Any], api: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema in place of a reference to it."""
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Mapping[str, Any] = api["components"]["schemas"][name] if name else schema
    return found


def _kind(schema: Mapping[str, Any]) -> str:
    """Return what a value may be, in a few words."""
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"] if one.get("type") != "null")
    if "enum" in schema:
        return " or ".join(json.dumps(value) for value in schema["enum"])
    kind = str(schema.get("format") or schema.get("type") or schema.get("$ref", "").rpartition("/")[2])
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    names = {"minimum": ">=", "maximum": "<=", "minLength": "length >=", "maxLength": "length <="}
    return ", ".join([kind, *(f"{sign} {schema[name]}" for name, sign in names.items() if name in schema)])
