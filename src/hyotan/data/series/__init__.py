"""Series: of unequal length, cut into windows, and with times."""
