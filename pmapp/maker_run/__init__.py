"""`pm maker`: the shell built, watched, explained and ended."""
