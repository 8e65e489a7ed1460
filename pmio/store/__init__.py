"""What the scanner keeps: markets, quotes, rule texts and scores, in SQLite or PostgreSQL."""
