"""Inference: codes, reconstructions and scores for any number of rows; the result of a row depends on that row only."""
