#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What downsampling saves: bytes of a bucket by resolution, and CPU of queries over months of samples and of aggregates.

    KVASIR_BUILD=build/bench tests/bench/downsampling.py --days 90 --series 10 --scrape 30

promtool makes the blocks, a compactor downsamples them, and a process with source.blocks and engine.promql answers each query several times, from
samples (max_source_resolution=0s) and from aggregates in turn. CPU is of that process, user and system, a query. Needs promtool.
"""
import argparse
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
import downsampling_test as e2e  # noqa: E402
import harness  # noqa: E402
from bench import cpu_seconds  # noqa: E402

# The query, and what it needs to be answered from aggregates.
QUERIES = [("sum by (i) (sum_over_time(m[1h]))", {}), ("max(max_over_time(m[1h]))", {}), ("avg(avg_over_time(m[6h]))", {}),
           ("sum(rate(c_total[4h]))", {"max_source_resolution": "1h"}), ("avg(m)", {"max_source_resolution": "1h"})]


def write_openmetrics(path, days, series, scrape):
    """Half of the series are gauges that wander, half are counters; scrapes are some milliseconds late."""
    rnd = random.Random(1)
    with path.open("w") as out:
        for name, kind in (("m", "gauge"), ("c", "counter")):
            out.write(f"# TYPE {name} {kind}\n")
            for s in range(series // 2):
                value, metric = 1000.0, f'{name + ("_total" if kind == "counter" else "")}{{i="{s}"}}'
                for i in range(days * e2e.DAY // scrape):
                    value += rnd.randrange(0, 50) if kind == "counter" else rnd.randrange(-10, 11) * 0.5
                    out.write(f"{metric} {value:g} {e2e.BEGIN + i * scrape + s}.{rnd.randrange(20):03}\n")
        out.write("# EOF\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--series", type=int, default=10)
    parser.add_argument("--scrape", type=int, default=30, help="seconds")
    parser.add_argument("--repeat", type=int, default=5)
    args = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-downsampling-bench-"))
    try:
        run(args, folder)
    finally:
        shutil.rmtree(folder)


def run(args, folder):
    data, bucket = folder / "made", folder / "data/bucket"
    (data / "wal").mkdir(parents=True)
    write_openmetrics(folder / "in.om", args.days, args.series, args.scrape)
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "--max-block-duration=24h", "openmetrics", folder / "in.om", data], check=True,
                   capture_output=True)
    (folder / "in.om").unlink()
    for block in data.iterdir():
        if (block / "meta.json").exists():
            shutil.copytree(block, bucket / e2e.TENANT / block.name)
    shutil.rmtree(data)
    with e2e.running(e2e.config(folder), folder) as kvasir:
        harness.wait_until(lambda: e2e.is_settled(kvasir, bucket), 3600, "blocks to be downsampled")
        print(f"compactor: CPU {cpu_seconds(kvasir.process.pid):.1f} s for all of it")

    found = e2e.by_resolution(bucket)
    samples = sum(m["stats"]["numSamples"] for m in found[0])
    for resolution, metas in sorted(found.items()):
        parts = {"index": 0, "chunks": 0}
        for meta in metas:
            for file in (bucket / e2e.TENANT / meta["ulid"]).rglob("*"):
                if file.is_file() and file.name != "meta.json":
                    parts["index" if file.name == "index" else "chunks"] += file.stat().st_size
        windows = sum(m["stats"]["numSamples"] for m in metas)
        print(f"{resolution // 1000:>5} s: {len(metas)} blocks, {windows} samples or windows, chunks {parts['chunks']}, index {parts['index']} bytes; "
              f"chunks {parts['chunks'] / windows:.2f} bytes each, {parts['chunks'] / samples:.3f} a sample")

    start, end = e2e.BEGIN + 6 * e2e.HOUR, e2e.BEGIN + args.days * e2e.DAY
    with e2e.running(e2e.querier(folder), folder) as kvasir:
        for query, needs in QUERIES:
            ways = {"samples": {"max_source_resolution": "0s"}, "aggregates": needs}
            cpu = dict.fromkeys(ways, 0.0)
            for turn in range(args.repeat + 1):  # The first one warms up.
                for way, params in ways.items():
                    before = cpu_seconds(kvasir.process.pid)
                    got, text, _ = e2e.ask(kvasir, query, start, end, **params)
                    assert got and ("windows of" in text) == (way == "aggregates"), text
                    if turn > 0:
                        cpu[way] += (cpu_seconds(kvasir.process.pid) - before) / args.repeat
            print(f"{query}: CPU {1000 * cpu['samples']:.0f} ms from samples, {1000 * cpu['aggregates']:.1f} ms from aggregates, "
                  f"{cpu['samples'] / max(cpu['aggregates'], 1e-4):.0f} times less")


if __name__ == "__main__":
    main()
