#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two compactors over one bucket, which share its tenants by a ring and leases in etcd, one of which is killed again and again: every sample
that was there is there once at the end."""
import json
import pathlib
import random
import shutil
import sys
import tempfile

import harness
from cluster import Etcd
from harness import promtool

TENANTS = ["team-a", "team-b", "team-c", "team-d"]
BEGIN = 1_700_000_000
FAST = dict(KVASIR_HEARTBEAT_PERIOD="300ms", KVASIR_HEARTBEAT_TIMEOUT="2s", KVASIR_LEASE_TTL="2s", KVASIR_COMPACTION_INTERVAL="300ms",
            KVASIR_CLEANUP_INTERVAL="500ms", KVASIR_FIRST_LEVEL_WAIT="0s", KVASIR_DELETION_DELAY="0s")


def make_blocks(folder, name, series):
    """Seven hours of samples as promtool cuts them."""
    data, source = folder / name, folder / f"{name}.om"
    (data / "wal").mkdir(parents=True)
    text = ["# TYPE requests counter"]
    for s in series:
        text += [f'requests_total{{instance="host-{s}"}} {i * (s + 1)} {BEGIN + 60 * i + s}' for i in range(420)]
    source.write_text("\n".join(text + ["# EOF", ""]))
    promtool("tsdb", "create-blocks-from", "openmetrics", source, data)
    return sorted(b for b in data.iterdir() if (b / "meta.json").exists())


def dump(folder, blocks):
    """promtool's view of blocks, every sample of each of them; it wants them in a folder of their own."""
    lines = []
    for block in blocks:
        copy = folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        (copy / "wal").mkdir(parents=True)
        shutil.copytree(block, copy / block.name)
        lines += promtool("tsdb", "dump", copy).splitlines()
    return sorted(lines)


def blocks_of(bucket, tenant):
    return sorted(p.parent for p in bucket.glob(f"{tenant}/*/meta.json"))


class Compactors:
    def __init__(self, folder):
        self.folder, self.etcd = folder, Etcd(folder)
        self.running = {}

    def start(self, name):
        (self.folder / name).mkdir(exist_ok=True)
        self.running[name] = harness.Kvasir(
            harness.ROOT / "configs/cluster/compactor.toml", self.folder / name,
            dict(FAST, KVASIR_ETCD_ENDPOINTS=self.etcd.address, KVASIR_BUCKET_DIR=str(self.folder / "bucket"), KVASIR_INSTANCE_ID=name))
        return self.running[name]

    def states(self, seen_by):
        reply = harness.http(self.running[seen_by].url("/compactor/ring"), headers={"Accept": "application/json"})
        return {one["id"]: one["state"] for one in reply.json["shards"]} if reply.status == 200 else {}

    def end(self):
        for process in self.running.values():
            if process.process.poll() is None:
                process.kill()
        self.etcd.stop()


def is_settled(compactor, bucket):
    for tenant in TENANTS:
        jobs = compactor.get(f"/compactor/tenant/{tenant}/planned_jobs", headers={"Accept": "application/json"})
        if jobs.status != 200 or jobs.json["jobs"] or list(bucket.glob(f"{tenant}/markers/*")):
            return False
        try:
            levels = [json.loads((b / "meta.json").read_text())["compaction"]["level"] for b in blocks_of(bucket, tenant)]
        except FileNotFoundError:  # A block that is being deleted.
            return False
        if not levels or min(levels) < 2:
            return False
    return True


def test_two_share_the_work_and_one_is_killed_in_the_middle_of_it():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-compactors-"))
    bucket = folder / "bucket"
    sources = make_blocks(folder, "one", range(0, 5)) + make_blocks(folder, "two", range(3, 8))
    expected = sorted(set(dump(folder, sources)))  # Series 3 and 4 are in both.
    for tenant in TENANTS:
        for block in sources:
            shutil.copytree(block, bucket / tenant / block.name)
    compactors = Compactors(folder)
    chance = random.Random(7)
    try:
        compactors.start("a")
        compactors.start("b")
        for _ in range(6):
            # In the middle of something: whatever it is.
            made = sum(len(list(bucket.glob(f"{t}/*/index"))) for t in TENANTS) + chance.randrange(1, 4)
            harness.wait_until(lambda m=made: sum(len(list(bucket.glob(f"{t}/*/index"))) for t in TENANTS) >= m or is_settled(
                compactors.running["b"], bucket), 60, "a block to be made")
            compactors.running["a"].kill()
            compactors.start("a")
        compactors.running["a"].kill()
        harness.wait_until(lambda: compactors.states("b").get("a") == "UNHEALTHY", 60, "a's death to be noticed")
        harness.wait_until(lambda: is_settled(compactors.running["b"], bucket), 90, "the rest to be taken over")
        for tenant in TENANTS:
            ours = dump(folder, blocks_of(bucket, tenant))
            assert len(ours) == len(set(ours)), f"{tenant}: {len(ours) - len(set(ours))} samples are there twice"
            assert ours == expected, f"{tenant}: {len(ours)} samples, {len(expected)} expected"
            assert len(blocks_of(bucket, tenant)) < len(sources) / 2
            assert (bucket / tenant / "bucket-index.json.gz").exists()
        assert compactors.running["b"].stop() == 0, compactors.running["b"].log_text()[-3000:]
    except BaseException:
        for name, process in compactors.running.items():
            print(f"--- {name}\n{process.log_text()[-3000:]}")
        raise
    finally:
        compactors.end()
        shutil.rmtree(folder, ignore_errors=True)


def test_both_work_and_none_does_what_the_other_does():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-compactors-"))
    bucket = folder / "bucket"
    compactors = Compactors(folder)
    try:
        for name in ("a", "b"):
            compactors.start(name)
        for name in ("a", "b"):
            harness.wait_until(lambda n=name: compactors.states(n) == {"a": "ACTIVE", "b": "ACTIVE"}, 60, "both to see both")
        sources = make_blocks(folder, "one", range(0, 5)) + make_blocks(folder, "two", range(3, 8))
        expected = sorted(set(dump(folder, sources)))
        for tenant in TENANTS:
            for block in sources:
                shutil.copytree(block, folder / "coming" / tenant / block.name)
        bucket.mkdir(exist_ok=True)
        for tenant in TENANTS:
            (folder / "coming" / tenant).rename(bucket / tenant)
        harness.wait_until(lambda: is_settled(compactors.running["a"], bucket), 90, "everything to be compacted")
        done = {name: compactors.running[name].metric("cortex_compactor_group_compactions_total") for name in ("a", "b")}
        assert min(done.values()) > 0, done
        for tenant in TENANTS:
            assert dump(folder, blocks_of(bucket, tenant)) == expected
        # Both ends are clean: what one gives up, the other goes on with.
        for name in ("a", "b"):
            assert compactors.running[name].stop() == 0
    finally:
        compactors.end()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if not shutil.which("promtool"):
        sys.exit(77)
    harness.run(sys.modules["__main__"])
