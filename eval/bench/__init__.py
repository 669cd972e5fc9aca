"""The benchmarks of `rag bench`: how well the search finds, and how fast the whole is.

    retrieval.py  multihop.py  metrics.py      public questions -> searches -> scores, each defined with its source
    speed.py  child.py  process.py  news.py    made-up news of any length -> a process a measurement -> times and memory
    peers.py  outside/                         the same articles and weights through other libraries, in the same run
    pages.py  flags.py                         made-up pages and labelled articles -> what is read of them, and their flags
    record.py                                  what a figure was measured with: versions, machine, settings

The commands are in `rag/cli/bench.py`, one function each, and load what they need when they run.
"""
