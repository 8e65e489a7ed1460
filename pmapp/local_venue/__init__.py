"""A Polymarket on localhost: the venue's wire protocols over the simulated exchange of the core."""
