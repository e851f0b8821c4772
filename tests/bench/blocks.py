#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a head costs besides writing and reading: cutting and shipping blocks, and starting anew after kill -9.

    tests/bench/blocks.py --build build/bench --series 100000 --scrapes 120

Loads an all-in-one process through rwload, kills it and starts it (from what is on the disk; once more from a checkpoint, if there was none),
then flushes. CPU is of the server process, user and system; peak is its largest resident set while it works.

    tests/bench/blocks.py --series 1000000 --scrapes 120 --keep /tmp/load --restarts 5

keeps the loaded folder, takes it when it is there, and only starts from a copy of it, so often.
"""
import argparse
import pathlib
import shutil
import statistics
import tempfile
import time

from bench import READY_WITHIN, ROOT, Load, cpu_seconds, harness_of, memory_mib


def tree_bytes(folder):
    return sum(p.stat().st_blocks * 512 for p in folder.rglob("*") if p.is_file())


class Bench:
    def __init__(self, options, harness, scratch):
        self.options, self.harness, self.scratch = options, harness, pathlib.Path(scratch)
        self.samples = options.series * options.scrapes
        self.config = self.scratch / "all-in-one.toml"
        text = (ROOT / "configs/all-in-one.toml").read_text()
        self.config.write_text(text.replace('type = "head"', f'type = "head"\ncheckpoint_after = "{options.checkpoint_after}"'))

    def load(self, kvasir):
        Load(self.scratch, series=self.options.series, scrapes=self.options.scrapes).give(kvasir.url("/api/v1/push"))
        pid = kvasir.process.pid
        print(f"load: {self.samples} samples, {memory_mib(pid):.0f} MiB resident, at most {memory_mib(pid, 'VmHWM'):.0f} MiB, "
              f"{cpu_seconds(pid) / self.samples * 1e9:.0f} ns CPU a sample", flush=True)

    def start(self, kvasir):
        """Starts; (seconds until it was ready, CPU seconds until then)."""
        began = time.monotonic()
        kvasir.start(ready=False)
        kvasir.wait_ready(READY_WITHIN)
        return time.monotonic() - began, cpu_seconds(kvasir.process.pid)

    def restart(self, kvasir, what):
        kvasir.kill()
        seconds, cpu = self.start(kvasir)
        pid = kvasir.process.pid
        print(f"start from {what}: ready after {seconds:.2f} s, CPU {cpu:.2f} s, peak {memory_mib(pid, 'VmHWM'):.0f} MiB, "
              f"resident {memory_mib(pid):.0f} MiB", flush=True)

    def on_disk(self, kvasir):
        head = kvasir.folder / "data/head"
        sizes = [(name, tree_bytes(head / folder) / 2**20) for name, folder in (("log", "wal"), ("checkpoints", "checkpoint"))]
        return " and ".join(f"{size:.0f} MiB of {name}" for name, size in sizes if size > 0)

    def flush(self, kvasir):
        pid = kvasir.process.pid
        pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")  # The peak begins anew.
        before, resident, began = cpu_seconds(pid), memory_mib(pid), time.monotonic()
        assert self.harness.http(kvasir.url("/ingester/flush?wait=true"), method="POST", timeout=READY_WITHIN).status == 204
        cpu = cpu_seconds(pid) - before
        size = tree_bytes(kvasir.folder / "data/bucket")
        print(f"flush: cut, verified and shipped in {time.monotonic() - began:.1f} s, CPU {cpu:.2f} s = {cpu / self.samples * 1e9:.0f} ns a sample "
              f"= {cpu / self.options.series * 1e6:.1f} us a series; resident before {resident:.0f} MiB, peak {memory_mib(pid, 'VmHWM'):.0f} MiB; "
              f"{size / self.samples:.2f} bytes a sample in the bucket", flush=True)

    def whole_life(self):
        with self.harness.Kvasir(config=self.config) as kvasir:
            self.load(kvasir)
            self.restart(kvasir, self.on_disk(kvasir))
            checkpoints = kvasir.folder / "data/head/checkpoint"
            deadline = time.monotonic() + 15  # The head looks every second whether one is due.
            while time.monotonic() < deadline and not list(checkpoints.glob("*.checkpoint")):
                time.sleep(1)
            if list(checkpoints.glob("*.checkpoint")):
                self.restart(kvasir, self.on_disk(kvasir))
            else:
                print("the log is below checkpoint_after: there is no checkpoint")
            self.flush(kvasir)

    def restarts(self, keep):
        """Starts from copies of a folder as a kill left it."""
        if not keep.exists():
            with self.harness.Kvasir(config=self.config) as kvasir:
                self.load(kvasir)
                kvasir.kill()
                shutil.copytree(kvasir.folder, keep)
                kvasir.start(ready=False)
                kvasir.wait_ready(READY_WITHIN)
        seconds, cpu, peaks = [], [], []
        for _ in range(self.options.restarts):
            folder = self.scratch / "copy"
            shutil.copytree(keep, folder)
            kvasir = self.harness.Kvasir(config=self.config, folder=folder, ready=False)
            began = time.monotonic()
            kvasir.wait_ready(READY_WITHIN)
            pid = kvasir.process.pid
            seconds.append(time.monotonic() - began)
            cpu.append(cpu_seconds(pid))
            peaks.append(memory_mib(pid, "VmHWM"))
            what, resident = self.on_disk(kvasir), memory_mib(pid)
            kvasir.kill()
            shutil.rmtree(folder)
        print(f"start from {what}, {len(cpu)} times: ready after {statistics.median(seconds):.2f} s (at least {min(seconds):.2f}), "
              f"CPU {statistics.median(cpu):.2f} s (at least {min(cpu):.2f}), peak {max(peaks):.0f} MiB, resident {resident:.0f} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/bench")
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--scrapes", type=int, default=120)
    parser.add_argument("--checkpoint-after", default="256MiB", help="smaller, for a checkpoint of a short load")
    parser.add_argument("--keep", type=pathlib.Path, help="only restarts, from this folder; it is made when it is not there")
    parser.add_argument("--restarts", type=int, default=3)
    options = parser.parse_args()
    harness = harness_of(options.build)
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(options, harness, scratch)
        if options.keep is None:
            bench.whole_life()
        else:
            bench.restarts(options.keep)


if __name__ == "__main__":
    main()
