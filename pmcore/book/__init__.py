"""Order books as the venue shows them."""
