"""The first lines of a function's process: its limits, its end, then AWS's own runtime client.

Started as `python launch.py MEMORY_MB HANDLER`. It imports nothing of ours: what runs here is the function.
"""

import ctypes
import resource
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Limit this process and become the runtime client."""
    memory_mb, handler = int(sys.argv[1]), sys.argv[2]
    resource.setrlimit(resource.RLIMIT_DATA, (memory_mb * 2**20, memory_mb * 2**20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # A core file would hold keys and pictures.
    if sys.platform == "linux":
        # The kernel ends us with the local cloud, even when that is killed without a chance to tidy up.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; we are ended in order.
    sys.path[0] = "."  # The function's root, in the place of this file's folder.
    sys.argv = ["awslambdaric", handler]
    runpy.run_module("awslambdaric", run_name="__main__")


if __name__ == "__main__":
    main()
