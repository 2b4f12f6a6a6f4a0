"""The estimator, the main class for users: fit, transform, reconstruct, score, sample, save."""
