"""The one Keras model that every combination of parts is."""
