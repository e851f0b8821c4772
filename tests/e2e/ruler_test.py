#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules from the API to the alert: stored in one POST, evaluated, written, fired after `for`, sent to an Alertmanager, resolved,
and all of it again after kill -9."""
import http.server
import json
import shutil
import subprocess
import sys
import threading
import time

import harness
from harness import Kvasir, http as fetch, free_port, wait_until

# A whole rule file with four recording rules and three alerts, as people post them to /config/v1/rules/default.
RULES = """
groups:
  - name: recording
    interval: 1s
    query_offset: 0s
    rules:
      - record: cluster:up:sum
        expr: sum by (cluster) (up)
      - record: cluster:nodes:count
        expr: count by (cluster) (up)
      - record: cluster:availability:ratio
        expr: cluster:up:sum / cluster:nodes:count
      - record: cluster:samples:rate1m
        expr: sum by (cluster) (rate(received_samples_total[1m]))
  - name: alerts
    interval: 1s
    query_offset: 0s
    rules:
      - alert: InstanceDown
        expr: up == 0
        for: 3s
        labels:
          severity: critical
        annotations:
          summary: "{{ $labels.instance }} of {{ $labels.cluster }} is down"
          value: "{{ $value | humanize }}"
      - alert: ClusterDegraded
        expr: cluster:availability:ratio < 0.9
        labels:
          severity: warning
        annotations:
          summary: "{{ $labels.cluster }}: {{ $value | humanizePercentage }} available"
      - alert: NothingReceived
        expr: cluster:samples:rate1m == 0
        for: 1h
"""
CONFIG = "/prometheus/config/v1/rules"
HEAD = {"X-Scope-OrgID": "test"}


def push(kvasir, up_b):
    now = int(time.time() * 1000)
    series = [({"__name__": "up", "cluster": "one", "instance": "a"}, [(now, 1)]),
              ({"__name__": "up", "cluster": "one", "instance": "b"}, [(now, up_b)]),
              ({"__name__": "received_samples_total", "cluster": "one"}, [(now, now / 1000)])]
    reply = kvasir.push(series)
    assert reply.status == 200, reply.text


def alerts(kvasir):
    return kvasir.get("/prometheus/api/v1/alerts").json["data"]["alerts"]


def states(kvasir):
    return {a["labels"]["alertname"]: a["state"] for a in alerts(kvasir)}


class Feeder:
    """Pushes once a second until it is stopped."""

    def __init__(self, kvasir):
        self.kvasir, self.up, self.stopping = kvasir, 1, threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stopping.wait(0.5):
            try:
                push(self.kvasir, self.up)
            except OSError:
                pass  # It is being restarted.

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stopping.set()
        self.thread.join()


class AlertmanagerStub:
    """Takes /api/v2/alerts and keeps what it was sent."""

    def __init__(self):
        received = self.received = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.append((self.path, self.headers["X-Scope-OrgID"], json.loads(body)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def alerts(self, name):
        return [a for _, _, batch in list(self.received) for a in batch if a["labels"]["alertname"] == name]


def test_a_rule_file_becomes_series_and_alerts():
    alertmanager = AlertmanagerStub()
    with Kvasir(env={"KVASIR_ALERTMANAGER": alertmanager.url, "KVASIR_EXTERNAL_URL": "http://kvasir.example"}) as kvasir, Feeder(kvasir) as feeder:
        reply = fetch(kvasir.url(CONFIG + "/default"), "POST", RULES.encode(), HEAD)
        assert reply.status == 202, reply.text

        now = lambda: kvasir.query("cluster:availability:ratio", time.time())
        wait_until(lambda: now() == {'{__name__="cluster:availability:ratio",cluster="one"}': "1"}, 60, "the recording rules")
        wait_until(lambda: kvasir.query("cluster:samples:rate1m > 0", time.time()), 60, "a rate")
        assert states(kvasir) == {}

        feeder.up = 0
        wait_until(lambda: states(kvasir).get("InstanceDown") == "pending", 60, "a pending alert")
        wait_until(lambda: states(kvasir).get("ClusterDegraded") == "firing", 60, "an alert without `for`")
        wait_until(lambda: states(kvasir).get("InstanceDown") == "firing", 60, "a firing alert")
        down = next(a for a in alerts(kvasir) if a["labels"]["alertname"] == "InstanceDown")
        assert down["labels"] == {"alertname": "InstanceDown", "cluster": "one", "instance": "b", "severity": "critical"}, down
        assert down["annotations"] == {"summary": "b of one is down", "value": "0"}, down
        wait_until(lambda: kvasir.query('ALERTS{alertname="InstanceDown",alertstate="firing"}', time.time()), 60, "the series ALERTS")

        wait_until(lambda: alertmanager.alerts("InstanceDown"), 60, "the alert at the Alertmanager")
        path, tenant, _ = alertmanager.received[0]
        assert (path, tenant) == ("/api/v2/alerts", "test")
        sent = alertmanager.alerts("InstanceDown")[0]
        assert sent["annotations"]["summary"] == "b of one is down"
        assert sent["generatorURL"] == "http://kvasir.example/graph?g0.expr=up+%3D%3D+0&g0.tab=1", sent

        feeder.up = 1
        wait_until(lambda: states(kvasir) == {}, 60, "the alerts to be resolved")
        wait_until(lambda: alertmanager.alerts("InstanceDown")[-1]["endsAt"] <= time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 1)),
                   60, "the resolved alert")


def test_rules_survive_kill_9():
    with Kvasir() as kvasir:
        assert fetch(kvasir.url(CONFIG + "/default"), "POST", RULES.encode(), HEAD).status == 202
        listed = kvasir.get(CONFIG).text
        assert "record: cluster:up:sum" in listed and listed.startswith("default:\n"), listed
        kvasir.kill()
        kvasir.start()
        assert kvasir.get(CONFIG).text == listed
        groups = wait_until(lambda: kvasir.get("/prometheus/api/v1/rules").json["data"]["groups"], 60, "the groups")
        assert [g["name"] for g in groups] == ["alerts", "recording"]
        assert kvasir.get(CONFIG, tenant="other").status == 404
        assert fetch(kvasir.url(CONFIG + "/default/alerts"), "DELETE", None, HEAD).status == 202
        assert fetch(kvasir.url(CONFIG + "/default/alerts"), "DELETE", None, HEAD).status == 404
        assert [g["name"] for g in kvasir.get("/prometheus/api/v1/rules").json["data"]["groups"]] == ["recording"]


def test_a_real_alertmanager_takes_the_alerts():
    binary = shutil.which("prometheus-alertmanager")
    if binary is None:
        print("      skipped: prometheus-alertmanager is not installed")
        return
    with Kvasir(env={"KVASIR_ALERTMANAGER": f"http://127.0.0.1:{(port := free_port())}"}) as kvasir, Feeder(kvasir) as feeder:
        config = kvasir.folder / "alertmanager.yml"
        config.write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
        process = subprocess.Popen([binary, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
                                    f"--storage.path={kvasir.folder / 'alertmanager'}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            feeder.up = 0
            assert fetch(kvasir.url(CONFIG + "/default"), "POST", RULES.encode(), HEAD).status == 202

            def listed():
                try:
                    return [a for a in fetch(f"http://127.0.0.1:{port}/api/v2/alerts").json if a["labels"]["alertname"] == "ClusterDegraded"]
                except OSError:
                    return []
            # Alerts sent before it listened are lost, and are sent again after resend_delay.
            found = wait_until(listed, 90, "the alert at Debian's Alertmanager")
            assert found[0]["annotations"]["summary"] == "one: 50% available", found
            assert found[0]["status"]["state"] == "active"
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
