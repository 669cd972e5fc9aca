"""What the check of a sentence looks at, one idea a module."""
