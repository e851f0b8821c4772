#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 while blocks are cut, shipped, compacted, rewritten and removed: nothing is lost, nothing comes back, nothing is left lying about.
What the disk looks like says when to kill; that every single step is met is the unit tests' affair (docs/long-term-storage.md)."""
import json
import pathlib
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tsdb"), str(HERE.parent / "promql")]
import blocks_test as tsdb  # noqa: E402
import deletion_test  # noqa: E402
import harness  # noqa: E402
from harness import Kvasir, wait_until  # noqa: E402

SERIES, HOURS = 150, 12
STUCK_AFTER = 60  # Seconds in which an idle compactor looks hundreds of times.
SEEN_WITHIN = 20  # Seconds in which a stage has to come; what was too quick to be seen is passed over.


def config(folder):
    text = (harness.ROOT / "configs/all-in-one.toml").read_text()
    place = 'data_dir = "${KVASIR_DATA_DIR:-./data}/compactor"\n'
    assert place in text
    text = text.replace(place, place + 'compaction_interval = "100ms"\ncleanup_interval = "100ms"\nsplit_and_merge_shards = 2\n'
                        'first_level_compaction_wait_period = "0s"\nblock_ranges = ["2h", "6h"]\ndeletion_delay = "2s"\n')
    path = folder / "all-in-one.toml"
    path.write_text(text.replace('sync_interval = "1m"', 'sync_interval = "1s"'))
    return path


class Place:
    """What can be seen of a running process on the disk."""

    def __init__(self, folder):
        self.local, self.bucket, self.jobs = (folder / "data" / p for p in ("head/blocks/test", "bucket/test", "compactor/jobs"))

    @staticmethod
    def names(folder, end=""):
        try:
            return {e.name for e in folder.iterdir() if e.name.endswith(end)}
        except OSError:
            return set()

    def blocks(self, whole):
        return {n for n in self.names(self.bucket) if len(n) == 26 and (self.bucket / n / "meta.json").exists() == whole}

    def cutting(self):
        return bool(self.names(self.local, ".unfinished"))

    def shipping(self):
        return bool(self.blocks(whole=False) & self.names(self.local))

    def shipped_some(self):
        there = self.blocks(whole=True)
        return bool(there) and bool(self.names(self.local) - there)

    def job(self):
        return any(self.names(t) for t in (self.jobs / n for n in self.names(self.jobs)))

    def compacted_half(self):
        return bool(self.blocks(whole=False) - self.names(self.local) - self.marks())

    def marks(self):
        return {n.split("-")[0] for n in self.names(self.bucket / "markers", "-deletion-mark.json")}

    def marked(self):
        return bool(self.marks())

    def removing(self):
        return bool(self.marks() & self.blocks(whole=False))


def push(kvasir, begin):
    for hour in range(HOURS):
        rows = [({"__name__": "m", "n": f"{n:03}"}, [((begin + 60 * m) * 1000, m * n) for m in range(60 * hour, 60 * hour + 60)]) for n in range(SERIES)]
        reply = kvasir.push(rows)
        assert reply.status == 200, reply.text


def answers(kvasir, begin):
    """How many samples each series has, and the sum of all values."""
    end = begin + HOURS * 3600
    counts = kvasir.query(f"sum by (n) (count_over_time(m[{HOURS}h1m]))", end)
    sums = kvasir.query(f"sum(sum_over_time(m[{HOURS}h1m]))", end)
    return {labels.split('"')[1]: int(count) for labels, count in counts.items()}, list(sums.values())


def check(kvasir, begin, counts, what):
    """Blocks go so soon here that their list may be a moment older: then it is asked again."""
    total = sum(sum(m * int(n) for m in range(60 * HOURS)) for n in counts)

    def is_right():
        got, sums = answers(kvasir, begin)
        return got == counts and float(sums[0]) == total
    wait_until(is_right, 60, f"the same answers as before {what}: {answers(kvasir, begin)}")


def kill_at(kvasir, stage, meanwhile=lambda: None):
    """Kills the process when the disk looks so, and starts it again after meanwhile(); whether that was seen."""
    deadline = time.monotonic() + SEEN_WITHIN
    while not stage():
        if time.monotonic() > deadline:
            return False
    kvasir.kill()
    meanwhile()
    kvasir.start()
    return True


def request_deletion(place, selector):
    """One more request, as the API writes them, while nothing runs: from then on the same jobs make other blocks."""
    folder = place.bucket / "deletions"
    newest = max(place.names(folder))
    request = json.loads((folder / newest).read_text())
    request.update(id=request["id"][:-4] + "ZZZZ", selectors=[selector])  # Greater: younger.
    (folder / newest.replace(newest.removesuffix(".json"), request["id"])).write_text(json.dumps(request))


def ask_flush(kvasir):
    return harness.http(kvasir.url("/ingester/flush"), method="POST").status


def test_kills_at_every_stage_of_a_block():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-kills-"))
    place = Place(folder)
    begin = int(time.time()) // 60 * 60 - HOURS * 3600
    with Kvasir(config(folder), folder) as kvasir:
        push(kvasir, begin)
        counts = {f"{n:03}": 60 * HOURS for n in range(SERIES)}
        check(kvasir, begin, counts, "anything was cut")
        seen = []
        for stage in (place.cutting, place.shipping, place.shipped_some, place.job, place.compacted_half, place.marked, place.removing):
            assert ask_flush(kvasir) // 100 == 2
            if kill_at(kvasir, stage):
                seen.append(stage.__name__)
            check(kvasir, begin, counts, f"the kill while {stage.__name__}")
        assert ask_flush(kvasir) // 100 == 2
        settle(kvasir, place, SERIES * 60 * HOURS)
        check(kvasir, begin, counts, "it settled")
        assert len(seen) >= 3, f"only {seen} were seen"
        check_bucket(place, SERIES * 60 * HOURS)

        # And while series are taken out of the blocks again.
        assert deletion_test.delete(kvasir, **{"match[]": '{n=~"0.*"}'}).status == 204
        counts = {n: c for n, c in counts.items() if not n.startswith("0")}
        for stage in (place.job, place.compacted_half, place.marked, place.removing):
            if kill_at(kvasir, stage):
                seen.append(f"{stage.__name__} for a deletion")
            check(kvasir, begin, counts, f"the kill while {stage.__name__}")
        settle(kvasir, place, len(counts) * 60 * HOURS)
        check(kvasir, begin, counts, "it settled")
        check_bucket(place, len(counts) * 60 * HOURS)

        # And when what was uploaded by half is nobody's any more, since a request that came meanwhile makes other blocks.
        assert deletion_test.delete(kvasir, **{"match[]": '{n=~"10.*"}'}).status == 204
        counts = {n: c for n, c in counts.items() if not n.startswith("10")}
        if kill_at(kvasir, place.compacted_half, lambda: request_deletion(place, '{n=~"11.*"}')):
            seen.append("compacted_half before another deletion")
            counts = {n: c for n, c in counts.items() if not n.startswith("11")}
        settle(kvasir, place, len(counts) * 60 * HOURS)
        check(kvasir, begin, counts, "it settled")
        check_bucket(place, len(counts) * 60 * HOURS)
        print(f"      killed at {', '.join(seen)}")


def metas(place):
    out = []
    for name in place.blocks(whole=True):
        try:
            out.append(json.loads((place.bucket / name / "meta.json").read_text()))
        except FileNotFoundError:  # It has been deleted meanwhile.
            pass
    return out


def settle(kvasir, place, samples):
    """Until every sample is in the bucket once, the compactor has nothing more to do, and what it replaced is gone. How long that takes is up to the
    machine; what must not be is that something is left and nothing changes."""
    def left():
        jobs = kvasir.get("/compactor/tenant/test/planned_jobs", headers={"Accept": "application/json"})
        unshipped = [line for line in kvasir.get("/metrics", tenant=None).text.splitlines() if line.startswith("kvs_head_unshipped_block_bytes")]
        found = {"jobs": jobs.json["jobs"] if jobs.status == 200 else jobs.text, "unshipped bytes": float(unshipped[0].split()[-1]),
                 "being cut": place.cutting(), "marked": place.marks(), "blocks in part": place.blocks(whole=False),
                 "samples too many": sum(m["stats"]["numSamples"] for m in metas(place)) - samples}
        return {what: value for what, value in found.items() if value}
    before, changed_at = None, time.monotonic()
    while now := left():
        if now != before:
            before, changed_at = now, time.monotonic()
        assert time.monotonic() < changed_at + STUCK_AFTER, f"nothing has changed for {STUCK_AFTER} s, and there is still {now}"
        time.sleep(0.1)


def check_bucket(place, samples):
    """Every sample once, in blocks that are sound, and nothing else."""
    found = metas(place)
    assert sum(m["stats"]["numSamples"] for m in found) == samples, [m["stats"] for m in found]
    verified = tsdb.kvasir("verify", f"file://{place.bucket.parent}", "--tenant", "test").splitlines()
    assert len(verified) == len(found) and all("sound" in line for line in verified), verified
    allowed = {m["ulid"] for m in found} | {"bucket-index.json.gz", "markers", "deletions"}
    assert place.names(place.bucket) <= allowed, place.names(place.bucket) - allowed
    assert not place.names(place.local, ".unfinished") and not place.job()


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
