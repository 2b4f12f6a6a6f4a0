"""Ctrl-C, and other requests to stop: after the current epoch, or at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import keras

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Stop(keras.callbacks.Callback):
    """Callback for Ctrl-C, SIGTERM and SIGHUP: the first stops training after the current epoch, the second at once."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Handle Ctrl-C within this context."""
        if threading.current_thread() is not threading.main_thread():  # only it can set signal handlers
            yield
            return
        # Shells have background jobs ignore Ctrl-C, and nohup has them ignore the end of the terminal.
        heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        before = {number: signal.signal(number, self._heard) for number in heard}
        try:
            yield
        except BaseException:
            if self.asked > 1:  # the interrupt may surface as another exception
                raise KeyboardInterrupt from None
            raise
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _heard(self, number: int, frame: Any) -> None:
        self.asked += 1
        if self.asked > 1:
            self.model.stop_training = True  # Keras may swallow an exception raised while it converts a number
            raise KeyboardInterrupt
        again = "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name
        text = f"stopping after this epoch · {again} again stops at once\n"
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
