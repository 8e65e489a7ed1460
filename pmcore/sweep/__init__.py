"""The endgame scanner's pure core: who is eligible, what a residual is worth, and at what risk."""
