"""The validation room: values from outside and our own, side by side. cases.json → results → JSON, table."""

from .cases import Case, Check, load
from .runner import Result, passed, run_case, to_dict, validate
from .table import table, verdict

__all__ = [
    "Case",
    "Check",
    "Result",
    "load",
    "passed",
    "run_case",
    "table",
    "to_dict",
    "validate",
    "verdict",
]
