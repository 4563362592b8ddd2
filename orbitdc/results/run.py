"""Run: a run folder → tables, series and positions, read when asked for."""

from __future__ import annotations

import functools
import itertools
import json
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import nearest
from . import folder as folders
from .files import ELEMENTS
from .folder import FolderError

if TYPE_CHECKING:
    import pandas
    import xarray

    from ..orbit.time import TimeGrid
    from ..scenario.models import Scenario
    from .snapshot import Snapshot

_ROWS_AT_ONCE = 100_000


class Run:
    """A finished run.

    Attributes
    ----------
    folder : Path
        Where its files are.
    results : dict
        summary.json as it is.
    manifest : dict
        manifest.json as it is: hashes, versions, timings, residuals.
    """

    def __init__(self, folder: Path, results: dict[str, Any], manifest: dict[str, Any]) -> None:
        self.folder = folder
        self.results = results
        self.manifest = manifest

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Run:
        """Open a run folder.

        Parameters
        ----------
        path : path
            Folder that `orbitdc run` made.

        Returns
        -------
        Run
            Files are read when asked for.

        Raises
        ------
        FolderError
            If there is no whole run.
        """
        folder = Path(path)
        if not (folder / folders.MANIFEST).is_file():
            raise FolderError(f"{folder}: {_why_not_a_run(folder)}")
        return cls(folder, _read_json(folder / folders.SUMMARY), _read_json(folder / folders.MANIFEST))

    @classmethod
    def unfinished(cls, folder: Path) -> Run:
        """Open a folder whose data are written and whose manifest is not yet."""
        return cls(folder, _read_json(folder / folders.SUMMARY), {})

    def __repr__(self) -> str:
        return f"<Run {self.name}: {len(self.results['phases'])} phases in {self.folder}>"

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return str(self.results["name"])

    @functools.cached_property
    def scenario(self) -> Scenario:
        """The resolved scenario that was run."""
        from ..scenario.reader import load

        # it was read and run once: its element files may lie anywhere
        return load(str(self.folder / folders.SCENARIO), allow_outside=True)

    def summary(self) -> pandas.DataFrame:
        """Return a table with a row per phase and one for the total; shares of the losses as `limit_*_frac`.

        Returns
        -------
        pandas.DataFrame
            Index `phase`; names end in their unit.
        """
        import pandas

        rows = [_flat(phase) for phase in [*self.results["phases"], self.results["total"]]]
        rows[-1]["phase"] = "total"
        return pandas.DataFrame(rows).set_index("phase")

    @functools.cached_property
    def series(self) -> xarray.Dataset:
        """Fleet totals over time in the sampled windows (series.nc)."""
        return self._dataset("series.nc")

    @functools.cached_property
    def light(self) -> pandas.DataFrame:
        """Light of every day, a row per light plane and day: beta, sunlit share, irradiance, eclipses."""
        import pandas

        columns = {
            str(name): variable.to_numpy()
            for name, variable in self.series.variables.items()
            if variable.dims == ("light",)
        }
        return pandas.DataFrame({name.replace("light_", "", 1): v for name, v in columns.items()}).rename(
            columns={"light": "time"}
        )

    @functools.cached_property
    def fleet(self) -> pandas.DataFrame:
        """Who flies when: a row per entity, elements included (fleet.nc)."""
        return _table(self._dataset("fleet.nc"), "satellite")

    @functools.cached_property
    def passes(self) -> Passes:
        """Contact windows (passes.nc)."""
        table = _table(self._dataset("passes.nc"), "contact")
        if "satellite" in table:
            table["satellite"] = self.fleet["name"].to_numpy()[table["satellite"].to_numpy()]
        return Passes(table)

    @functools.cached_property
    def contacts(self) -> pandas.DataFrame:
        """The contact plan: which antenna of which station tracks whom, when, and the bits (contacts.nc)."""
        table = _table(self._dataset("contacts.nc"), "contact")
        if "satellite" in table:
            table["satellite"] = self.fleet["name"].to_numpy()[table["satellite"].to_numpy()]
        return table

    @functools.cached_property
    def jobs(self) -> pandas.DataFrame:
        """Jobs with outcome and reason, a row each (schedule.nc)."""
        return _table(self._dataset("schedule.nc"), "job")

    @functools.cached_property
    def sites(self) -> pandas.DataFrame:
        """Sites of each window with their side, what they could do and what they did (schedule.nc)."""
        return _table(self._dataset("schedule.nc"), "site_row").rename(columns=_after("site_"))

    @functools.cached_property
    def lines(self) -> pandas.DataFrame:
        """Lines of fibre in each window, one way a row: what is open, mean and busiest slot (fibre.nc)."""
        return _table(self._dataset("fibre.nc"), "line")

    @functools.cached_property
    def places(self) -> dict[str, tuple[float, float]]:
        """Latitude and longitude [deg] of the cities, clusters, stations and exchanges, by name."""
        from ..network.fibre import positions

        return positions(self.scenario)

    @functools.cached_property
    def gangs(self) -> pandas.DataFrame:
        """Classes on sites in each window: what is left of a card operation, what befell (running.nc)."""
        return _table(self._dataset("running.nc"), "gang_row")

    @functools.cached_property
    def owners(self) -> pandas.DataFrame:
        """Owners of the machine over the whole plan: rights, work asked, owed and done, and what they pay."""
        import pandas

        return pandas.DataFrame(self.results["total"].get("tenants", [])).set_index("name")

    @functools.cached_property
    def events(self) -> pandas.DataFrame:
        """Extreme events, a row each: availability, work lost and repeated, recovery; data in `datasets`."""
        import pandas

        return pandas.DataFrame(self.results.get("events", []))

    def network(self, when: datetime) -> Snapshot:
        """Return who reaches whom at an instant of a sampled window: nodes, links, routes of the cities."""
        from .snapshot import snapshot

        return snapshot(self, when)

    @functools.cached_property
    def flows(self) -> pandas.DataFrame:
        """What cities had done where in all windows: `work_op`, `data_bit` in and out, by origin and site."""
        import pandas

        columns = ("origin", "site", "work_op", "input_bit", "output_bit")
        parts = []
        for table in self.pieces("schedule", columns):
            ran = table[table["site"].notna()]
            ran = ran.assign(data_bit=ran["input_bit"] + ran["output_bit"])
            parts.append(ran.groupby(["origin", "site"], observed=True)[["work_op", "data_bit"]].sum())
        if not parts:
            return pandas.DataFrame(columns=["work_op", "data_bit"])
        summed = pandas.concat(parts).groupby(level=[0, 1], observed=True).sum()
        return summed[summed["work_op"] > 0]

    def pieces(self, table: str, columns: Sequence[str]) -> Iterator[pandas.DataFrame]:
        """Yield columns of a long table some rows at a time, so that memory does not grow with the horizon.

        Parameters
        ----------
        table : {"passes", "schedule", "sites"}
            File of the run; of the schedule, its jobs; of the sites, what they did slot by slot.
        columns : sequence of str
            Those of them that the table has.

        Yields
        ------
        pandas.DataFrame
            As `passes` or `jobs` would give them, satellites as numbers.
        """
        import xarray

        dimension = {"passes": "contact", "schedule": "job", "sites": "use_row"}[table]
        path = self.folder / f"{table}.nc"
        try:
            with xarray.open_dataset(path, engine="h5netcdf", decode_timedelta=False) as dataset:
                chosen = dataset[[name for name in columns if name in dataset.variables]]
                for first in range(0, dataset.sizes.get(dimension, 0), _ROWS_AT_ONCE):
                    part = chosen.isel({dimension: slice(first, first + _ROWS_AT_ONCE)})
                    yield _table(part.load(), dimension)
        except OSError as error:
            raise FolderError(f"{path}: cannot be read: {error}") from error

    def ephemeris(self, times: TimeGrid | Sequence[Any] | np.ndarray[Any, Any]) -> xarray.Dataset:
        """Propagate the fleet again, from the elements kept with the run.

        Parameters
        ----------
        times : TimeGrid or sequence
            Instants: a grid, aware datetimes, ISO text with Z, or numpy datetime64 (UTC).

        Returns
        -------
        xarray.Dataset
            `r_teme_km`, `v_teme_km_per_s` (satellite, time, axis) in TEME of date; NaN from the first
            SGP4 error of a satellite on.

        Assumptions
        -----------
        Positions are given outside an entity's flight too: `fleet` says when it flies.
        """
        import xarray

        instants = _instants(times)
        position, velocity = _propagate(self.fleet, instants)
        axes = ("satellite", "time", "axis")
        return xarray.Dataset(
            {
                "r_teme_km": (axes, position, {"units": "km", "frame": "TEME of date"}),
                "v_teme_km_per_s": (axes, velocity, {"units": "km s-1", "frame": "TEME of date"}),
            },
            coords={"satellite": self.fleet["name"].to_numpy(), "time": instants, "axis": ["x", "y", "z"]},
        )

    def _dataset(self, file: str) -> xarray.Dataset:
        import xarray

        try:
            return xarray.load_dataset(self.folder / file, engine="h5netcdf", decode_timedelta=False)
        except OSError as error:
            raise FolderError(f"{self.folder / file}: cannot be read: {error}") from error


class Passes:
    """Contact windows of a run as one table."""

    def __init__(self, table: pandas.DataFrame) -> None:
        self.table = table

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        return f"<Passes: {len(self.table)} rows>\n{self.table!r}"

    def at(self, station: str) -> pandas.DataFrame:
        """Return the passes over one station.

        Parameters
        ----------
        station : str
            Its key, any case.

        Raises
        ------
        FolderError
            If the run has no such station.
        """
        known = list(self.table["station"].cat.categories)
        key = {name.lower(): name for name in known}.get(station.lower())
        if key is None:
            raise FolderError(f"station {station!r} is not in this run; {nearest(station, known)}")
        return self._where("station", key)

    def of(self, satellite: str) -> pandas.DataFrame:
        """Return the passes of one satellite, by name."""
        return self._where("satellite", satellite)

    def _where(self, column: str, value: str) -> pandas.DataFrame:
        chosen: pandas.DataFrame = self.table.loc[self.table[column] == value]
        return chosen.reset_index(drop=True)


def compare(*runs: Run) -> pandas.DataFrame:
    """Return the summaries of runs side by side: a row per quantity, a column per phase and run.

    Parameters
    ----------
    *runs : Run
        Two or more.

    Returns
    -------
    pandas.DataFrame
        Columns (phase, run); the run is its scenario's name, numbered when two share one.
    """
    import pandas

    names = [run.name for run in runs]
    labels = [name if names.count(name) == 1 else f"{name} #{i + 1}" for i, name in enumerate(names)]
    tables = {label: run.summary().T for label, run in zip(labels, runs, strict=True)}
    joined = pandas.concat(tables, axis=1).swaplevel(axis=1)
    have: list[Any] = list(joined.columns)
    phases = dict.fromkeys(phase for phase, _ in have)
    ordered = joined[[(phase, label) for phase in phases for label in labels if (phase, label) in have]]
    ordered.columns.names = ["phase", "run"]
    return ordered


def _why_not_a_run(folder: Path) -> str:
    if folders.partial_of(folder).is_dir():
        return f"not finished; continue it with: orbitdc run ... -o {folder} --resume"
    if not folder.exists():
        near = sorted(p.name for p in folder.parent.glob("*") if (p / folders.MANIFEST).is_file())
        return f"no such run folder; {nearest(folder.name, near)}".rstrip("; ")
    return "not a run folder (it has no manifest.json)"


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FolderError(f"{path}: cannot be read: {error}") from error
    return value


def _flat(phase: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"phase": phase.get("name", "total")}
    for key, value in phase.items():
        if isinstance(value, dict):
            stem, ending = (
                ("limit_", "_frac") if key == "limits" else ("" if key == "jobs" else key + "_", "")
            )
            row |= {f"{stem}{name}{ending}": item for name, item in value.items()}
        elif not isinstance(value, list) and key != "name":
            row[key] = value
    return row


def _table(dataset: xarray.Dataset, dimension: str) -> pandas.DataFrame:
    """Return the variables along one dimension as a table, codes as the words they stand for."""
    import pandas

    columns: dict[str, Any] = {}
    for name, variable in dataset.variables.items():
        if variable.dims != (dimension,):
            continue
        meanings = variable.attrs.get("flag_meanings")
        if meanings:
            columns[str(name)] = pandas.Categorical.from_codes(variable.to_numpy(), meanings.split(" "))
        elif str(name) in ("clipped", "maintained", "relay"):
            columns[str(name)] = variable.to_numpy().astype(bool)
        else:
            columns[str(name)] = variable.to_numpy()
    return pandas.DataFrame(columns)


def _after(prefix: str) -> Callable[[str], str]:
    """Return what takes a prefix off a name."""
    return lambda name: name.removeprefix(prefix)


def _instants(times: Any) -> np.ndarray[Any, Any]:
    from ..orbit.time import TimeGrid, parse_utc

    if isinstance(times, TimeGrid):
        times = [times.at(offset_s) for offset_s in times.offset_s]
    if isinstance(times, np.ndarray) and times.dtype.kind == "M":
        return times.astype("datetime64[ns]")
    parsed = [parse_utc(item, "times") if isinstance(item, str) else item for item in times]
    for item in parsed:
        if isinstance(item, datetime) and item.tzinfo is None:
            raise FolderError(f"times: found {item}, a naive time; give it a time zone (UTC)")
    return np.array(
        [
            item.astimezone(UTC).replace(tzinfo=None) if isinstance(item, datetime) else item
            for item in parsed
        ],
        dtype="datetime64[ns]",
    )


def _propagate(fleet: pandas.DataFrame, instants: np.ndarray[Any, Any]) -> tuple[Any, Any]:
    from ..orbit.propagate import propagate
    from ..orbit.time import TimeGrid

    satellites = [_satellite(row) for _, row in fleet.iterrows()]
    when = [
        datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(t))
        for t in instants.astype("datetime64[us]").astype(np.int64)
    ]
    steps_s = [(b - a).total_seconds() for a, b in itertools.pairwise(when)]
    uniform = steps_s and min(steps_s) > 0 and len(set(steps_s)) == 1
    grids = [TimeGrid(when[0], steps_s[0], len(when))] if uniform else [TimeGrid(t, 1.0, 1) for t in when]
    found = [propagate(satellites, grid) for grid in grids]
    position = np.concatenate([ephemeris.r_teme_km for ephemeris in found], axis=1)
    velocity = np.concatenate([ephemeris.v_teme_km_per_s for ephemeris in found], axis=1)
    return position, velocity


def _satellite(row: Any) -> Any:
    from ..orbit.ephemeris import Satellite
    from ..orbit.mean import epoch_of

    satrec = _satrec(row)
    return Satellite(
        row["name"],
        int(row["norad_id"]),
        epoch_of(satrec),
        satrec,
        bool(row["maintained"]),
        str(row["source"]),
    )


def _satrec(row: Any) -> Any:
    from sgp4.api import WGS72, Satrec

    satrec = Satrec()
    epoch_d = (row["epoch_whole_jd"] - 2433281.5) + row["epoch_part_jd"]
    starters = [float(row[name]) for name in list(ELEMENTS)[:9]]
    satrec.sgp4init(WGS72, "i", 0, epoch_d, *starters)
    # the split Julian date is finer than the one number that sgp4init takes
    satrec.jdsatepoch = float(row["epoch_whole_jd"])
    satrec.jdsatepochF = float(row["epoch_part_jd"])
    return satrec
