"""The programs: join the core and the shell, and speak to people."""
