"""What is changed in an HMA: its banks, and what is mirrored to it and from it."""
