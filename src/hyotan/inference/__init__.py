"""Inference: codes, reconstructions and scores of any number of rows, each independent of the others."""
