"""The plain mode: the console as lines to be read aloud, with commands instead of keys."""
