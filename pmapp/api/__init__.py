"""The scanner's read-only HTTP API: `docs/api.md`."""
