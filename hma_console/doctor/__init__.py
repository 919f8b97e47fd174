"""What `doctor` looks at: one small function a check, each gives its findings."""
