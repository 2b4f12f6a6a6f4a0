"""Ctrl-C: stop after the current epoch, or at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import keras


class Stop(keras.callbacks.Callback):
    """Callback for Ctrl-C: the first one stops training after the current epoch, the second one at once."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Handle Ctrl-C within this context."""
        ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # shells do this for background jobs
        if ignored or threading.current_thread() is not threading.main_thread():  # only it can set signal handlers
            yield
            return
        before = signal.signal(signal.SIGINT, self._heard)
        try:
            yield
        except BaseException:
            if self.asked > 1:  # the interrupt may surface as another exception
                raise KeyboardInterrupt from None
            raise
        finally:
            signal.signal(signal.SIGINT, before)

    def _heard(self, number: int, frame: Any) -> None:
        self.asked += 1
        if self.asked > 1:
            self.model.stop_training = True  # Keras may swallow an exception raised while it converts a number
            raise KeyboardInterrupt
        text = "stopping after this epoch · Ctrl-C again stops at once\n"
        with suppress(OSError):  # not print(): the signal may arrive during another print()
            os.write(2, f"{chr(10) * os.isatty(2)}{text}".encode())  # on a new line, below a progress bar

    def on_test_begin(self, logs: Any = None) -> None:
        """Stop at once after a second Ctrl-C."""
        if self.asked > 1:
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Stop after a first or second Ctrl-C."""
        self.on_test_begin()
        if self.asked:
            self.model.stop_training = True
