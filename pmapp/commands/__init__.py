"""The sub-commands of `pm`, one module each: they read options, call, and print."""
