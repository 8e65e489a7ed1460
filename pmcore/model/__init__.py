"""The probability model and its inputs: pure functions of numbers."""
