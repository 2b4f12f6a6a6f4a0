"""Training: the fit built around Keras's training loop, and its callbacks."""
