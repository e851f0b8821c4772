# SPDX-License-Identifier: Apache-2.0
"""What benchmarks share: which build they measure, the load that they give it, and what a process has used."""
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY_WITHIN = 900  # Seconds, on a machine however busy.


def harness_of(build):
    """The harness of the end-to-end tests, for the build in this folder."""
    os.environ["KVASIR_BUILD"] = str(pathlib.Path(build).resolve())
    sys.path.insert(0, str(ROOT / "tests/e2e"))
    import harness
    return harness


class Load:
    """rwload, built in a folder. A load is --series series of --scrapes samples each; options are rwload's, without the dashes."""

    def __init__(self, folder, **options):
        self.program, self.options = pathlib.Path(folder) / "rwload", {"tenant": "bench", **options}
        subprocess.run(["c++", "-O2", "-std=c++20", ROOT / "tests/bench/rwload.cc", "-o", self.program, "-lsnappy", "-lcurl", "-lpthread"], check=True)

    def give(self, url, **options):
        """What rwload says of it; all of it has been taken."""
        arguments = [text for key, value in {**self.options, **options}.items() for text in (f"--{key.replace('_', '-')}", str(value))]
        done = subprocess.run([self.program, "--url", url, *arguments], check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout.splitlines()[0])


def cpu_seconds(*pids):
    """User and system, of all threads of these processes so far, also of those that have ended. To the nanosecond: a query is shorter than a tick
    of /proc/PID/stat. A process that is gone counts for nothing."""
    total = 0.0
    for pid in pids:
        try:
            total += time.clock_gettime((~pid << 3) | 2)  # CPUCLOCK_SCHED of the process, as clock_getcpuclockid() has it.
        except OSError:
            pass
    return total


def memory_mib(pid, what="VmRSS"):
    """A line of /proc/PID/status: VmHWM is the peak of VmRSS; RssAnon leaves out mapped files, which the kernel can drop."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(what + ":"):
            return int(line.split()[1]) / 1024
    return 0.0
