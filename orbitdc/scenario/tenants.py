"""Owners of the machine: who asks for how much of the demand, and what each is entitled to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from pydantic import Field, model_validator

from .hardware import Model
from .quantities import Count, Fraction, Name, Number, Text, problem


class Tenant(Model):
    """An owner of the machine, or several alike."""

    name: Name
    """For dotted paths and results; owners alike are numbered: name-01, name-02, ..."""
    full_name: Text = ""
    """As people know it."""
    count: Count = Field(default=1, ge=1, le=1000)
    """Owners alike; what follows is of each of them."""
    shares: Number = Field(default=1.0, gt=0)
    """Weight in contended capacity that nobody has reserved, relative to the other owners."""
    guaranteed_frac: Fraction = 0.0
    """Share of every site and link that is its own whenever it asks; no flood of others takes it."""
    quota_frac: Fraction = Field(default=1.0, gt=0)
    """Most that it may ask for, over the operations of all sites."""
    priority: Count = Field(default=0, ge=-100, le=100)
    """Higher goes first in what is not guaranteed."""
    demand: Number = Field(default=1.0, ge=0)
    """Weight in the demand of job classes that name no owners of their own."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the owners that it stands for."""
        if self.count == 1:
            return (self.name,)
        digits = len(str(self.count))
        return tuple(f"{self.name}-{number:0{digits}d}" for number in range(1, self.count + 1))

    @model_validator(mode="after")
    def _asks_no_more_than_its_quota(self) -> Self:
        if self.guaranteed_frac > self.quota_frac:
            raise problem(
                f"{self.guaranteed_frac:.4g} guaranteed",
                f"at most the quota, {self.quota_frac:.4g}",
                key="guaranteed",
            )
        return self


def refuse_impossible_shares(tenants: Iterable[Tenant]) -> None:
    """Raise if owners share a name, guarantees exceed the whole, or nobody asks for anything."""
    tenants = tuple(tenants)
    names = [name for tenant in tenants for name in tenant.names]
    for name in sorted({name for name in names if names.count(name) > 1}):
        raise problem(f'the owner "{name}" twice', "a name of its own for each", key="tenant")
    whole = sum(tenant.count * tenant.guaranteed_frac for tenant in tenants)
    if whole > 1.0 + 1e-9:
        raise problem(f"{100 * whole:.4g} % guaranteed in all", "at most 100 %", key="tenant")
    if tenants and not sum(tenant.demand for tenant in tenants) > 0:
        raise problem("no demand above zero", "a weight above zero for one tenant at least", key="tenant")
