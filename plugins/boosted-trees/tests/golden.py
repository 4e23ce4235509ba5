"""Writes golden.json: the test error after each round of XGBoost's exact tree method, on fixed splits of mtcars.

    python3 -m venv venv && venv/bin/pip install xgboost==3.2.0
    venv/bin/python golden.py ../../../runs/data/mtcars.csv > golden.json

One thread, so that sums are taken in the order of the rows. Errors are taken in double precision from the predictions, which XGBoost
gives in single precision.
"""

import csv
import json
import math
import sys

import numpy
import xgboost

FROM, TO = 5, 20

# Numbers of rows, the first after the header being 1. All others are for the test.
SPLITS = {
    "drawn": [1, 2, 4, 5, 7, 8, 10, 12, 13, 15, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31],
    "heavier half": [4, 5, 7, 10, 11, 12, 13, 14, 15, 16, 17, 22, 23, 24, 25, 29, 31],
}

# What is not named here has XGBoost's default.
PARAMETERS = [
    {"max_depth": max_depth, "lambda": l2, "alpha": l1}
    for max_depth in [1, 3, 20]
    for l2 in [0.0, 1.0]
    for l1 in [0.0, 0.5, 1.0]
] + [
    {"max_depth": 6},
    {"max_depth": 2, "lambda": 0.3, "alpha": 0.7},
    {"max_depth": 7, "lambda": 0.123456789, "alpha": 0.987654321},
    {"max_depth": 20, "lambda": 0.0, "alpha": 0.0, "learning_rate": 0.1},
    {"max_depth": 20, "lambda": 0.0, "alpha": 0.0, "learning_rate": 1.0},
    {"max_depth": 4, "lambda": 0.5, "alpha": 0.1, "min_child_weight": 3.5},
    {"max_depth": 20, "lambda": 0.0, "alpha": 0.0, "min_child_weight": 0.0},
    {"max_depth": 6, "lambda": 1.0, "alpha": 0.0, "gamma": 20.0},
    {"max_depth": 20, "lambda": 0.2, "alpha": 0.5, "gamma": 5.0},
    {"max_depth": 5, "lambda": 1.0, "alpha": 0.0, "base_score": 0.5},
]


def errors(train, test, parameters):
    """The error on `test` after each of the rounds FROM..TO."""
    settings = {
        "objective": "reg:squarederror",
        "booster": "gbtree",
        "tree_method": "exact",
        "nthread": 1,
        **parameters,
    }
    booster = xgboost.train(settings, xgboost.DMatrix(*train), num_boost_round=TO)
    features, target = test
    found = []
    for rounds in range(FROM, TO + 1):
        predictions = booster.predict(xgboost.DMatrix(features), iteration_range=(0, rounds))
        squares = (predictions.astype(numpy.float64) - target) ** 2
        found.append(math.sqrt(squares.mean()))
    return found


def main():
    with open(sys.argv[1], newline="") as file:
        rows = list(csv.DictReader(file))
    target = numpy.array([float(row["mpg"]) for row in rows])
    names = [name for name in rows[0] if name not in ("model", "mpg")]
    features = numpy.array([[float(row[name]) for name in names] for row in rows])
    cases = []
    for split, numbers in SPLITS.items():
        train = numpy.isin(numpy.arange(1, len(rows) + 1), numbers)
        for parameters in PARAMETERS:
            rmse = errors((features[train], target[train]), (features[~train], target[~train]), parameters)
            cases.append({"split": split, "parameters": parameters, "rmse": rmse})
    # One case a line.
    print("{")
    print(f'  "xgboost": {json.dumps(xgboost.__version__)},')
    print(f'  "rounds": [{FROM}, {TO}],')
    print(f'  "splits": {json.dumps(SPLITS)},')
    print('  "cases": [')
    print(",\n".join(f"    {json.dumps(case)}" for case in cases))
    print("  ]\n}")


if __name__ == "__main__":
    main()
