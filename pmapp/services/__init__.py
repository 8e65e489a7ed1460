"""The scanner's services as Trio loops: ingest, score, retention."""
