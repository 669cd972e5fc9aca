"""Which articles are copies of one another: the print of a text, when two prints are of one text, and who wrote it first."""
