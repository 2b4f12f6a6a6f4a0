"""Sweeps: many variants of one model, trained together and compared."""

from hyotan.sweep.sweep import Sweep

__all__ = ["Sweep"]
