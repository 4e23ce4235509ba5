"""Makes the calls that queued tasks name, and finishes each with what it saw: the worker loop of the conformance suite in Python.

What is expected of all languages, and the description of the commands, stands in ``tests/e2e/conformance``.
"""

import logging
import math
import os

from rush_worker import (
    BudgetExhausted,
    Condition,
    ConversionError,
    Integers,
    Json,
    Numbers,
    RushError,
    Texts,
    WorkerRng,
    log,
    main,
)

LEVELS = {
    "trace": 5,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}


def performs_commands(worker):
    """Works on commands until the loop is told to end."""
    while not worker.terminated:
        task = worker.pop(timeout=1)
        if task is None:
            continue
        if task.xs["call"] == "end":
            return end(task.xs)
        try:
            seen = CALLS[task.xs["call"]](worker, task.xs)
        except ConversionError:
            raise
        except RushError as error:
            seen = refusal(error)
        worker.finish_one(task.key, seen)


def end(xs):
    message = xs.get("message", "")
    if xs["how"] == "error":
        raise RushError(message)
    if xs["how"] == "trap":
        log(logging.ERROR, "panic", f"aborted: {message}")
        os.abort()


def refusal(error):
    seen = {"error": error.case}
    if isinstance(error, BudgetExhausted):
        return seen | {"message": "", "room": error.remaining}
    return seen | {"message": error.message}


# Operands.


def fields(xs, prefix):
    """The elements of this prefix, without it."""
    prefix += "."
    return {name.removeprefix(prefix): value for name, value in xs.items() if name.startswith(prefix)}


def rows(xs, prefix, count=None):
    """So many rows as are asked for."""
    return [fields(xs, prefix)] * (xs.get("n", 1) if count is None else count)


def keys(xs):
    return xs.get("keys", [])


def seconds(xs):
    return None if xs.get("timeout") is None else xs["timeout"] / 1000


def parts(xs):
    return [part.replace("-", "_") for part in xs.get("parts", [])]


def conditions(xs, count):
    """The condition for each of so many tasks, if there is one."""
    if "message" not in xs:
        return None
    return [Condition(xs["message"], xs.get("kind", "error"), fields(xs, "details"))] * count


# Answers.


def prefixed(prefix, fields):
    return {f"{prefix}.{name}": value for name, value in fields.items()}


def of_condition(prefix, condition):
    about = {f"{prefix}kind": condition.kind, f"{prefix}message": condition.message}
    return about | prefixed(f"{prefix}details", condition.details)


def of_task(prefix, task):
    seen = {
        f"{prefix}key": task.key,
        f"{prefix}state": task.state,
        f"{prefix}attempt": task.attempt,
        f"{prefix}worker-id": task.worker_id,
    }
    for part in ("xs", "ys", "xs_extra", "ys_extra"):
        seen |= prefixed(prefix + part.replace("_", "-"), getattr(task, part))
    return seen if task.condition is None else seen | of_condition(prefix, task.condition)


def booleans(list):
    return Integers(map(int, list))


def looked(table, looks):
    seen = {}
    for look in looks:
        what, _, column = look.partition(":")
        if what == "columns":
            columns = table.columns()
            seen |= {"columns": Texts(columns), "kinds": Texts(columns.values())}
        elif what == "texts":
            factor = table.texts(column)
            seen |= {f"levels:{column}": Texts(factor.levels), f"codes:{column}": Integers(factor.codes)}
        elif what == "values":
            seen |= {f"values:{column}:{row}": value for row, value in enumerate(table.values(column))}
        elif what == "rows":
            start, count = map(int, column.split(":"))
            for row, task in enumerate(table.rows(start, count)):
                seen |= of_task(f"row:{row}:", task)
        else:
            seen[look] = LOOKS[what](table, column)
    return seen


LOOKS = {
    "len": lambda table, _: len(table),
    "keys": lambda table, _: Texts(table.keys()),
    "states": lambda table, _: Texts(table.states()),
    "numbers": lambda table, column: Numbers(table.numbers(column)),
    "integers": lambda table, column: Integers(table.integers(column)),
    "booleans": lambda table, column: booleans(table.booleans(column)),
    "valid": lambda table, column: booleans(table.valid(column)),
    "json": lambda table, _: table.json(),
}


# Calls.


def literals(worker, xs):
    """Every case of a value, as Python writes it."""
    numbers = [0.0, -0.0, math.nan, math.inf, -math.inf, 2.2250738585072014e-308, 5e-324, 1.7976931348623157e308, 0.1]
    hard = {
        "null": None,
        "true": True,
        "false": False,
        "integers": [-(2**63), -1, 0, 1, 2**53 + 1, 2**63 - 1],
        "no integers": Integers(),
        "no numbers": Numbers(),
        "texts": ["", " ", "\0", "\n", '"quoted"', "\u00e4\U0001f980\U0010ffff", "NaN", "null"],
        "no texts": Texts(),
        "bytes": bytes(range(256)),
        "no bytes": b"",
        "json": {"a": [1, 2.5, None, {"b": "\u00e4"}]},
        "least": -(2**63),
        "greatest": 2**63 - 1,
        "": "under an empty name",
        "a.b c/\U0001f980\n": "under a hard name",
        "long": "x" * 100_000,
    }
    hard |= {f"n{index}": number for index, number in enumerate(numbers)}
    return prefixed("xs", hard | {"numbers": numbers})


def push(worker, xs):
    points, extra = rows(xs, "xs"), rows(xs, "xs-extra")
    pushed = worker.push_to(xs["worker"], points, extra) if "worker" in xs else worker.push(points, extra)
    return {"keys": Texts(pushed)}


def push_running(worker, xs):
    return {"keys": Texts(worker.push_running(rows(xs, "xs"), rows(xs, "xs-extra")))}


def push_finished(worker, xs):
    parts = (rows(xs, part) for part in ("xs", "ys", "xs-extra", "ys-extra"))
    return {"keys": Texts(worker.push_finished(*parts))}


def push_failed(worker, xs):
    pushed = worker.push_failed(rows(xs, "xs"), conditions(xs, xs.get("n", 1)), rows(xs, "xs-extra"))
    return {"keys": Texts(pushed)}


def pop(worker, xs):
    task = worker.pop(seconds(xs) or 0)
    return {"found": False} if task is None else {"found": True} | of_task("", task)


def finish(worker, xs):
    ended = keys(xs)
    refused = worker.finish(ended, rows(xs, "ys", len(ended)), rows(xs, "ys-extra", len(ended)))
    return {"refused": Texts(refused)}


def fail(worker, xs):
    return {"refused": Texts(worker.fail(keys(xs), conditions(xs, len(keys(xs)))))}


def finish_and_push_running(worker, xs):
    ended = keys(xs)
    results, beside = (rows(xs, part, len(ended)) for part in ("ys", "ys-extra"))
    points, extra = rows(xs, "xs"), rows(xs, "xs-extra")
    return {"keys": Texts(worker.finish_and_push_running(ended, results, points, beside, extra))}


def fetch(worker, xs):
    with worker.fetch(xs.get("states", []), parts(xs)) as table:
        return looked(table, xs.get("look", []))


def fetch_new(worker, xs):
    with worker.fetch_new(parts(xs), seconds(xs) or 0) as table:
        return looked(table, xs.get("look", []))


def reset_cache(worker, xs):
    worker.reset_cache()
    return {}


def count(worker, xs):
    counts = worker.count()
    return {state: getattr(counts, state) for state in ("queued", "running", "finished", "failed")}


def keys_of_states(worker, xs):
    return {state: Texts(keys) for state, keys in worker.keys(xs.get("states", [])).items()}


def has_state(worker, xs):
    return {"has": booleans(worker.has_state(keys(xs), xs["state"]))}


def wait(worker, xs):
    return {"done": worker.wait(keys(xs), seconds(xs))}


def write_hashes(worker, xs):
    value = fields(xs, "xs")
    hashes = [{name: value for name in xs.get("names", [])}] * xs.get("n", 1)
    return {"keys": Texts(worker.write_entries(hashes))}


def read_hashes(worker, xs):
    hashes = worker.read_entries(keys(xs), xs.get("names", []))
    seen = {"found": booleans(entries is not None for entries in hashes)}
    for index, entries in enumerate(hashes):
        for name, row in (entries or {}).items():
            seen |= {f"{index}:{name}:{element}": value for element, value in row.items()}
    return seen


def about_worker(worker, xs):
    return {
        "id": worker.id,
        "network-id": worker.network_id,
        "terminated": worker.terminated,
        "running-workers": Texts(worker.running_workers()),
    }


def context(worker, xs):
    given = {"args": Json(worker.args), "seed": str(worker.seed)}
    return given | {f"data:{name}": worker.data(name) for name in xs.get("names", [])}


def say(worker, xs):
    log(LEVELS[xs["level"]], xs["logger"], xs["message"])
    return {}


def evaluate(worker, xs):
    try:
        return prefixed("ys", worker.evaluate(fields(xs, "xs")))
    except Condition as condition:
        return of_condition("", condition)


def random(worker, xs):
    rng, times = WorkerRng(worker.seed), range(xs.get("n", 1))
    return {
        "uniform": Numbers([rng.uniform(-5, 10) for _ in times]),
        "integer": Integers([rng.integer(-3, 17) for _ in times]),
        "huge": Integers([rng.integer(-(2**63), 2**63 - 1) for _ in times]),
        "choice": Texts([rng.choice(["a", "b", "c"]) for _ in times]),
    }


CALLS = {
    "echo": lambda worker, xs: prefixed("xs", fields(xs, "xs")),
    "literals": literals,
    "push": push,
    "push-running": push_running,
    "push-finished": push_finished,
    "push-failed": push_failed,
    "pop": pop,
    "finish": finish,
    "fail": fail,
    "finish-and-push-running": finish_and_push_running,
    "fetch": fetch,
    "fetch-new": fetch_new,
    "reset-cache": reset_cache,
    "count": count,
    "keys": keys_of_states,
    "has-state": has_state,
    "wait": wait,
    "empty-queue": lambda worker, xs: {"n": worker.empty_queue()},
    "write-hashes": write_hashes,
    "read-hashes": read_hashes,
    "worker": about_worker,
    "context": context,
    "log": say,
    "evaluate": evaluate,
    "random": random,
}

WitWorld = main(performs_commands)
