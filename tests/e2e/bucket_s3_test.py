#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The life of a block in a real S3 store (tests/services): the head ships it, queries are answered from it, the compactor merges it,
`kvasir tsdb` looks at it, a store-gateway of its own reads it; and the gateway of the store goes away and comes back."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import harness
from harness import Kvasir, wait_until

SERVICES = harness.ROOT / "tests/services"
API = "/prometheus/api/v1"
BUCKET = "kvasir-e2e"
SERIES, HOURS = 30, 14


class Store:
    """S3 for the time of a test."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-s3-"))
        self.port = harness.free_port()
        self.up()
        return self

    def up(self):
        done = subprocess.run([SERVICES / "s3-up", self.folder / "s3", str(self.port)], capture_output=True, text=True, timeout=180,
                              env=dict(os.environ, S3_BUCKETS=BUCKET))
        if done.returncode == 77:
            print(done.stderr)
            self.__exit__()
            sys.exit(77)
        assert done.returncode == 0, done.stderr
        self.settings = dict(line.split("=", 1) for line in done.stdout.splitlines())

    def down(self, *what):
        subprocess.run([SERVICES / "s3-down", self.folder / "s3", *what], check=True, capture_output=True, timeout=120)

    def __exit__(self, *_):
        self.down()
        shutil.rmtree(self.folder, ignore_errors=True)

    def env(self):
        return {"AWS_ACCESS_KEY_ID": self.settings["access_key"], "AWS_SECRET_ACCESS_KEY": self.settings["secret_key"],
                "AWS_REGION": self.settings["region"]}

    def config(self, role, folder, more=""):
        """A role of configs/ with its bucket in this store."""
        text = (harness.ROOT / f"configs/{role}.toml").read_text()
        text, n = re.subn(r'(\[component\.bucket\]\n)type = "storage.filesystem"\ndir = .*\n',
                          r'\1type = "storage.s3"\nendpoint = "%s"\nbucket_name = "%s"\nretry.max_backoff = "1s"\n' % (self.settings["endpoint"], BUCKET), text)
        assert n == 1, role
        text = text.replace('[[plugins.load]]\nid = "net.http"', '[[plugins.load]]\nid = "storage.s3"\n[[plugins.load]]\nid = "net.http"')
        if more:
            place = re.search(r'\[component\.compactor\]\ntype = "compactor"\n', text)
            text = text[:place.end()] + more + text[place.end():]
        path = folder / f"{role}.toml"
        path.write_text(text)
        return path

    def tsdb(self, *words, code=0):
        """`kvasir tsdb` on the tenant's blocks."""
        url = f"s3://{BUCKET}?endpoint={self.settings['endpoint']}"
        done = subprocess.run([str(harness.BINARY), "tsdb", *words, url, "--tenant", "test"], capture_output=True, text=True, timeout=120,
                              env=dict(os.environ, **self.env()))
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout


def push(kvasir, begin, first_hour, hours):
    for hour in range(first_hour, first_hour + hours):
        rows = [({"__name__": "m", "n": str(n)}, [((begin + 60 * m) * 1000, m + n) for m in range(60 * hour, 60 * hour + 60)]) for n in range(SERIES)]
        reply = kvasir.push(rows)
        assert reply.status == 200, reply.text


def flush(kvasir):
    reply = harness.http(kvasir.url("/ingester/flush?wait=true"), method="POST", timeout=120)
    assert reply.status == 204, reply.text


def answers(kvasir, begin, hours):
    end = begin + hours * 3600
    return (kvasir.query(f"count_over_time(m[{hours * 3600 + 60}s])", end), kvasir.query(f"sum(sum_over_time(m[{hours * 3600 + 60}s]))", end),
            kvasir.get(API + "/label/n/values", start=begin, end=end).json["data"])


def test_a_block_lives_in_s3():
    with Store() as store:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-e2e-"))
        begin = int(time.time()) // 60 * 60 - HOURS * 3600
        fast = ('compaction_interval = "200ms"\ncleanup_interval = "200ms"\nfirst_level_compaction_wait_period = "0s"\n'
                'block_ranges = ["2h", "4h"]\n')
        with Kvasir(store.config("all-in-one", folder, fast), folder, store.env()) as kvasir:
            push(kvasir, begin, 0, HOURS - 1)
            everything = answers(kvasir, begin, HOURS - 1)
            assert set(everything[0].values()) == {str(60 * (HOURS - 1))} and len(everything[0]) == SERIES
            flush(kvasir)

            def compacted():
                jobs = kvasir.get("/compactor/tenant/test/planned_jobs", headers={"Accept": "application/json"})
                return jobs.status == 200 and not jobs.json["jobs"] and kvasir.metric("cortex_compactor_blocks_marked_for_deletion_total") >= 4
            wait_until(compacted, 120, "blocks to be compacted")
            assert answers(kvasir, begin, HOURS - 1) == everything
            check_tools(store)
            check_gateway(store, begin, everything)

            # The store is away: writes are taken, blocks wait, and it is made up for.
            store.down("rgw")
            push(kvasir, begin, HOURS - 1, 1)
            flush(kvasir)
            wait_until(lambda: kvasir.metric("cortex_ingester_shipper_upload_failures_total") > 0, 60, "an upload to fail")
            waiting = kvasir.metric("kvs_head_unshipped_block_bytes")
            assert waiting > 0
            kvasir.kill()
            kvasir.start()
            assert kvasir.metric("kvs_head_unshipped_block_bytes") == waiting
            store.up()
            flush(kvasir)
            wait_until(lambda: kvasir.metric("kvs_head_unshipped_block_bytes") == 0, 120, "blocks to be shipped")
            # An index that was begun after that has them: the second one from now.
            for _ in range(2):
                before = kvasir.metric("cortex_bucket_index_last_successful_update_timestamp_seconds")
                wait_until(lambda: kvasir.metric("cortex_bucket_index_last_successful_update_timestamp_seconds") > before, 60, "an index of the bucket")
            last = answers(kvasir, begin, HOURS)
            assert set(last[0].values()) == {str(60 * HOURS)}, last[0]
            assert kvasir.stop() == 0, kvasir.log_text()[-3000:]
        # What nobody but the store has, now that the folder is gone.
        check_gateway(store, begin, last, HOURS)


def check_tools(store):
    """Every block in the store is sound; what the compactor replaced is there as well, until its mark is old."""
    listed = store.tsdb("list").splitlines()
    verified = store.tsdb("verify").splitlines()
    assert len(verified) >= HOURS // 2 and all("sound" in line for line in verified), verified
    assert len(listed) >= len(verified), listed
    dumped = store.tsdb("dump").splitlines()
    assert len(dumped) == SERIES * 60 * (HOURS - 1), len(dumped)


def check_gateway(store, begin, expected, hours=HOURS - 1):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-e2e-"))
    with Kvasir(store.config("store-gateway", folder), folder, store.env()) as gateway:
        env = {"KVASIR_INGESTER_ADDRS": f"127.0.0.1:{gateway.grpc_port}", **store.env()}
        other = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-e2e-"))
        with Kvasir(store.config("querier", other), other, env) as querier:
            assert answers(querier, begin, hours) == expected
            assert gateway.metric("kvs_storage_s3_received_bytes_total") > 0
            count = gateway.metric("kvs_source_blocks_gets_per_block_count")
            assert count > 0 and gateway.metric("kvs_source_blocks_gets_per_block_sum") <= 5 * count


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
