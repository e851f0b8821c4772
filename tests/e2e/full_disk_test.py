#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A disk that is really full: writes are answered 503, reads go on, nothing acknowledged is lost, also over kill -9, and
writes are taken again once there is room.

The disk is a small tmpfs in a mount namespace of this test's own: nothing of it is left behind, however the test ends.
Where the system allows no such namespace the test ends with 77, "skipped".
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import harness
from harness import Kvasir

IN_NAMESPACE = "KVASIR_TEST_IN_NAMESPACE"
DISK_MIB = 96
SERIES = 10
SAMPLES = 2000  # Of each series in a request, a millisecond apart.


def enter_namespace():
    """Runs this program again with mounts of its own."""
    command = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
    probe = subprocess.run(command + ["mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, text=True)
    if probe.returncode != 0:
        print(f"skipped: no mount namespace here ({probe.stderr.strip()})")
        sys.exit(77)
    os.environ[IN_NAMESPACE] = "1"
    os.execvp(command[0], command + [sys.executable, __file__] + sys.argv[1:])


class Disk:
    """A small file system under the data directory of a process; its log file is elsewhere, so that it can be read."""

    def __init__(self):
        self.process_folder = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-e2e-"))
        self.folder = self.process_folder / "data"
        self.folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", self.folder], check=True)

    def fill(self):
        """Takes every byte that is left."""
        with open(self.folder / "filler", "ab", buffering=0) as f:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        f.write(b"x" * size)
                except OSError:
                    pass

    def free(self):
        (self.folder / "filler").unlink()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "--lazy", self.folder], check=True)
        shutil.rmtree(self.process_folder)


def push(kvasir, t_ms):
    """The reply to a request that starts at t_ms; values follow from times."""
    return kvasir.push([({"__name__": "kept", "n": str(n)}, [(t_ms + i, t_ms + i + n) for i in range(SAMPLES)])
                        for n in range(SERIES)])


def assert_all_there(kvasir, acked):
    span = (max(acked) - min(acked)) // 1000 + 10
    for n in range(SERIES):
        reply = kvasir.get("/prometheus/api/v1/query", query=f'kept{{n="{n}"}}[{span}s]', time=max(acked) / 1000 + 3)
        assert reply.status == 200, reply.text
        have = {round(t * 1000): float(v) for t, v in reply.json["data"]["result"][0]["values"]}
        lost = [t for at in acked for t in range(at, at + SAMPLES) if have.get(t) != t + n]
        assert not lost, f"{len(lost)} acknowledged samples of series {n} are gone"


def push_until_refused(kvasir, t, acked):
    for _ in range(1000):
        t += SAMPLES
        reply = push(kvasir, t)
        if reply.status != 200:
            return t, reply
        acked.append(t)
    raise AssertionError("the disk never became full")


def test_a_full_disk_refuses_writes_and_loses_nothing():
    t = int(time.time() * 1000) // 1000 * 1000 - 3_000_000
    acked = []
    with Disk() as disk, Kvasir(folder=disk.process_folder) as kvasir:
        for _ in range(5):
            t += SAMPLES
            assert push(kvasir, t).status == 200
            acked.append(t)
        disk.fill()

        t, reply = push_until_refused(kvasir, t, acked)

        assert reply.status == 503, f"{reply.status} {reply.text}"
        assert "write-ahead log" in reply.text, reply.text
        assert_all_there(kvasir, acked)
        assert push(kvasir, t + SAMPLES).status == 503, "it stays refused"

        kvasir.kill()
        kvasir.start()

        assert_all_there(kvasir, acked)
        t, reply = push_until_refused(kvasir, t + 2 * SAMPLES, acked)
        assert reply.status == 503, f"{reply.status} {reply.text}"

        disk.free()

        harness.wait_until(lambda: push(kvasir, t + SAMPLES).status == 200, 60, "writes to be taken again")
        acked.append(t + SAMPLES)
        assert_all_there(kvasir, acked)
        kvasir.kill()
        kvasir.start()
        assert_all_there(kvasir, acked)


if __name__ == "__main__":
    if IN_NAMESPACE not in os.environ:
        enter_namespace()
    harness.run(sys.modules["__main__"])
