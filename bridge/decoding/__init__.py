"""Bytes → pictures: what a file is, what decoding it would cost, and its pixels in strips."""
