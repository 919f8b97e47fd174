"""Putting the gate into the way of uploads: the host's Caddyfile is read, changed, tested and put back."""
