"""The API, through real sockets."""
