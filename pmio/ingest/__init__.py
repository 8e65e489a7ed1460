"""How the scanner learns about markets: clients of venues, and the cycles that ask them."""
