"""How a script of the benchmark `peers` takes its turn.

It says `ready` when everything is imported and connected, waits for a line, works, says `done` with what it has to tell, and stays until
standard input ends, so that it can be looked at. Starting and ending are in no figure that way.
"""

import sys


def begin():
    print("ready", flush=True)
    if not sys.stdin.readline():
        sys.exit("the benchmark has ended")


def end(*words):
    print("done", *words, flush=True)
    sys.stdin.read()
