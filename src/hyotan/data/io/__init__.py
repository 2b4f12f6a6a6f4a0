"""Files in and out: one reader a format, one loader for all of them, writers of answers."""
