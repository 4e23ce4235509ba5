"""The examples in the documentation of the package."""

import doctest
import importlib
import pkgutil

import rush_worker


def load_tests(loader, tests, pattern):
    for module in pkgutil.walk_packages(rush_worker.__path__, "rush_worker."):
        tests.addTests(doctest.DocTestSuite(importlib.import_module(module.name)))
    return tests
