"""Become the database server: step down from root, ask to be stopped when the parent dies, and run the program.

Run by path in a fresh interpreter (`python -I launch.py PARENT UID GID PROGRAM ARGUMENTS...`, UID -1: stay who you are), because
between fork and exec a process with threads must not run Python code of ours. Standard library only.
"""

import ctypes  # now: after stepping down, the interpreter's own folder may be out of reach
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)


def main(parent: int, uid: int, gid: int, program: list[str]) -> None:
    """Never returns."""
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    os.umask(0o077)
    if sys.platform == "linux":
        # After setuid, which clears it. The signal comes when the *thread* that started us ends; SIGINT is the server's fast shutdown.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != parent:  # it died before we asked
        sys.exit(1)
    os.execv(program[0], program)  # noqa: S606 - that is the purpose


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
