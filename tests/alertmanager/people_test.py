#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""From samples to people: a rule file and a raw Alertmanager file, POSTed as they are, and what Slack and PagerDuty then get.

The files have the shape of the ones that people write for Mimir: several groups in one POST, `match`, nested routes, secrets by ${NAME}.
"""
import json
import sys
import tempfile
import time

import notify
from notify import harness

TENANT = "cluster-1"
RULES = """
groups:
  - name: cluster
    interval: 2s
    rules:
      - record: cluster:up:sum
        expr: sum by (cluster) (up)
      - record: cluster:up:ratio
        expr: sum by (cluster) (up) / count by (cluster) (up)
      - record: instance:requests:rate1m
        expr: sum by (instance) (rate(http_requests_total[1m]))
      - record: cluster:requests:rate1m
        expr: sum by (cluster) (rate(http_requests_total[1m]))
  - name: alerts
    interval: 2s
    rules:
      - alert: InstanceDown
        expr: up == 0
        for: 6s
        labels: {severity: critical}
        annotations: {summary: 'Instance {{ $labels.instance }} of {{ $labels.cluster }} is down'}
      - alert: TooFewUp
        expr: cluster:up:ratio < 0.75
        for: 6s
        labels: {severity: warning}
        annotations: {summary: '{{ $value | humanizePercentage }} of {{ $labels.cluster }} is up'}
      - alert: Never
        expr: cluster:up:sum > 1000
        labels: {severity: critical}
"""
ALERTMANAGER = """
global:
  slack_api_url: '${SLACK_WEBHOOK_URL}'
  pagerduty_url: 'RECORDER/pagerduty'
route:
  receiver: slack
  group_by: [alertname, cluster]
  group_wait: 2s
  group_interval: 4s
  repeat_interval: 12h
  routes:
    - match: {severity: critical}
      receiver: pager
      routes:
        - match_re: {cluster: 'none-.*'}
          receiver: slack
receivers:
  - name: slack
    slack_configs: [{channel: '#alerts', send_resolved: true, title: '{{ .GroupLabels.alertname }} {{ .Status }}', text: '{{ .CommonAnnotations.summary }}'}]
  - name: pager
    pagerduty_configs: [{routing_key: key}]
"""


def test_samples_become_messages():
    recorder = notify.Recorder()
    with tempfile.TemporaryDirectory() as folder:
        # As all-in-one, but the operator lets tenants name one variable.
        config = (harness.ROOT / "configs/all-in-one.toml").read_text()
        slack = 'type = "notifier.slack"\n'
        assert slack in config
        path = f"{folder}/kvasir.toml"
        with open(path, "w") as out:
            out.write(config.replace(slack, slack + 'secrets.env_prefix = "SLACK_"\n'))
        with harness.Kvasir(path, env={"SLACK_WEBHOOK_URL": recorder.url + "/slack"}) as kvasir:
            head = {"X-Scope-OrgID": TENANT}
            reply = harness.http(kvasir.url("/prometheus/config/v1/rules/default"), "POST", RULES.encode(), head)
            assert reply.status == 202, reply.text
            reply = harness.http(kvasir.url("/api/v1/alerts"), "POST", ALERTMANAGER.replace("RECORDER", recorder.url).encode(), head)
            assert reply.status == 201, reply.text

            def push(down):
                now = int(time.time() * 1000)
                series = [({"__name__": "up", "cluster": "c1", "instance": f"i{i}"}, [(now, 0.0 if i in down else 1.0)]) for i in range(3)]
                series += [({"__name__": "http_requests_total", "cluster": "c1", "instance": f"i{i}"}, [(now, now / 1000.0)]) for i in range(3)]
                reply = kvasir.push(series, tenant=TENANT)
                assert reply.status == 200, reply.text

            def messages(down, n):
                """Pushes on until there are so many; gives what they say, those of Slack by their titles."""
                def told():
                    push(down)
                    time.sleep(0.5)  # The pace of a scraper, not a wait for something.
                    return recorder.count() >= n
                harness.wait_until(told, 200, f"{n} messages")
                return sorted(describe(r) for r in recorder.take())

            first = messages({2}, 2)
            assert first == ["pagerduty key trigger: [FIRING:1] InstanceDown c1 (i2 critical)", "slack #alerts TooFewUp firing: 66.67% of c1 is up"], first
            # Told once: the groups were flushed several times in this time, and nobody was told again.
            until = time.time() + 10
            while time.time() < until:
                push({2})
                time.sleep(0.5)
            assert recorder.count() == 0, recorder.take()
            second = messages(set(), 2)
            assert second == ["pagerduty key resolve: [RESOLVED] InstanceDown c1 (i2 critical)", "slack #alerts TooFewUp resolved: 66.67% of c1 is up"], second
            for record, value in (("cluster:up:sum", 3.0), ("cluster:up:ratio", 1.0)):
                reply = harness.http(kvasir.url(f"/prometheus/api/v1/query?query={record}"), headers=head)
                assert [float(s["value"][1]) for s in reply.json["data"]["result"]] == [value], reply.text
    recorder.close()


def describe(request):
    body = json.loads(request["body"])
    if request["path"] == "/slack":
        (attachment,) = body["attachments"]
        return f"slack {body['channel']} {attachment['title']}: {attachment['text']}"
    return f"pagerduty {body['routing_key']} {body['event_action']}: {body['payload']['summary']}"


def test_without_the_operator_no_variable_is_read():
    with harness.Kvasir("all-in-one", env={"SLACK_WEBHOOK_URL": "http://127.0.0.1:1/hidden"}) as kvasir:
        reply = harness.http(kvasir.url("/api/v1/alerts"), "POST", ALERTMANAGER.replace("RECORDER", "http://127.0.0.1:1").encode(), {"X-Scope-OrgID": TENANT})
        assert reply.status == 400 and "secrets.env_prefix" in reply.text and "hidden" not in reply.text, reply.text


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
