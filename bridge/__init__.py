"""The headless engine: receive, hash, match, decide, record, act."""
