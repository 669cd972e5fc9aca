"""A conversation: what a question says only together with the ones before it, and what is said that is no question."""
