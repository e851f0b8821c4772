#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Days of samples become aggregates beside them, through kills; queries answer from either, and say from which; and when samples are
past their retention, what aggregates answer exactly stays what it was."""
import contextlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import harness
from harness import promtool

API = "/prometheus/api/v1"
TENANT = "test"
DAY, HOUR, STEP = 86400, 3600, 60
BEGIN = 19675 * DAY  # Long ago: everything is old enough to be downsampled.
DAYS = 4
EXACT = ["sum_over_time(m[1h])", "count_over_time(m[6h])", "avg_over_time(m[2h])", "min_over_time(m[1h])", "max_over_time(m[1d])",
         "sum by (i) (sum_over_time(m[1h]))", "sum_over_time(m[1h] offset 5h)"]


def make_blocks(folder):
    data, source = folder / "made", folder / "in.om"
    (data / "wal").mkdir(parents=True)
    lines = ["# TYPE m gauge"]
    for s in range(3):
        for i in range(DAYS * DAY // STEP):
            if s == 2 and i % 500 < 100:
                continue  # A gap.
            lines.append(f'm{{i="{s}"}} {i * (s + 7) % 1000} {BEGIN + i * STEP + s}')  # Of series 0 right at the borders of windows.
    lines.append("# TYPE c counter")
    lines += [f'c_total {i % 2000 * 3} {BEGIN + i * STEP + 7}' for i in range(DAYS * DAY // STEP)]
    source.write_text("\n".join(lines + ["# EOF", ""]))
    promtool("tsdb", "create-blocks-from", "openmetrics", source, data, seconds=300)
    return [b for b in data.iterdir() if (b / "meta.json").exists()]


def config(folder, *settings):
    text = (harness.ROOT / "configs/compactor.toml").read_text()
    path = folder / "compactor.toml"
    path.write_text("\n".join([text.rstrip(), 'compaction_interval = "100ms"', 'cleanup_interval = "100ms"', 'deletion_delay = "0s"',
                               'first_level_compaction_wait_period = "0s"', "downsampling = true", *settings, ""]))
    return path


def metas(bucket):
    """Of the blocks; one may go while we look."""
    out = []
    for path in sorted(bucket.glob(f"{TENANT}/*/meta.json")):
        try:
            out.append(json.loads(path.read_text()))
        except (OSError, ValueError):
            pass
    return out


def resolution(meta):
    return meta.get("thanos", {}).get("downsample", {}).get("resolution", 0)


def by_resolution(bucket):
    out = {}
    for meta in metas(bucket):
        out.setdefault(resolution(meta), []).append(meta)
    return out


def is_settled(kvasir, bucket):
    jobs = kvasir.get(f"/compactor/tenant/{TENANT}/planned_jobs", headers={"Accept": "application/json"})
    assert jobs.status == 200, jobs.text
    return not jobs.json["jobs"] and not list(bucket.glob(f"{TENANT}/markers/*")) and metas(bucket)


@contextlib.contextmanager
def running(configuration, folder):
    """A process whose folder stays when it ends."""
    kvasir = harness.Kvasir(configuration, folder)
    try:
        yield kvasir
    except BaseException:
        print(f"--- the end of {kvasir.log_path}\n{kvasir.log_text()[-4000:]}")
        raise
    finally:
        kvasir.stop()


def compact_through_kills(folder, bucket):
    """Kills the compactor after every so many new blocks of aggregates, until there is nothing left to do."""
    kills = 0
    for at_least in range(1, 2 * DAYS, 2):
        kvasir = harness.Kvasir(config(folder), folder)
        try:
            def made():
                return sum(resolution(m) > 0 for m in metas(bucket)) >= at_least
            harness.wait_until(made, 120, f"{at_least} blocks of aggregates")
        finally:
            kvasir.kill()
        kills += 1
    with running(config(folder), folder) as kvasir:
        harness.wait_until(lambda: is_settled(kvasir, bucket), 120, "blocks to be compacted and downsampled")
    return kills


def ask(kvasir, query, start, end, step=HOUR, **params):
    reply = kvasir.get(API + "/query_range", query=query, start=start, end=end, step=step, explain="analyze", **params)
    assert reply.status == 200, reply.text[:500]
    data = reply.json["data"]
    series = {json.dumps(r["metric"], sort_keys=True): r["values"] for r in data["result"]}
    return series, data["explain"]["text"], reply.json.get("infos", [])


def querier(folder):
    """A store-gateway and an engine in one process: what reads the bucket, and nothing else."""
    path = folder / "querier.toml"
    path.write_text("""config_version = 1
[node]
role = "querier"
[plugins]
""" + "".join(f'[[plugins.load]]\nid = "{p}"\n' for p in ["net.http", "storage.filesystem", "source.blocks", "engine.promql", "api.prometheus"]) + """
[component.http]
type = "net.http"
listen = "127.0.0.1:${KVASIR_HTTP_PORT}"
[component.bucket]
type = "storage.filesystem"
dir = "${KVASIR_DATA_DIR}/bucket"
[component.blocks]
type = "source.blocks"
ports = { store = "bucket" }
data_dir = "${KVASIR_DATA_DIR}/blocks"
sync_interval = "100ms"
[component.engine]
type = "engine.promql"
ports = { source = "blocks" }
[component.api]
type = "api.prometheus"
ports = { engine = "engine", source = "blocks", http = "http" }
""")
    return path


def test_days_are_downsampled_and_answer_alike():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-downsampling-"))
    bucket = folder / "data/bucket"
    for block in make_blocks(folder):
        shutil.copytree(block, bucket / TENANT / block.name)
    assert compact_through_kills(folder, bucket) == DAYS

    found = by_resolution(bucket)
    assert sorted(found) == [0, 300_000, 3_600_000], found.keys()
    for of_resolution in found.values():
        assert len(of_resolution) == DAYS, "no day is there twice, and none is missing"
        assert sorted(m["minTime"] for m in of_resolution) == sorted(m["minTime"] for m in found[0])
    assert not list((folder / "data/compactor/jobs").glob("*/*")), "nothing is left of jobs"
    size = {r: sum(f.stat().st_size for m in ms for f in (bucket / TENANT / m["ulid"]).rglob("*") if f.is_file()) for r, ms in found.items()}
    print(f"bytes by resolution: {size}")
    assert size[3_600_000] < size[300_000] < size[0], size

    # What a kill left half uploaded has no meta.json, and stays until the delay of partial blocks is over.
    whole = [m["ulid"] for of_resolution in found.values() for m in of_resolution]
    done = subprocess.run([harness.BINARY, "tsdb", "verify", bucket / TENANT, *whole], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    copy = folder / "copy"
    (copy / "wal").mkdir(parents=True)
    for meta in found[300_000]:
        shutil.copytree(bucket / TENANT / meta["ulid"], copy / meta["ulid"])
    listed = promtool("tsdb", "list", copy)
    assert all(meta["ulid"] in listed for meta in found[300_000]), listed
    # A block it is; but the chunks are of an encoding that Prometheus does not know: no sample is made up of them.
    dumped = subprocess.run(["promtool", "tsdb", "dump", copy], capture_output=True, text=True, timeout=120)
    assert "__name__" not in dumped.stdout, dumped.stdout[:1000]

    start, end = BEGIN + 2 * HOUR, BEGIN + DAYS * DAY - HOUR
    raw = {}
    with running(querier(folder), folder) as kvasir:
        for query in EXACT:
            raw[query], text, _ = ask(kvasir, query, start, end, max_source_resolution="0s")
            assert "windows of" not in text, text
            got, text, infos = ask(kvasir, query, start, end)
            assert got == raw[query] and got, query
            assert "windows of 1h" in text and "exact: range, step and start are multiples of 1h" in text and not infos, text
        got, text, _ = ask(kvasir, "sum_over_time(m[30m])", start, end, 600)
        assert "windows of 5m" in text, text
        assert got == ask(kvasir, "sum_over_time(m[30m])", start, end, 600, max_source_resolution="0s")[0]
        # Rates are estimates, for who allows them.
        rate, text, _ = ask(kvasir, "rate(c_total[12h])", start + 12 * HOUR, end)
        assert "windows of" not in text, text
        for allowed, windows in (("5m", "5m"), ("1h", "1h")):
            near, text, infos = ask(kvasir, "rate(c_total[12h])", start + 12 * HOUR, end, max_source_resolution=allowed)
            assert f"windows of {windows}" in text and not infos, text
            for key, values in rate.items():
                for (_, a), (_, b) in zip(values, near[key], strict=True):
                    assert abs(float(a) - float(b)) < 0.02 * float(a), (a, b)
        assert kvasir.get(API + "/query", query="m", max_source_resolution="x").status == 400
        assert sorted(kvasir.get(API + "/label/__name__/values", start=start, end=end).json["data"]) == ["c_total", "m"]

    # Samples go after a day, aggregates stay.
    with running(config(folder, 'blocks_retention_period = "1d"', 'blocks_retention_period_5m = "100y"',
                               'blocks_retention_period_1h = "100y"'), folder) as kvasir:
        harness.wait_until(lambda: 0 not in by_resolution(bucket) and is_settled(kvasir, bucket), 60, "samples to go")
    assert sorted(by_resolution(bucket)) == [300_000, 3_600_000]
    with running(querier(folder), folder) as kvasir:
        for query in EXACT:
            got, _, infos = ask(kvasir, query, start, end)
            assert got == raw[query] and not infos, (query, infos)
        near, text, infos = ask(kvasir, "rate(c_total[12h])", start + 12 * HOUR, end)
        assert near and any("past their retention" in info for info in infos), infos
        assert ask(kvasir, "rate(c_total[12h])", start + 12 * HOUR, end, max_source_resolution="0s")[0] == {}
        assert sorted(kvasir.get(API + "/label/__name__/values", start=start, end=end).json["data"]) == ["c_total", "m"]
    shutil.rmtree(folder)


if __name__ == "__main__":
    if not shutil.which("promtool"):
        sys.exit(77)
    harness.run(sys.modules["__main__"])
