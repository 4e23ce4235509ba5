"""Random search on the Branin function."""

from math import cos, pi

from rush_worker import Worker, main


def branin(xs: dict) -> dict:
    """What is minimised; its least value is 0.397887."""
    x1, x2 = xs["x1"], xs["x2"]
    valley = x2 - 5.1 / (4 * pi * pi) * x1 * x1 + 5 / pi * x1 - 6
    return {"y": valley * valley + 10 * (1 - 1 / (8 * pi)) * cos(x1) + 10}


def random_search(worker: Worker) -> None:
    """What every worker does: draws a point, tells the others that it works on it, evaluates it, saves the result."""
    lower, upper = worker.args["lower"], worker.args["upper"]
    names = worker.args.get("names") or [f"x{number + 1}" for number in range(len(lower))]
    space = list(zip(names, lower, upper, strict=True))
    while not worker.terminated:
        xs = {name: worker.rng.uniform(least, greatest) for name, least, greatest in space}
        key = worker.when_there_is_room(worker.push_running_one, xs)
        if key is None:
            break
        worker.when_there_is_room(worker.finish_one, key, branin(xs))


WitWorld = main(random_search)
