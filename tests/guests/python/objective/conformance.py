"""Evaluates what the conformance suite asks for: the objective of the suite in Python."""

import logging
import math
import os

from rush_worker import Condition, Integers, Json, Numbers, Texts, log, objective

LEVELS = {
    "trace": 5,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}


def evaluate(context, xs):
    return CALLS[xs["call"]](context, xs)


def echo(context, xs):
    return {name: value for name, value in xs.items() if name != "call"}


def literals(context, xs):
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
    return hard | {f"n{index}": number for index, number in enumerate(numbers)} | {"numbers": numbers}


def fail(context, xs):
    details = {name.removeprefix("details."): xs[name] for name in xs if name.startswith("details.")}
    raise Condition(xs.get("message", "no message"), xs.get("kind", "error"), details)


def given(context, xs):
    seen = {"args": Json(context.args), "seed": str(context.seed)}
    return seen | {f"data:{name}": context.data(name) for name in xs.get("names", [])}


def say(context, xs):
    log(LEVELS[xs["level"]], xs["logger"], xs["message"])
    return {}


def trap(context, xs):
    log(logging.ERROR, "panic", f"aborted: {xs.get('message', '')}")
    os.abort()


CALLS = {"echo": echo, "literals": literals, "fail": fail, "context": given, "log": say, "trap": trap}

Evaluator = objective(evaluate)
