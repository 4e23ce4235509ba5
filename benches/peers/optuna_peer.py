"""Optuna on the journal storage that it has for Redis: `optuna_peer.py COMMAND URL NUMBER`.

    create URL 0        makes the study
    work URL TRIALS     one worker of several on one study
    read URL TRIALS     a process that knows nothing yet reads so many finished trials, and tells the milliseconds
"""

import sys
import time
import warnings

import optuna
from optuna.samplers import RandomSampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalRedisBackend
from optuna.trial import TrialState

import turn
from branin import LOWER, UPPER, branin

STUDY = "peers"


def storage(url):
    return JournalStorage(JournalRedisBackend(url))


def objective(trial):
    x1 = trial.suggest_float("x1", LOWER[0], UPPER[0])
    x2 = trial.suggest_float("x2", LOWER[1], UPPER[1])
    return branin(x1, x2)


def create(url, _):
    turn.begin()
    optuna.create_study(study_name=STUDY, storage=storage(url))
    turn.end()


def work(url, trials):
    study = optuna.load_study(study_name=STUDY, storage=storage(url), sampler=RandomSampler())
    turn.begin()
    study.optimize(objective, n_trials=trials)
    turn.end()


def read(url, trials):
    turn.begin()
    begun = time.perf_counter()
    study = optuna.load_study(study_name=STUDY, storage=storage(url))
    finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    milliseconds = (time.perf_counter() - begun) * 1e3
    if len(finished) != trials:
        sys.exit(f"{len(finished)} trials are finished, not {trials}")
    turn.end(milliseconds)


if __name__ == "__main__":
    # That the storage is experimental, and a line for each trial.
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    command, url, number = sys.argv[1:]
    {"create": create, "work": work, "read": read}[command](url, int(number))
