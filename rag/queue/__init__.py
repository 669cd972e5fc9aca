"""Articles into the library by many workers: jobs wait in PostgreSQL, and whichever `rag worker` is free takes the next."""
