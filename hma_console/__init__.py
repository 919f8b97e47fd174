"""The console and the commands: what the operator sees and types."""
