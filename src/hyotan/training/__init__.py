"""Training: the one fit around Keras's loop, and what watches over it."""
