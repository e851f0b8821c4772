#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""From samples to people: files that people write for Mimir, POSTed as they are, and what Slack and PagerDuty then get.

The files are those of clusters/: four recording rules, three alerts and an Alertmanager file, which an article about many clusters shows
(docs/alerting.md says which and what of it is ours). Minutes become seconds, but for windows and timers of groups; with
KVASIR_PEOPLE_REAL_TIME=1 nothing does, which takes a quarter of an hour. KVASIR_PEOPLE_FILES names another folder with such files.
"""
import json
import os
import pathlib
import re
import sys
import tempfile
import time

import notify
from notify import harness

TENANT = "cluster-1"
HEAD = {"X-Scope-OrgID": TENANT, "Content-Type": "application/yaml"}
REAL_TIME = os.environ.get("KVASIR_PEOPLE_REAL_TIME") == "1"
FILES = pathlib.Path(os.environ.get("KVASIR_PEOPLE_FILES", pathlib.Path(__file__).parent / "clusters"))
PATIENCE = 900 if REAL_TIME else 200


def text_of(name):
    text = (FILES / f"{name}.yaml").read_text()
    return text if REAL_TIME else text.replace("interval: 30s\n    rules", "interval: 1s\n    rules").replace("for: 5m", "for: 5s")


def summary_of(alert):
    return re.search(rf"alert: {alert}$.*?summary: \"(.*?)\"$", text_of("alerts"), re.M | re.S)[1]


def config_for(folder, recorder):
    """The all-in-one, whose operator lets tenants name two variables, and sends events of PagerDuty to the recorder."""
    config = (harness.ROOT / "configs/all-in-one.toml").read_text()
    more = {"notifier.slack": 'secrets.env_prefix = "SLACK_"\n',
            "notifier.pagerduty": f'secrets.env_prefix = "PAGERDUTY_"\napi_v1_url = "{recorder.url}/pagerduty"\n',
            "ruler": "" if REAL_TIME else 'evaluation_interval = "1s"\nquery_offset = "0s"\n'}
    for kind, settings in more.items():
        line = f'type = "{kind}"\n'
        assert config.count(line) == 1, kind
        config = config.replace(line, line + settings)
    path = f"{folder}/kvasir.toml"
    with open(path, "w") as out:
        out.write(config)
    return path


class Clusters:
    """Two clusters that send samples, and have done so for some minutes; what is counted goes up by so much a second."""

    # Samples received, and requests that took less than ten seconds and more.
    RATES = {"well": (1_000, 100, 0), "broken": (20_000_000, 25, 75), "mended": (1_000, 1_000_000, 0)}

    def __init__(self, kvasir):
        self.kvasir, self.state = kvasir, "well"
        self.received = self.fast = self.slow = 0.0
        self.began = self.last = time.time() - 360
        for at in range(int(self.began) + 5, int(time.time()), 5):
            self.push(at)

    def push(self, now=None):
        now = now or time.time()
        passed, self.last = now - self.last, now
        received, fast, slow = self.RATES[self.state]
        self.received += passed * received
        self.fast += passed * fast
        self.slow += passed * slow
        rows = []

        def add(name, value, **labels):
            rows.append(({"__name__": name, **labels}, [(int(now * 1000), float(value))]))
        for i, severity in ((0, {}), (1, {}), (2, {"severity": "critical"})):
            add("up", 0 if self.state == "broken" and i > 0 else 1, job="mimir-ingester", instance=f"ingester-{i}", cluster="cluster-1", **severity)
        add("cortex_distributor_received_samples_total", self.received, cluster="cluster-2", pod="distributor-0")
        for le, n in (("0.5", self.fast), ("10", self.fast), ("25", self.fast + self.slow), ("+Inf", self.fast + self.slow)):
            add("cortex_request_duration_seconds_bucket", n, le=le, route="/api/v1/query_range", cluster="cluster-1")
        for n, cluster in ((1, "cluster-1"), (2, "cluster-2")):
            for status, rate in (("200", 9 * n), ("500", n)):
                add("http_requests_total", (now - self.began) * rate, cluster=cluster, status=status)
            for pod, cores in (("a", 0.5 * n), ("b", 1.5 * n)):
                add("container_cpu_usage_seconds_total", (now - self.began) * cores, cluster=cluster, pod=pod)
                add("container_memory_usage_bytes", 1e6 * cores, cluster=cluster, pod=pod)
        reply = self.kvasir.push(sorted(rows, key=lambda row: sorted(row[0].items())), tenant=TENANT)
        assert reply.status == 200, reply.text

    def until(self, condition, what, seconds=None):
        """Sends on, at the pace of a scraper, until it holds."""
        def step():
            self.push()
            time.sleep(0.5)
            return condition()
        return harness.wait_until(step, seconds or PATIENCE, what)

    def for_seconds(self, seconds):
        end = time.time() + seconds
        self.until(lambda: time.time() > end, "the time to pass", seconds + 60)


def describe(request):
    body = json.loads(request["body"])
    if request["path"] == "/slack":
        (attachment,) = body["attachments"]
        return f"slack {body['channel']} {attachment['title']}: {attachment['text']}"
    return f"pagerduty {body['service_key']} {body['event_type']}: {body['description']}"


def test_samples_become_messages():
    recorder = notify.Recorder()
    with tempfile.TemporaryDirectory() as folder, \
            harness.Kvasir(config_for(folder, recorder), env={"SLACK_WEBHOOK_URL": recorder.url + "/slack", "PAGERDUTY_KEY": "the-key"}) as kvasir:
        for name, path, code in (("rules", "/prometheus/config/v1/rules/default", 202), ("alerts", "/prometheus/config/v1/rules/mimir", 202),
                                 ("alertmanager", "/api/v1/alerts", 201)):
            reply = harness.http(kvasir.url(path), "POST", text_of(name).encode(), HEAD)
            assert reply.status == code, f"{name}: {reply.status} {reply.text}"
        groups = kvasir.get("/prometheus/api/v1/rules", TENANT).json["data"]["groups"]
        assert {g["file"] + "/" + g["name"]: len(g["rules"]) for g in groups} == {"default/aggregate-metrics": 4, "mimir/mimir": 3}, groups

        def states():
            return sorted((a["labels"]["alertname"], a["labels"].get("instance", ""), a["state"])
                          for a in kvasir.get("/prometheus/api/v1/alerts", TENANT).json["data"]["alerts"])

        clusters = Clusters(kvasir)
        expected = {"cluster:request_rate:sum": (10, 20), "cluster:error_rate:ratio": (0.1, 0.1), "cluster:cpu_usage:avg": (1, 2),
                    "cluster:memory_usage:sum": (2e6, 4e6)}

        def recorded():
            for name, values in expected.items():
                found = kvasir.query(name, time.time(), TENANT)
                labels = [f'{{__name__="{name}",cluster="cluster-{n}"}}' for n in (1, 2)]
                if sorted(found) != labels or any(abs(float(found[label]) - value) > value / 20 for label, value in zip(labels, values)):
                    return False
            return True
        clusters.until(recorded, "what the four rules record")
        assert states() == [] and recorder.count() == 0

        clusters.state = "broken"
        names = [("MimirHighIngestionRate", ""), ("MimirIngesterUnhealthy", "ingester-1"), ("MimirIngesterUnhealthy", "ingester-2"), ("MimirQueryLatencyHigh", "")]
        clusters.until(lambda: recorder.count() >= 4, "four messages")
        assert states() == [(a, i, "firing") for a, i in names], states()
        waited = kvasir.query('count_over_time(ALERTS{alertstate="pending"}[20m])', time.time(), TENANT)
        assert len(waited) == 4, f"each was pending before it fired: {waited}"
        messages = recorder.take()
        assert {r["path"] for r in messages} == {"/slack", "/pagerduty"}, messages
        assert sorted(map(describe, messages)) == [
            "pagerduty the-key trigger: [FIRING:1] MimirIngesterUnhealthy cluster-1 (ingester-2 mimir-ingester critical)",
            f"slack #alerts MimirHighIngestionRate: {summary_of('MimirHighIngestionRate')}\\n",
            f"slack #alerts MimirQueryLatencyHigh: {summary_of('MimirQueryLatencyHigh')}\\n",
            "slack #cluster-1-alerts [FIRING:1] MimirIngesterUnhealthy cluster-1 (ingester-1 mimir-ingester): ",
        ], [describe(r) for r in messages]

        # Told once: every group is flushed at least twice in this time.
        clusters.for_seconds(25)
        assert recorder.count() == 0, recorder.take()

        clusters.state = "mended"
        clusters.until(lambda: states() == [], "all alerts to end")
        clusters.until(recorder.count, "word of it")
        clusters.for_seconds(25)
        # Slack is told of no end where the file does not ask for it.
        assert [describe(r) for r in recorder.take()] == \
            ["pagerduty the-key resolve: [RESOLVED] MimirIngesterUnhealthy cluster-1 (ingester-2 mimir-ingester critical)"]
    recorder.close()


def test_without_the_operator_no_variable_is_read():
    with harness.Kvasir("all-in-one", env={"SLACK_WEBHOOK_URL": "http://127.0.0.1:1/hidden"}) as kvasir:
        reply = harness.http(kvasir.url("/api/v1/alerts"), "POST", text_of("alertmanager").encode(), HEAD)
        assert reply.status == 400 and "secrets.env_prefix" in reply.text and "hidden" not in reply.text, reply.text


def test_files_are_read_where_the_operator_says():
    """The check of a configuration leaves `*_file` to the notifier that would read it, here and in a global default."""
    recorder = notify.Recorder()
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/slack-url", "w") as out:
            out.write(recorder.url + "/slack\n")
        config = (harness.ROOT / "configs/all-in-one.toml").read_text()
        slack = 'type = "notifier.slack"\n'
        path = f"{folder}/kvasir.toml"
        with open(path, "w") as out:
            out.write(config.replace(slack, slack + f'secrets.dir = "{folder}"\n'))

        def receiver(file, inherited):
            own, above = ("", f"global: {{slack_api_url_file: {file}}}\n") if inherited else (f"api_url_file: {file}, ", "")
            return (above + "route: {receiver: r, group_wait: 1s}\nreceivers:\n- name: r\n  slack_configs: [{" + own + "channel: '#c', title: t, text: x}]\n").encode()

        head = {"X-Scope-OrgID": TENANT}
        with harness.Kvasir(path) as kvasir:
            for inherited in (False, True):
                for file in ("../slack-url", "/etc/passwd"):
                    reply = harness.http(kvasir.url("/api/v1/alerts"), "POST", receiver(file, inherited), head)
                    assert reply.status == 400 and "secrets.dir" in reply.text, reply.text
                reply = harness.http(kvasir.url("/api/v1/alerts"), "POST", receiver("slack-url", inherited), head)
                assert reply.status == 201, reply.text
                alert = [{"labels": {"alertname": "A", "inherited": str(inherited)}}]
                reply = harness.http(kvasir.url("/alertmanager/api/v2/alerts"), "POST", json.dumps(alert).encode(), {**head, "Content-Type": "application/json"})
                assert reply.status == 200, reply.text
                harness.wait_until(recorder.count, what="the message")
                assert [r["path"] for r in recorder.take()] == ["/slack"]
        with harness.Kvasir("all-in-one") as kvasir:
            reply = harness.http(kvasir.url("/api/v1/alerts"), "POST", receiver("slack-url", False), head)
            assert reply.status == 400 and "secrets.dir" in reply.text, reply.text
    recorder.close()


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
