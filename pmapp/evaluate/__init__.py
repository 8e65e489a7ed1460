"""Recorded history scored as if live, and compared with what happened."""
