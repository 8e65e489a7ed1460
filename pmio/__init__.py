"""The shell: performs what the core asks and tells it what happened."""
