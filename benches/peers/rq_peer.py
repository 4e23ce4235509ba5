"""RQ: `rq_peer.py COMMAND URL NUMBER`.

    enqueue URL JOBS    jobs of two numbers, in bulk
    fork URL 0          the worker that RQ has by default: a child process for each job
    simple URL 0        the one without, which RQ's notes on performance call the fast one
"""

import random
import sys

from redis import Redis
from rq import Queue, SimpleWorker, Worker

import turn
from branin import LOWER, UPPER, branin

QUEUE = "peers"


def enqueue(connection, jobs):
    queue = Queue(QUEUE, connection=connection)
    draw = random.Random(42).uniform
    points = ((draw(LOWER[0], UPPER[0]), draw(LOWER[1], UPPER[1])) for _ in range(jobs))
    turn.begin()
    queue.enqueue_many([Queue.prepare_data(branin, point) for point in points])
    turn.end()


def work(kind, connection):
    worker = kind([QUEUE], connection=connection)
    turn.begin()
    # Until the queue is empty; without the lines that it writes for each job.
    worker.work(burst=True, logging_level="WARNING")
    turn.end()


if __name__ == "__main__":
    command, url, number = sys.argv[1:]
    connection = Redis.from_url(url)
    connection.ping()
    if command == "enqueue":
        enqueue(connection, int(number))
    else:
        work({"fork": Worker, "simple": SimpleWorker}[command], connection)
