"""What holds for every command alike."""
