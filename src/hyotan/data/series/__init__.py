"""Series: of unequal length, in windows, and their times."""
