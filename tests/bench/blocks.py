#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a head costs besides writing and reading: cutting and shipping blocks, and starting anew after kill -9.

    tests/bench/blocks.py --build build/bench --series 100000 --scrapes 120

Loads an all-in-one process through rwload, kills it and starts it (from the log; once more from a checkpoint), then flushes. CPU is of the server
process, user and system; peak is its largest resident set while it works.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_mib(pid, what):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1]) / 1024
    return 0


def tree_bytes(folder):
    return sum(p.stat().st_blocks * 512 for p in folder.rglob("*") if p.is_file())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/bench")
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--scrapes", type=int, default=120)
    parser.add_argument("--checkpoint-after", default="512MiB", help="smaller, for a checkpoint of a short load")
    options = parser.parse_args()
    os.environ["KVASIR_BUILD"] = str(pathlib.Path(options.build).resolve())
    sys.path.insert(0, str(ROOT / "tests/e2e"))
    import harness

    samples = options.series * options.scrapes
    with tempfile.TemporaryDirectory() as scratch:
        rwload = pathlib.Path(scratch) / "rwload"
        subprocess.run(["c++", "-O2", "-std=c++20", ROOT / "tests/bench/rwload.cc", "-o", rwload, "-lsnappy", "-lcurl", "-lpthread"], check=True)
        config = pathlib.Path(scratch) / "all-in-one.toml"
        text = (ROOT / "configs/all-in-one.toml").read_text()
        config.write_text(text.replace('type = "head"', f'type = "head"\ncheckpoint_after = "{options.checkpoint_after}"'))
        with harness.Kvasir(config=config) as kvasir:
            subprocess.run([rwload, "--url", kvasir.url("/api/v1/push"), "--tenant", "bench", "--series", str(options.series),
                            "--scrapes", str(options.scrapes)], check=True, stdout=subprocess.DEVNULL)
            pid = kvasir.process.pid
            steady = memory_mib(pid, "VmRSS")
            print(f"load: {samples} samples, {steady:.0f} MiB resident, {cpu_seconds(pid) / samples * 1e9:.0f} ns CPU a sample")

            def restart(what):
                kvasir.kill()
                began = time.monotonic()
                kvasir.start()
                pid = kvasir.process.pid
                print(f"start from {what}: ready after {time.monotonic() - began:.2f} s, CPU {cpu_seconds(pid):.2f} s, "
                      f"peak {memory_mib(pid, 'VmHWM'):.0f} MiB, resident {memory_mib(pid, 'VmRSS'):.0f} MiB")
                return pid

            head = kvasir.folder / "data/head"
            restart("the log, %.0f MiB" % (tree_bytes(head / "wal") / 2**20))
            checkpoint = head / "checkpoint"
            deadline = time.monotonic() + 75
            while time.monotonic() < deadline and not list(checkpoint.glob("*.checkpoint")):
                time.sleep(1)  # The head looks every minute whether one is due.
            if list(checkpoint.glob("*.checkpoint")):
                pid = restart("a checkpoint, %.0f MiB" % (tree_bytes(checkpoint) / 2**20))
            else:
                print("the log is below checkpoint_after: there is no checkpoint")
                pid = kvasir.process.pid

            pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")  # The peak begins anew.
            before, resident, began = cpu_seconds(pid), memory_mib(pid, "VmRSS"), time.monotonic()
            assert harness.http(kvasir.url("/ingester/flush?wait=true"), method="POST", timeout=600).status == 204
            cpu = cpu_seconds(pid) - before
            size = tree_bytes(kvasir.folder / "data/bucket")
            print(f"flush: cut, verified and shipped in {time.monotonic() - began:.1f} s, CPU {cpu:.2f} s = {cpu / samples * 1e9:.0f} ns a sample "
                  f"= {cpu / options.series * 1e6:.1f} us a series; resident before {resident:.0f} MiB, peak {memory_mib(pid, 'VmHWM'):.0f} MiB; "
                  f"{size / samples:.2f} bytes a sample in the bucket")


if __name__ == "__main__":
    main()
