"""The artifact: a fitted model saved to one file, and loaded again."""
