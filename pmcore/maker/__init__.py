"""What we would like to have resting, and the smallest way to get there."""
