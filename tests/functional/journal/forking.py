"""A program that makes processes of the hub ready to be killed: imports all that a hub needs, once, and forks.

It reads one wish a line, as JSON: what to run, with which arguments, and where its output goes. It answers with the
new process's number; where the wish is to wait, with its exit status. It ends with its standard input, and all with it.
"""

import json
import os
import runpy
import signal
import sys
from pathlib import Path
from typing import Any, Final, NoReturn

_statuses: Final[dict[int, int]] = {}
_children: Final[set[int]] = set()


def reap(*_: object) -> None:
    """Take the status of each child that has ended, so that none stays as a zombie."""
    for pid in list(_children):
        try:
            done, status = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            continue
        if done:
            _statuses[pid] = os.waitstatus_to_exitcode(status)
            _children.discard(pid)


def be(wish: dict[str, Any]) -> NoReturn:
    """Become what is wished, in the child."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    output = os.open(wish["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor, source in ((0, os.open(os.devnull, os.O_RDONLY)), (1, output), (2, output)):
        os.dup2(source, descriptor)
    status = 1
    try:
        sys.argv = ["manage.py", *wish["arguments"]]
        if wish["module"] is None:
            # Settings have to be there first.
            from gaterhub.command_line import execute_and_tell

            execute_and_tell(sys.argv)
        else:
            runpy.run_module(wish["module"], run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as ending:
        status = ending.code if isinstance(ending.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main() -> None:
    import django

    django.setup()
    # What a serving process and a worker import first, which is most of the time that they take to start.
    import gaterhub.asgi
    import gaterhub.management.commands.serve
    import gaterhub.management.commands.worker
    import gaterhub.urls  # noqa: F401

    signal.signal(signal.SIGCHLD, reap)
    tell = os.fdopen(os.dup(1), "w", buffering=1)
    tell.write("ready\n")
    for line in sys.stdin:
        wish = json.loads(line)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        if (pid := os.fork()) == 0:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            be(wish)
        _children.add(pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        while wish["wait"] and pid not in _statuses:
            signal.sigtimedwait(set(), 0.02)
        tell.write(f"{_statuses[pid] if wish['wait'] else pid}\n")
    for pid in _children:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    main()
