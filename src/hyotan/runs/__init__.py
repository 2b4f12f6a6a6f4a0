"""Run folders: writing and resuming them, and using their models."""
