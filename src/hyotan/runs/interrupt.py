"""Ctrl-C: stop after the epoch that runs, or at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import keras


class Stop(keras.callbacks.Callback):
    """Ctrl-C: the first one stops training after the epoch that runs, the second one at once."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take Ctrl-C in hand."""
        ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # by a shell, in the background
        if ignored or threading.current_thread() is not threading.main_thread():  # signals are the main thread's
            yield
            return
        before = signal.signal(signal.SIGINT, self._heard)
        try:
            yield
        except BaseException:
            if self.asked > 1:  # whatever it broke on its way out
                raise KeyboardInterrupt from None
            raise
        finally:
            signal.signal(signal.SIGINT, before)

    def _heard(self, number: int, frame: Any) -> None:
        self.asked += 1
        if self.asked > 1:
            self.model.stop_training = True  # Keras may swallow what is raised while it converts a number
            raise KeyboardInterrupt
        text = "stopping after this epoch · Ctrl-C again stops at once\n"
        with suppress(OSError):  # not print(): a signal may come in the middle of one
            os.write(2, f"{chr(10) * os.isatty(2)}{text}".encode())  # below the bar, if there is one

    def on_test_begin(self, logs: Any = None) -> None:
        """Stop at once, if that was asked for."""
        if self.asked > 1:
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Stop."""
        self.on_test_begin()
        if self.asked:
            self.model.stop_training = True
