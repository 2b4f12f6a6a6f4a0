"""The artifact: a fitted model as one file, and back."""
