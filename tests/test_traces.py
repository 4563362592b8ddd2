"""Traces: SWF and Alibaba's tables → columns; bad rows by line; a log in place of the demand."""

import gzip
import heapq
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import orbitdc
from orbitdc import read_trace
from orbitdc.errors import InputError
from orbitdc.scenario.reader import load
from orbitdc.scenario.sampling import windows
from orbitdc.workload import class_names, jobs_of, notes, owners_of

DAY_S = 86400.0
NASA = Path(__file__).parents[2] / "shared/data/scheduling/NASA-iPSC-1993-3.1-cln.swf.gz"

# Rows of our own in the three formats; nothing of a public log is copied here.
SWF = """\
; Version: 2.2
; Computer: a machine of the imagination
; MaxProcs: 64

1    100 -1  60  4 -1 -1  4 -1 -1  1 3 1 -1 1 -1 -1 -1
2     50 -1   0 64 -1 -1 64 -1 -1  1 5 1 -1 1 -1 -1 -1
3  90000 -1 600 -1 -1 -1 16 -1 -1  1 3 1 -1 1 -1 -1 -1
4  90001 -1  -1 -1 -1 -1 -1 -1 -1  5 3 1 -1 1 -1 -1 -1
"""
PODS = """\
name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time
pod-1,12000,16384,1,460,,LS,Succeeded,0,1000,400
pod-2,6000,12288,8,1000,V100M16|V100M32,BE,Failed,10,70010,10
pod-3,6000,12288,0,0,,LS,Running,20,50,20
pod-4,6000,12288,2,1000,,LS,Pending,30,,
pod-5,6000,12288,1,1000,,LS,Pending,30,90,
"""
TASKS = """\
j1,worker,3,Terminated,100.0,700.0,600.0,29.3,50.0,MISC
j2,tensorflow,1,Failed,50.0,60.0,600.0,29.3,100.0,T4
j3,ps,1,Running,80.0,,600.0,29.3,100.0,T4
j4,worker,2,Terminated,90.0,95.0,600.0,29.3,,
"""


def written(folder, text, name="log.swf"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_of_a_standard_log(tmp_path):
    trace = read_trace(written(tmp_path, SWF))
    assert (trace.format, trace.n_rows, trace.n_never_ran, trace.problems) == ("swf", 4, 1, ())
    assert trace.submit_s.tolist() == [50.0, 100.0, 90000.0]  # in order of submission
    assert trace.run_s.tolist() == [0.0, 60.0, 600.0]
    assert trace.n_processors.tolist() == [64.0, 4.0, 16.0]  # asked for, where none are said to be allocated
    assert [trace.users[k] for k in trace.user] == ["user-5", "user-3", "user-3"]
    assert trace.processor_s == 0.0 + 240.0 + 9600.0
    assert repr(trace) == "log.swf (swf): 3 jobs of 4 rows; 1 never ran"
    assert trace.table()["user"].tolist() == ["user-5", "user-3", "user-3"]


def test_columns_of_the_gpu_tables(tmp_path):
    pods = read_trace(written(tmp_path, PODS, "pods.csv"))
    assert (pods.format, pods.n_rows, pods.n_never_ran) == ("alibaba-2023", 5, 3)
    assert pods.run_s.tolist() == [600.0, 70000.0] and pods.n_processors.tolist() == [0.46, 8.0]
    assert pods.users == ("BE", "LS")
    tasks = read_trace(written(tmp_path, TASKS, "tasks.csv"))
    assert (tasks.format, tasks.n_rows, tasks.n_never_ran) == ("alibaba-2020", 4, 2)
    assert tasks.submit_s.tolist() == [50.0, 100.0] and tasks.n_processors.tolist() == [1.0, 1.5]
    header = "job_name,task_name,inst_num,status,start_time,end_time,plan_cpu,plan_mem,plan_gpu,gpu_type\n"
    assert np.array_equal(read_trace(written(tmp_path, header + TASKS, "with.csv")).run_s, tasks.run_s)


def test_gzipped_and_with_a_mark_of_byte_order(tmp_path):
    plain = read_trace(written(tmp_path, SWF))
    packed = tmp_path / "log.swf.gz"
    packed.write_bytes(gzip.compress(SWF.replace("\n", "\r\n").encode("utf-8-sig")))
    assert np.array_equal(read_trace(packed).submit_s, plain.submit_s)


# --- the outside case ---------------------------------------------------------------------------------------


@pytest.mark.skipif(not NASA.is_file(), reason="the log lies beside the repository")
def test_the_log_of_the_ames_hypercube():
    """NASA Ames iPSC/860 1993, cleaned (Bill Nitzberg; Parallel Workloads Archive, Dror Feitelson).

    18,239 jobs, 474,238,015 processor seconds, up to 176 processors at once on a machine of 128; first come,
    first served on 128 they wait 8.0047 s on average, and 11 wait at all.
    """
    trace = read_trace(NASA)
    assert (trace.n_rows, trace.n_jobs, trace.n_never_ran, trace.problems) == (18239, 18239, 0, ())
    assert trace.processor_s == 474238015.0
    assert (trace.submit_s[0], trace.submit_s[-1]) == (0.0, 7948936.0)
    time_s = np.concatenate([trace.submit_s, trace.submit_s + trace.run_s])
    change = np.concatenate([trace.n_processors, -trace.n_processors])
    order = np.lexsort((change, time_s))  # those that leave go first
    assert np.cumsum(change[order]).max() == 176.0
    waits = waits_first_come_first_served(trace, 128)
    assert round(float(np.mean(waits)), 4) == 8.0047 and np.count_nonzero(waits) == 11


def waits_first_come_first_served(trace, n_processors):
    free, now, running, waits = n_processors, 0.0, [], []
    for submit, run, width in zip(trace.submit_s, trace.run_s, trace.n_processors, strict=True):
        now = max(now, submit)
        while running and (running[0][0] <= now or free < width):
            end, back = heapq.heappop(running)
            free, now = free + back, max(now, end)
        free -= width
        heapq.heappush(running, (now + run, width))
        waits.append(now - submit)
    return np.array(waits)


# --- broken rows --------------------------------------------------------------------------------------------

GOOD = "9 7 -1 60 4 -1 -1 4 -1 -1 1 3 1 -1 1 -1 -1 -1"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1 2 3", "log.swf:9: found 3 fields; allowed: 18 numbers, as in the Standard Workload Format"),
        (GOOD.replace(" 7 ", " soon "), 'found "soon" as submit time; allowed: a number'),
        (GOOD.replace(" 7 ", " nan "), 'found "nan" as submit time; allowed: a number'),
        (GOOD.replace(" 7 ", " -5 "), "found submit time -5 s; allowed: at least 0 s"),
        (GOOD.replace(" 60 ", " -3 "), "found run time -3; allowed: at least 0, or -1 for unknown"),
        (GOOD.replace(" 4 ", " 176 ", 1), "found 176 processors; allowed: at most MaxProcs, 64"),
        (GOOD.replace(" 4 ", " 1e400 ", 1), 'found "1e400" as allocated processors; allowed: a number'),
    ],
)
def test_a_bad_row_of_a_standard_log_is_said_with_its_line(tmp_path, row, said):
    path = written(tmp_path, SWF + row + "\n")
    with pytest.raises(InputError) as refused:
        read_trace(path)
    assert said in str(refused.value) and str(refused.value).startswith("log.swf:9: ")
    skipped = read_trace(path, bad_rows="skip")
    assert skipped.n_jobs == 3 and skipped.n_rows == 5
    assert [str(one) for one in skipped.problems] == [str(refused.value).rsplit("; bad_rows", 1)[0]]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("pod,1,2", "3 fields; allowed: 11 fields, as the header has"),
        ("p,1,1,1.5,1000,,LS,Succeeded,0,10,0", "num_gpu 1.5; allowed: a whole number, at least 0"),
        ("p,1,1,1,1500,,LS,Succeeded,0,10,0", "gpu_milli 1500; allowed: 0 to 1000"),
        ("p,1,1,1,500,,LS,Succeeded,x,10,0", '"x" as creation_time; allowed: a number'),
        ("p,1,1,1,500,,LS,Succeeded,20,10,20", "created 20 s, scheduled 20 s, deleted 10 s; allowed: times"),
        ("p,1,1,1,500,,LS,Succeeded,-20,10,0", "creation_time -20 s; allowed: at least 0 s"),
    ],
)
def test_a_bad_row_of_a_pod_list_is_said_with_its_line(tmp_path, row, said):
    with pytest.raises(InputError) as refused:
        read_trace(written(tmp_path, PODS + row + "\n", "pods.csv"))
    assert str(refused.value).startswith("pods.csv:7: found ") and said in str(refused.value)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("j,w,1,Terminated,10,5,1,1,100,T4", "start_time 10 s, end_time 5 s; allowed: times in this order"),
        ("j,w,1,Terminated,1,5,1,1,-100,T4", "plan_gpu -100; allowed: at least 0, hundredths of a GPU"),
        ("j,w,-1,Terminated,1,5,1,1,100,T4", "inst_num -1; allowed: a whole number"),
        ("j,w,1", "3 fields; allowed: 10 fields"),
    ],
)
def test_a_bad_row_of_a_task_table_is_said_with_its_line(tmp_path, row, said):
    with pytest.raises(InputError) as refused:
        read_trace(written(tmp_path, TASKS + row + "\n", "tasks.csv"))
    assert str(refused.value).startswith("tasks.csv:5: found ") and said in str(refused.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "found an empty file; allowed: a log in Standard Workload Format"),
        (b"hello world\n", 'found "hello world"; allowed: a log in Standard Workload Format'),
        (b"name,num_gpu\n", "found no column cpu_milli; allowed: the columns name, cpu_milli"),
        (gzip.compress(SWF.encode())[:60], "found a damaged gzip file; allowed: a whole one"),
    ],
)
def test_another_file_is_refused_in_one_line(tmp_path, content, said):
    path = tmp_path / "log"
    path.write_bytes(content)
    with pytest.raises(InputError) as refused:
        read_trace(path)
    assert said in str(refused.value)


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "none.swf", tmp_path):
        with pytest.raises(InputError, match="allowed: a log of jobs that can be read"):
            read_trace(path)


def test_a_refusal_lists_twenty_rows_and_counts_the_rest(tmp_path):
    with pytest.raises(InputError) as refused:
        read_trace(written(tmp_path, SWF + "x\n" * 500))
    assert len(refused.value.problems) == 21
    assert str(refused.value.problems[-1]).startswith("log.swf: found 480 more bad rows")


@given(
    base=st.sampled_from([SWF, PODS, TASKS]),
    edits=st.lists(st.tuples(st.integers(0, 600), st.integers(0, 30), st.text(max_size=12)), max_size=6),
)
@settings(max_examples=150, deadline=None)
def test_a_mutilated_log_is_read_or_refused_and_every_row_is_counted(base, edits, tmp_path_factory):
    text = base
    for start, length, new in edits:
        text = text[:start] + new + text[start + length :]
    path = tmp_path_factory.mktemp("fuzz") / "log"
    path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    try:
        trace = read_trace(path, bad_rows="skip")
    except InputError as refused:
        assert str(refused)
        return
    assert trace.n_rows == trace.n_jobs + trace.n_never_ran + len(trace.problems)
    assert np.all(np.isfinite(trace.submit_s)) and np.all(trace.submit_s >= 0.0)
    assert np.all(np.isfinite(trace.run_s)) and np.all(trace.run_s >= 0.0)
    assert np.all(trace.n_processors > 0.0) and np.all(np.diff(trace.submit_s) >= 0.0)
    for problem in trace.problems:
        assert problem.found and problem.allowed and problem.place.startswith("log:")
    try:
        whole = read_trace(path)
    except InputError:
        assert trace.problems
    else:
        assert not trace.problems and whole.n_rows == trace.n_rows


# --- a log in place of the demand ---------------------------------------------------------------------------

PLAN = """
name = "logged"
seed = 1
[time]
sampling = "every-day"
[ground]
stations = ["kashi"]
hubs = ["horinger", "shaoguan"]
min_elevation = "10 deg"
[workload.trace]
file = "log.swf"
like = "batch"
processor = "0.5 Pop/s"
copies = 3
[[phase]]
name = "one"
start = 2035-01-01T00:00:00Z
end = 2035-01-08T00:00:00Z
[[phase.batch]]
name = "ring"
spacecraft = "chenguang-10kw"
count = 2
launch = 2035-01-01T00:00:00Z
lifetime = "5 yr"
orbit = { pattern = "ring", altitude = "750 km", ltan = "06:00" }
"""


def planned(folder, changes=(), log=SWF):
    written(folder, log)
    plan = folder / "plan.toml"
    plan.write_text(PLAN, encoding="utf-8")
    return load(plan, changes)


def all_jobs(scenario):
    found = [jobs_of(scenario, window, np.random.SeedSequence(1)) for window in windows(scenario)]
    return {
        name: np.concatenate([getattr(jobs, name) for jobs in found])
        for name in ("arrival_s", "work_op", "deadline_s", "n_jobs", "job_class", "origin", "tenant")
    } | {"window": np.concatenate([np.full(jobs.n_entries, k) for k, jobs in enumerate(found)])}


def test_a_log_is_played_day_by_day_and_then_again(tmp_path):
    """The log spans two days, so each job comes in every second window: days 1, 3, 5, 7 or 2, 4, 6."""
    scenario = planned(tmp_path)
    assert class_names(scenario, 0) == ("batch-x4", "batch-x16", "batch-x64")
    found = all_jobs(scenario)
    width = np.array([4, 16, 64])[found["job_class"]]
    assert found["window"][width == 64].tolist() == [0, 2, 4, 6]
    assert found["window"][width == 16].tolist() == [1, 3, 5]
    assert np.all(found["arrival_s"][width == 64] == 0.0)  # the first job falls on the start
    assert np.all(found["arrival_s"][width == 16] == 90000.0 - 50.0 - DAY_S)
    assert np.all(found["n_jobs"] == 3)
    assert np.all(found["work_op"][width == 16] == 600 * 16 * 5e14 * 3)
    assert np.all(found["work_op"][width == 64] == 1 * 64 * 5e14 * 3)  # a run of no second counts as one
    assert np.all(found["deadline_s"][width == 16] == scenario.job["batch"].deadline_s + 600)
    jobs = jobs_of(scenario, windows(scenario)[0], np.random.SeedSequence(1))
    assert jobs.width.tolist() == [4, 16, 64] and jobs.tenants == ("user-3", "user-5")
    assert [jobs.tenants[k] for k in jobs.tenant] == ["user-5", "user-3"]


def test_all_of_a_log_is_played_once_in_its_span(tmp_path):
    rng = np.random.default_rng(3)
    submit = np.sort(rng.integers(0, 7 * 86400, 500))
    submit[0], submit[-1] = 0, 7 * 86400 - 1
    run, width = rng.integers(0, 9000, 500), rng.integers(1, 65, 500)
    rows = [
        f"{k} {submit[k]} -1 {run[k]} {width[k]} -1 -1 {width[k]} -1 -1 1 {k % 9} 1 -1 1 -1 -1 -1"
        for k in range(500)
    ]
    scenario = planned(tmp_path, log="\n".join(rows))
    found = all_jobs(scenario)
    assert found["n_jobs"].sum() == 1500
    assert found["work_op"].sum() == pytest.approx(float(np.maximum(run, 1) @ width) * 5e14 * 3, rel=1e-12)
    assert np.all(np.diff(found["arrival_s"] + DAY_S * found["window"]) >= 0.0)
    # an owner sits in one city
    assert all(len(set(found["origin"][found["tenant"] == k])) == 1 for k in range(9))


KEYS = {
    "like": "training",
    "processor": "1 Pop/s",
    "start": "2035-01-01T06:00:00Z",
    "copies": 2,
    "file": "other.swf",
}


@pytest.mark.parametrize("key", KEYS)
def test_each_key_of_a_trace_changes_the_jobs(tmp_path, key):
    written(tmp_path, SWF.replace(" 600 ", " 700 "), "other.swf")
    plain, changed = (
        jobs_of(scenario, windows(scenario)[1], np.random.SeedSequence(1))
        for scenario in (planned(tmp_path), planned(tmp_path, [f"workload.trace.{key}={KEYS[key]}"]))
    )
    names = ("arrival_s", "work_op", "deadline_s", "n_jobs", "input_bit")
    same = plain.class_names == changed.class_names and all(
        np.array_equal(getattr(plain, name), getattr(changed, name)) for name in names
    )
    assert not same


def test_owners_of_the_scenario_take_the_owners_of_the_log(tmp_path):
    shares = ["job.batch.tenants.casc=1.0", "job.batch.tenants.aircas=1.0"]
    scenario = planned(tmp_path, shares, log=SWF.replace(" 1 5 1 ", " 1 8 1 "))
    jobs = jobs_of(scenario, windows(scenario)[0], np.random.SeedSequence(1))
    assert jobs.tenants == owners_of(scenario) == ("aircas", "casc")
    assert sorted(jobs.tenant.tolist()) == [0, 1]  # two users, an owner each


def test_before_its_start_a_log_has_no_jobs(tmp_path):
    scenario = planned(tmp_path, ["workload.trace.start=2035-01-03T00:00:00Z"])
    n = [jobs_of(scenario, window, np.random.SeedSequence(1)).n_entries for window in windows(scenario)]
    assert n == [0, 0, 2, 1, 2, 1, 2]


def test_bad_rows_are_skipped_and_told_or_the_plan_is_refused(tmp_path):
    broken = SWF + "5 7 x\n"
    scenario = planned(tmp_path, log=broken)
    with pytest.raises(InputError, match=r"log.swf:9: found 3 fields"):
        jobs_of(scenario, windows(scenario)[0], np.random.SeedSequence(1))
    scenario = planned(tmp_path, ["workload.trace.bad_rows=skip"], log=broken)
    assert jobs_of(scenario, windows(scenario)[0], np.random.SeedSequence(1)).n_entries == 2
    assert notes(scenario) == (
        "log.swf (swf): 3 jobs of 5 rows; 1 never ran; 1 bad row skipped, first log.swf:9: found 3 fields; "
        "allowed: 18 numbers, as in the Standard Workload Format",
    )


def test_a_log_without_jobs_is_refused(tmp_path):
    scenario = planned(tmp_path, log="; MaxProcs: 4\n")
    with pytest.raises(InputError, match="0 rows and no job that ran"):
        jobs_of(scenario, windows(scenario)[0], np.random.SeedSequence(1))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("phase.one.demand.batch=1 Pop/s", "found demand beside workload.trace; allowed: one of them"),
        ("workload.trace.file=none.swf", 'found "none.swf"; allowed: a file beside the scenario'),
        ("workload.trace.file=../x.swf", "a file"),
        ("workload.trace.like=nothing", 'found "nothing"; allowed: an entry of job'),
        ("workload.trace.copies=0", "allowed: a whole number, at least 1"),
        ("workload.trace.processor=0 op/s", "workload.trace.processor"),
    ],
)
def test_what_a_plan_may_not_say_of_a_trace(tmp_path, change, said):
    with pytest.raises(InputError) as refused:
        planned(tmp_path, [change])
    assert said in str(refused.value)


def test_a_whole_run_of_a_log(tmp_path):
    scenario = planned(tmp_path, ["phase.one.end=2035-01-03T00:00:00Z"])
    run = orbitdc.run(scenario)
    jobs = run.results["phases"][0]["jobs"]
    assert jobs["n_submitted"] == 9 and jobs["n_completed"] + jobs["n_rejected"] + jobs["n_late"] == 9


def test_the_plan_of_a_log_is_read_back_from_its_run(tmp_path):
    from orbitdc.scenario.describe import to_toml

    scenario = planned(tmp_path)
    again = tmp_path / "again.toml"
    again.write_text(to_toml(scenario), encoding="utf-8")
    assert load(again).hash() == scenario.hash()
    assert datetime(2035, 1, 1, tzinfo=UTC) + timedelta(days=7) == scenario.phase[0].end
