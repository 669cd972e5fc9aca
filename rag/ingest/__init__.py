"""Articles in: files and folders -> decoded, cleaned, dated and named `Article`s.

Data flows through one module a step: `walk` finds files, `load` picks the reader for each, `formats/` turns bytes into
a `Draft`, and `article` finishes it with `clean` (characters), `boilerplate` (lines), `metadata` (what is known, and
from where) and `identity` (ids and hashes). `manifest` reads what a folder says of its own files.
"""

from rag.ingest.clean import Cleaned, clean
from rag.ingest.load import read_articles, read_passages
from rag.ingest.walk import Rejected

__all__ = ["Cleaned", "Rejected", "clean", "read_articles", "read_passages"]
