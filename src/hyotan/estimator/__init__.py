"""The estimator: what a user fits and asks."""
