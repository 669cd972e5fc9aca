"""Made-up pages with known bodies: invented stories, and the templates that lay them out as news sites do.

    stories.py   what stands in the pages
    layouts.py   templates that the extraction was built with
    held_out.py  templates that were written after it and looked at once
    seeds.toml   the sample articles, labelled by hand: the lines that belong to each

`rag bench pages` scores the extraction on them.
"""
