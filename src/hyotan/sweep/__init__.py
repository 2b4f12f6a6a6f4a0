"""Sweeps: one model in many variants, trained together and compared."""

from hyotan.sweep.sweep import Sweep

__all__ = ["Sweep"]
