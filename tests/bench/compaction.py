#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a compaction costs, and how large blocks are beside those of Prometheus.

    tests/bench/compaction.py --build build/bench --series 1000000 --scrapes 120
    tests/bench/compaction.py --build build/bench --series 100000 --scrapes 240 --beside-prometheus

Loads two blocks of the same series through an all-in-one process, ships them to a folder, and has a compactor merge them. CPU is of the compactor's
process, user and system, from its start until its work is done; peak is its largest resident set, mapped files included, and what it had of its own when
it was looked at, many times a second. Beside Prometheus: the
first block's load once more, into a Prometheus that writes it as a block (a snapshot), and the bytes of both.
"""
import argparse
import json
import pathlib
import sys
import tempfile
import time

from bench import READY_WITHIN, ROOT, Load, cpu_seconds, harness_of, memory_mib

HOUR_MS = 3_600_000


def metas(bucket):
    marked = {m.name.split("-")[0] for m in bucket.glob("markers/*-deletion-mark.json")}
    return {m.parent: json.loads(m.read_text()) for m in bucket.glob("*/meta.json") if m.parent.name not in marked}


def sizes(folders):
    """(bytes of indexes, bytes of chunks)"""
    return (sum((f / "index").stat().st_size for f in folders), sum(c.stat().st_size for f in folders for c in f.glob("chunks/*")))


def tell_size(what, folders, samples):
    index, chunks = sizes(folders)
    print(f"{what}: {(index + chunks) / samples:.2f} bytes a sample, {chunks / samples:.2f} of them in chunks; index {index / 2**20:.0f} MiB", flush=True)


def prometheus_block(load, options, start_ms, scratch):
    """The same samples as the block of a Prometheus."""
    sys.path[:0] = [str(ROOT / "tests/tsdb"), str(ROOT / "tests/promql")]
    import blocks_test as tsdb
    import servers
    binary, version = servers.find_prometheus()
    folder = scratch / "prometheus/data"
    folder.mkdir(parents=True)
    with tsdb.Server(binary, folder, "global: {}\n", "--web.enable-remote-write-receiver", "--web.enable-admin-api") as server:
        load.give(f"{server.api}/api/v1/write", start_ms=start_ms)
        reply = tsdb.harness.http(f"{server.api}/api/v1/admin/tsdb/snapshot", "POST", b"", timeout=READY_WITHIN)
        assert reply.status == 200, reply.text
        snapshot = folder / "snapshots" / reply.json["data"]["name"]
        blocks = [m.parent for m in snapshot.glob("*/meta.json")]
        samples = sum(json.loads((b / "meta.json").read_text())["stats"]["numSamples"] for b in blocks)
        assert samples == options.series * options.scrapes, samples
        tell_size(f"Prometheus {'.'.join(map(str, version))}", blocks, samples)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/bench")
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--scrapes", type=int, default=120, help="of each block; at most 480")
    parser.add_argument("--shards", type=int, default=0, help="split_and_merge_shards")
    parser.add_argument("--beside-prometheus", action="store_true")
    options = parser.parse_args()
    harness = harness_of(options.build)

    # Two ranges of two hours that are one of four, which is over.
    begin_ms = (int(time.time() * 1000) - 6 * HOUR_MS) // (4 * HOUR_MS) * 4 * HOUR_MS
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        load = Load(scratch, series=options.series, scrapes=options.scrapes)
        folder = scratch / "kvasir"
        folder.mkdir()
        with harness.Kvasir(folder=folder) as kvasir:
            bucket = folder / "data/bucket/bench"
            for number in (0, 1):
                load.give(kvasir.url("/api/v1/push"), start_ms=begin_ms + number * 2 * HOUR_MS)
                assert harness.http(kvasir.url("/ingester/flush?wait=true"), method="POST", timeout=READY_WITHIN).status == 204
                if number == 0:
                    tell_size("Kvasir, as the head cut it", list(metas(bucket)), options.series * options.scrapes)
            kvasir.stop(120)
            sources = metas(bucket)
            samples = sum(m["stats"]["numSamples"] for m in sources.values())
            assert samples == 2 * options.series * options.scrapes, samples

            config = scratch / "compactor.toml"
            config.write_text((ROOT / "configs/compactor.toml").read_text() + f'block_ranges = ["2h", "4h"]\nsplit_and_merge_shards = {options.shards}\n'
                              'compaction_interval = "1s"\nfirst_level_compaction_wait_period = "0s"\n')
            kvasir.config = config
            began = time.monotonic()
            kvasir.start(ready=False)
            kvasir.wait_ready(READY_WITHIN)

            own = 0  # MiB that are no mapped file's, at the most.

            def is_done():
                nonlocal own
                own = max(own, memory_mib(kvasir.process.pid, "RssAnon"))
                jobs = kvasir.get("/compactor/tenant/bench/planned_jobs", headers={"Accept": "application/json"})
                return jobs.status == 200 and not jobs.json["jobs"] and not set(metas(bucket)) & set(sources)
            harness.wait_until(is_done, 4 * READY_WITHIN, "the compaction")
            pid, merged = kvasir.process.pid, metas(bucket)
            assert sum(m["stats"]["numSamples"] for m in merged.values()) == samples
            cpu = cpu_seconds(pid)
            print(f"compaction of {len(sources)} blocks into {len(merged)}: {time.monotonic() - began:.1f} s, CPU {cpu:.2f} s = {cpu / samples * 1e9:.0f} ns a sample "
                  f"= {cpu / options.series * 1e6:.1f} us a series; peak {memory_mib(pid, 'VmHWM'):.0f} MiB with mapped files, {own:.0f} MiB without",
                  flush=True)
            tell_size("Kvasir, compacted", list(merged), samples)
        if options.beside_prometheus:
            prometheus_block(load, options, begin_ms, scratch)


if __name__ == "__main__":
    main()
