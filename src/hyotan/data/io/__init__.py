"""Input and output: one reader per file format, one loader for all formats, and writers of results."""
