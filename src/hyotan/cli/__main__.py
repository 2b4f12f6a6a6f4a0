"""``python -m hyotan.cli``."""

from hyotan.cli.app import main

if __name__ == "__main__":
    main()
