"""Sweeps: one model in many variants, trained together and compared."""

from hyotan.sweep.sweep import Fleet

__all__ = ["Fleet"]
