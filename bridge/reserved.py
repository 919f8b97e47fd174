"""Names that the bridge keeps for itself."""

SELF_TEST = "self-test"
"""The bank that has the picture of the self-test, and the sender of that picture."""
