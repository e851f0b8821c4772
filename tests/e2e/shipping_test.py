#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Blocks on their way from the head to the bucket: cut on demand, shipped whole, through kills and through a store that is down, read by promtool."""
import json
import shutil
import subprocess
import sys
import time

import harness
from harness import Kvasir, wait_until

SERIES = 20
MINUTES = 5 * 60


def push(kvasir, first_minute, minutes, begin_ms):
    for minute in range(first_minute, first_minute + minutes, 10):
        series = [({"__name__": "m", "n": str(n)}, [(begin_ms + (minute + i) * 60_000, minute + i + n) for i in range(10)]) for n in range(SERIES)]
        reply = kvasir.push(series)
        assert reply.status // 100 == 2, reply.text


def answers(kvasir, begin_ms):
    """{n: number of samples} of everything, and the sum of all values."""
    end = begin_ms / 1000 + MINUTES * 60
    counts = kvasir.query(f"count_over_time(m[{MINUTES + 1}m])", end)
    sums = kvasir.query(f"sum(sum_over_time(m[{MINUTES + 1}m]))", end)
    return counts, sums


def blocks(kvasir, tenant="test"):
    """Metas of the whole blocks in the bucket."""
    return [json.loads(p.read_text()) for p in sorted((kvasir.folder / "data/bucket" / tenant).glob("*/meta.json"))]


def local(kvasir, tenant="test"):
    return sorted((kvasir.folder / "data/head/blocks" / tenant).glob("*/meta.json"))


def flush(kvasir):
    reply = harness.http(kvasir.url("/ingester/flush?wait=true"), method="POST")
    assert reply.status == 204, reply.text


def test_flushed_blocks_are_in_the_bucket_and_answers_stay_the_same():
    begin = int(time.time() * 1000) // 60_000 * 60_000 - MINUTES * 60_000
    with Kvasir() as kvasir:
        push(kvasir, 0, MINUTES, begin)
        before = answers(kvasir, begin)
        assert len(before[0]) == SERIES and set(before[0].values()) == {str(MINUTES)}, before

        flush(kvasir)

        shipped = blocks(kvasir)
        assert sum(b["stats"]["numSamples"] for b in shipped) == SERIES * MINUTES, shipped
        assert all(b["thanos"]["source"] == "receive" and b["compaction"]["level"] == 1 for b in shipped)
        assert answers(kvasir, begin) == before
        kvasir.kill()
        kvasir.start()
        assert answers(kvasir, begin) == before
        assert len(blocks(kvasir)) == len(shipped)


def test_promtool_reads_what_was_cut():
    if not shutil.which("promtool"):
        return
    begin = int(time.time() * 1000) // 60_000 * 60_000 - MINUTES * 60_000
    with Kvasir() as kvasir:
        push(kvasir, 0, MINUTES, begin)
        flush(kvasir)
        folder = kvasir.folder / "data/bucket/test"
        listed = subprocess.run(["promtool", "tsdb", "list", folder], capture_output=True, text=True)
        assert listed.returncode == 0, listed.stderr
        assert len(listed.stdout.strip().splitlines()) == len(blocks(kvasir)) + 1, listed.stdout
        (folder / "wal").mkdir()  # It asks for one, as a Prometheus would have it.
        dumped = subprocess.run(["promtool", "tsdb", "dump", folder], capture_output=True, text=True)
        assert dumped.returncode == 0, dumped.stderr
        assert len(dumped.stdout.strip().splitlines()) == SERIES * MINUTES


def test_a_store_that_is_down_is_made_up_for():
    begin = int(time.time() * 1000) // 60_000 * 60_000 - MINUTES * 60_000
    with Kvasir() as kvasir:
        # No folder of the tenant can be made while a file has its name.
        bucket = kvasir.folder / "data/bucket"
        bucket.mkdir(parents=True, exist_ok=True)
        (bucket / "test").write_text("in the way")
        push(kvasir, 0, 60, begin)
        flush(kvasir)
        push(kvasir, 60, 60, begin)
        flush(kvasir)
        kvasir.kill()
        kvasir.start()
        assert len(local(kvasir)) >= 2
        metrics = kvasir.get("/metrics", tenant=None).text
        failures = [line for line in metrics.splitlines() if line.startswith("cortex_ingester_shipper_upload_failures_total")]
        assert failures and float(failures[0].split()[-1]) > 0, failures

        (bucket / "test").unlink()
        flush(kvasir)

        wait_until(lambda: sum(b["stats"]["numSamples"] for b in blocks(kvasir)) == SERIES * 120, 60, "all samples in the bucket")
        assert len(blocks(kvasir)) == len(local(kvasir))


def test_a_prepared_shutdown_ships_everything():
    begin = int(time.time() * 1000) // 60_000 * 60_000 - MINUTES * 60_000
    with Kvasir() as kvasir:
        push(kvasir, 0, 60, begin)
        assert harness.http(kvasir.url("/ingester/prepare-shutdown"), method="POST").status == 204
        assert harness.http(kvasir.url("/ingester/prepare-shutdown")).text == "set\n"
        kvasir.stop()
        assert sum(b["stats"]["numSamples"] for b in blocks(kvasir)) == SERIES * 60


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
