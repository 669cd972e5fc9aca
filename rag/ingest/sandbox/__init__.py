"""Files are parsed in other processes, which a hostile file may crash, hang or fill, and which can do nothing else.

`wire` is what is said between the processes, `jail` what a worker may not do, `worker` its side, `process` this side of
one worker, and `pool` many of them: files in parallel, articles in order.
"""

from rag.ingest.sandbox.pool import Sandbox

__all__ = ["Sandbox"]
