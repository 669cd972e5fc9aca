"""Articles from the web, fetched safely and politely.

`url` and `address` say what may be asked for and connected to, `connect` and `fetcher` make one request that keeps to it,
`expand` unpacks the answer. `crawl` makes many, with `robots` and a pause for each host. `feed`, `sitemap` and `discover` find
pages, `page` makes articles of them, `visits` remembers them, and `web` and `watch` put it all together.
"""

from rag.fetch.web import WebReader, read_urls

__all__ = ["WebReader", "read_urls"]
