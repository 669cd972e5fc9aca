"""Articles in: files and folders -> decoded, cleaned, dated and named `Article`s.

Data flows through one module a step: `walk` finds files, `load` decides where each is read, `sandbox/` runs parsers in
processes that may fail, `formats/` turns bytes into a `Draft`, and `article` finishes it with `clean` (characters),
`boilerplate` (lines), `metadata` (what is known, and from where) and `identity` (ids and hashes). `manifest` reads what
a folder says of its own files.
"""

from rag.ingest.clean import Cleaned, clean
from rag.ingest.load import read_articles, read_passages, read_stream, read_upload
from rag.ingest.sandbox.pool import Sandbox
from rag.ingest.walk import Rejected

__all__ = ["Cleaned", "Rejected", "Sandbox", "clean", "read_articles", "read_passages", "read_stream", "read_upload"]
