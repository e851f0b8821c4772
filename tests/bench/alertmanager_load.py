#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""10,000 alerts of one tenant, told again every round: CPU and memory of kvasir beside Debian's Alertmanager.

usage: KVASIR_BUILD=build/release tests/bench/alertmanager_load.py [--alerts 10000] [--rounds 6]

Both get the same requests of 256 alerts, in 100 groups with a webhook, through one connection after the other. CPU is user+sys
of the process in seconds; memory is its resident set at the end.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from alert_receiver import AlertReceiver
from bench import cpu_seconds, memory_mib
from harness import Kvasir, free_port, http as fetch, wait_until

CONFIG = """
route: {{receiver: hook, group_by: [alertname], group_wait: 2s, group_interval: 10s, repeat_interval: 1h}}
receivers: [{{name: hook, webhook_configs: [{{url: '{url}'}}]}}]
inhibit_rules: [{{source_matchers: ['severity="critical"'], target_matchers: ['severity="warning"'], equal: [instance]}}]
"""


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))


def batches(n, starts):
    ends = stamp(time.time() + 240)
    alerts = [{"labels": {"alertname": f"Alert{i % 100}", "instance": f"host-{i}.example.org:9100", "job": "node", "cluster": f"c{i % 7}",
                          "severity": "page" if i % 10 else "critical"},
               "annotations": {"summary": f"host-{i} is not well", "runbook": "https://runbooks.example.org/host"},
               "startsAt": starts, "endsAt": ends, "generatorURL": "http://prometheus.example.org/graph?g0.expr=up"} for i in range(n)]
    return [json.dumps(alerts[i:i + 256]).encode() for i in range(0, n, 256)]


def measure(name, pid, url, receiver, path, args):
    starts, figures = stamp(time.time()), []
    for _ in range(args.rounds):
        before = cpu_seconds(pid)
        for body in batches(args.alerts, starts):
            reply = fetch(url + "/api/v2/alerts", "POST", body, {"X-Scope-OrgID": "test", "Content-Type": "application/json"})
            assert reply.status == 200, reply.text
        figures.append(cpu_seconds(pid) - before)
    messages = lambda: receiver.received.get(path, [])
    wait_until(lambda: len({a["fingerprint"] for m in list(messages()) for a in m["alerts"]}) == args.alerts, 120, "the notifications")
    time.sleep(12)  # Groups that were flushed half full are told once more.
    n_messages = len(messages())
    before = cpu_seconds(pid)
    listed = fetch(url + "/api/v2/alerts", headers={"X-Scope-OrgID": "test"}, timeout=120).json
    assert len(listed) == args.alerts, len(listed)
    reading = cpu_seconds(pid) - before
    before, began = cpu_seconds(pid), time.monotonic()
    time.sleep(30)  # What it costs to have them: three flushes of every group, without news.
    idle = (cpu_seconds(pid) - before) / (time.monotonic() - began) * 60
    assert len(messages()) == n_messages, "something was told twice"
    print(f"{name:14} first round {figures[0]:6.2f}  later rounds {sum(figures[1:]) / max(1, len(figures) - 1):6.2f}  "
          f"GET alerts {reading:6.2f}  at rest, a minute {idle:6.2f}  resident {memory_mib(pid):7.1f} MiB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=6)
    args = parser.parse_args()
    with AlertReceiver() as receiver, Kvasir("alertmanager") as kvasir:
        config = CONFIG.format(url=receiver.url + "/ours")
        assert fetch(kvasir.url("/api/v1/alerts"), "POST", config.encode(), {"X-Scope-OrgID": "test"}).status == 201
        measure("kvasir", kvasir.process.pid, kvasir.url("/alertmanager"), receiver, "/ours", args)
        binary = shutil.which("prometheus-alertmanager")
        if binary is None:
            return
        theirs, port = kvasir.folder / "alertmanager.yml", free_port()
        theirs.write_text(CONFIG.format(url=receiver.url + "/theirs"))
        process = subprocess.Popen([binary, f"--config.file={theirs}", f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
                                    f"--storage.path={kvasir.folder / 'theirs'}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            def ready():
                try:
                    return fetch(f"http://127.0.0.1:{port}/-/ready").status == 200
                except OSError:
                    return False
            wait_until(ready, 30, "Debian's Alertmanager")
            measure("Alertmanager", process.pid, f"http://127.0.0.1:{port}", receiver, "/theirs", args)
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
