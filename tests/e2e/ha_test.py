#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A pair of real Prometheus agents that scrape the same targets and send the same series: what is stored is one series without a
double, and when the elected one is killed the other takes its place."""
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import harness
from harness import Kvasir, free_port, wait_until
from tenant_proxy import TenantProxy

AGENT = """
global: {{scrape_interval: 1s, external_labels: {{cluster: pair, __replica__: {replica}}}}}
scrape_configs:
  - job_name: kvasir
    static_configs: [{{targets: ["127.0.0.1:{kvasir}"]}}]
remote_write:
  - url: http://127.0.0.1:{gateway}/api/v1/push
    queue_config: {{batch_send_deadline: 1s}}
"""
# As the shipped configuration, with a failover that a test can wait for.
CHANGES = {'[component.ha_dedup]\n': '[component.ha_dedup]\nupdate_timeout = "1s"\nupdate_timeout_jitter_max = "0s"\nfailover_timeout = "4s"\n'}
API = "/prometheus/api/v1"


def start_agent(kvasir, gateway, replica):
    config = kvasir.folder / f"{replica}.yml"
    config.write_text(AGENT.format(replica=replica, kvasir=kvasir.port, gateway=gateway.port))
    log = open(kvasir.folder / f"{replica}.log", "wb")
    return subprocess.Popen(["prometheus", "--enable-feature=agent", f"--config.file={config}",
                             f"--storage.agent.path={kvasir.folder}/{replica}", f"--web.listen-address=127.0.0.1:{free_port()}"],
                            stdout=log, stderr=log)


def elected(kvasir):
    reply = kvasir.get("/distributor/ha_tracker", tenant=None, headers={"Accept": "application/json"})
    assert reply.status == 200, reply.text
    return {e["cluster"]: (e["replica"], e["electedChanges"]) for e in reply.json["elected"]}.get("pair")


def points(kvasir):
    """Times of the samples of one series, in seconds; fails when there is more than one series."""
    result = kvasir.get(API + "/query", "t", query='up{job="kvasir"}[10m]').json["data"]["result"]
    assert len(result) <= 1, f"one series is stored as {[r['metric'] for r in result]}"
    if not result:
        return []
    assert "__replica__" not in result[0]["metric"] and result[0]["metric"]["cluster"] == "pair", result[0]["metric"]
    return [float(t) for t, _ in result[0]["values"]]


def deduped(kvasir):
    found = re.search(r'^cortex_distributor_deduped_samples_total\{[^}]*cluster="pair"[^}]*\} (\S+)$',
                      kvasir.get("/metrics", tenant=None).text, re.M)
    return float(found.group(1)) if found else 0


def test_a_pair_is_one_and_outlives_one_of_them():
    if shutil.which("prometheus") is None:
        print("prometheus is not installed")
        sys.exit(77)
    source = (harness.ROOT / "configs/all-in-one.toml").read_text()
    for old, new in CHANGES.items():
        assert old in source
        source = source.replace(old, new)
    config = harness.ROOT / f"configs/.ha-test-{os.getpid()}.toml"
    config.write_text(source)
    agents = {}
    try:
        with Kvasir(str(config)) as kvasir, TenantProxy(kvasir.url(""), "t") as gateway:
            agents = {replica: start_agent(kvasir, gateway, replica) for replica in ("a", "b")}
            wait_until(lambda: len(points(kvasir)) > 5 and deduped(kvasir) > 0, 60, "both agents to write")
            first, changes = elected(kvasir)
            other = "b" if first == "a" else "a"
            before = points(kvasir)
            # Each agent scrapes once a second: with both stored there would be two a second.
            gaps = [b - a for a, b in zip(before, before[1:])]
            assert min(gaps) > 0.5, f"doubles: {gaps}"

            agents[first].send_signal(signal.SIGKILL)
            killed = time.time()
            wait_until(lambda: elected(kvasir) == (other, changes + 1), 60, "the other one to be elected")
            wait_until(lambda: len([t for t in points(kvasir) if t > killed + 5]) > 5, 60, "its samples")
            after = points(kvasir)
            gaps = [b - a for a, b in zip(after, after[1:])]
            assert min(gaps) > 0.5, f"doubles: {gaps}"
            late = [g for g in gaps if g > 2.5]
            assert len(late) <= 1, f"more than one gap: {late}"
            print(f"the gap of the failover: {max(gaps):.1f}s, with a timeout of 4s")
            assert max(gaps) < 4 + 15, f"a gap of {max(gaps)}s"
    finally:
        for agent in agents.values():
            agent.kill()
            agent.wait()
        config.unlink()


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
