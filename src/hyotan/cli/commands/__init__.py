"""The commands, one a file: the function called as the file, and ``SHORT_HELP``, its line in ``hyotan --help``."""
