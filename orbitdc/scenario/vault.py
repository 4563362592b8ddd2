"""What may go wrong and what is kept twice: extreme events with a date, the data of the digital vault."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import Field, model_validator

from .hardware import Model
from .quantities import BitRate, Data, Duration, Instant, Name, Text, problem, show


class Event(Model):
    """Something lost for a while."""

    name: Name
    """For dotted paths and results."""
    kind: Literal["hub-lost", "exchange-cut", "station-lost", "safe-mode"]
    """hub-lost: a cluster, or all of a hub. exchange-cut: an exchange point of the backbone. station-lost: a
    ground station. safe-mode: an orbital centre computes and sends nothing."""
    target: Text = Field(min_length=1)
    """Name of what is lost: catalogue key of a cluster or station, hub, exchange point, or the first batch of
    an orbital centre."""
    start: Instant
    end: Instant

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Self:
        if self.end <= self.start:
            raise problem(show(self.end), f"an instant after the start, {show(self.start)}", key="end")
        return self


class Dataset(Model):
    """Data that must survive the loss of the place it lives in."""

    name: Name
    """For dotted paths and results."""
    full_name: Text = ""
    """As people know it."""
    size_bit: Data = Field(gt=0)
    """All of it."""
    change_bit_per_s: BitRate
    """How fast it changes: what replicas must follow."""
    home: Name
    """Cluster in use that serves it."""
    replicas: tuple[Name, ...]
    """Where copies lie: clusters in use, or the first batch of an orbital centre."""
    sync_s: Duration = Field(gt=0)
    """From one update of the replicas to the next."""

    @model_validator(mode="after")
    def _is_not_its_own_replica(self) -> Self:
        places = [self.home, *self.replicas]
        for name in sorted({name for name in places if places.count(name) > 1}):
            raise problem(f'"{name}" twice', "home and replicas each in a place of its own", key="replicas")
        return self


class Vault(Model):
    """The digital vault: data with replicas, on the ground and in orbit."""

    failover_s: Duration = 600.0
    """From a loss until it is noticed and replicas, or other sites, are told to take over."""
    dataset: tuple[Dataset, ...] = ()


def refuse_unknown_places(
    events: Iterable[Event], vault: Vault, *, clusters: Iterable[str], hubs: Iterable[str],
    stations: Iterable[str], batches: Iterable[str],
) -> None:  # fmt: skip
    """Raise if an event or a dataset names a place that the scenario does not use, or a name is repeated."""
    events = tuple(events)
    clusters, batches = tuple(clusters), tuple(batches)
    for key, names in (
        ("event", [e.name for e in events]),
        ("vault.dataset", [d.name for d in vault.dataset]),
    ):
        for name in sorted({name for name in names if names.count(name) > 1}):
            raise problem(
                f'the name "{name}" {names.count(name)} times', "a name of its own for each", key=key
            )
    known = {
        "hub-lost": (*clusters, *hubs),
        "station-lost": tuple(stations),
        "safe-mode": batches,
    }
    for event in events:
        choices = known.get(event.kind)
        if choices is not None and event.target not in choices:
            raise problem(show(event.target), _one_of(choices), key=f"event.{event.name}.target")
    for data in vault.dataset:
        if data.home not in clusters:
            raise problem(show(data.home), _one_of(clusters), key=f"vault.dataset.{data.name}.home")
        for name in data.replicas:
            if name not in clusters and name not in batches:
                found, key = show(name), f"vault.dataset.{data.name}.replicas"
                raise problem(found, _one_of((*clusters, *batches)), key=key)


def _one_of(choices: Iterable[str]) -> str:
    names = list(dict.fromkeys(choices))
    return "one of " + ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
