"""The command line: every command, what it takes, and how it ends."""
