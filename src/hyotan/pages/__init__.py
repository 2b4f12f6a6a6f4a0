"""Pages: the base page and the look that everything hyotan writes as HTML shares."""

from hyotan.pages._templates import environment

__all__ = ["environment"]
