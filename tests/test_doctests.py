"""Every example in a docstring is run as a test."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import orbitdc

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(orbitdc.__path__, "orbitdc.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name: str) -> None:
    failed, _ = doctest.testmod(
        importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    )
    assert failed == 0
