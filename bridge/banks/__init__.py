"""Banks: made, filled, read from lists and written to them."""
