"""The Keras model behind every combination of parts."""
