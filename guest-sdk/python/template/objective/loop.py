"""Random search on any objective."""

from rush_worker import Worker, main


def random_search(worker: Worker) -> None:
    """What every worker does: draws a point, tells the others that it works on it, evaluates it, saves what came of it."""
    lower, upper = worker.args["lower"], worker.args["upper"]
    names = worker.args.get("names") or [f"x{number + 1}" for number in range(len(lower))]
    space = list(zip(names, lower, upper, strict=True))
    while not worker.terminated:
        xs = {name: worker.rng.uniform(least, greatest) for name, least, greatest in space}
        key = worker.when_there_is_room(worker.push_running_one, xs)
        if key is None:
            break
        worker.evaluate_task(key, xs)


WitWorld = main(random_search)
