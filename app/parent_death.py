"""A process that does not outlive the one that started it, not even after kill -9."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG in linux/prctl.h


def ending_with(parent: int, *, by: signal.Signals) -> Callable[[], None]:
    """What a child of `parent` calls to be sent `by` when the thread that started it ends.

    Made before the child is, so that between fork and exec two system calls are all there is. A
    change of user undoes it. Only Linux can do this; elsewhere the child does nothing.
    """
    if sys.platform != "linux":
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask_the_kernel() -> None:
        prctl(SET_PARENT_DEATH_SIGNAL, by)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask_the_kernel
