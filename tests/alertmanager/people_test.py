#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""From samples to people: a rule file and a raw Alertmanager file, POSTed as they are, and what Slack and PagerDuty then get.

The files have the shape of the ones that people write for Mimir: several groups in one POST, four recording rules, alerts on `up` and on
Mimir's own metrics, `match`, nested routes, secrets by ${NAME}.
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
      - alert: SlowQueries
        expr: histogram_quantile(0.99, sum by (cluster, le) (rate(cortex_request_duration_seconds_bucket{route=~"/api/v1/query.*"}[20s]))) > 2
        for: 6s
        labels: {severity: warning}
        annotations: {summary: 'Queries of {{ $labels.cluster }} are slow: {{ gt $value 2.0 }}'}
      - alert: NothingReceived
        expr: sum by (cluster) (rate(cortex_distributor_received_samples_total[20s])) == 0
        for: 6s
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

            served = {"fast": 0, "slow": 0}

            def push(down):
                now = int(time.time() * 1000)
                served["slow" if down else "fast"] += 10
                series = [({"__name__": "up", "cluster": "c1", "instance": f"i{i}"}, [(now, 0.0 if i in down else 1.0)]) for i in range(3)]
                series += [({"__name__": "http_requests_total", "cluster": "c1", "instance": f"i{i}"}, [(now, now / 1000.0)]) for i in range(3)]
                within = {"0.1": served["fast"], "5": served["fast"] + served["slow"], "+Inf": served["fast"] + served["slow"]}
                series += [({"__name__": "cortex_request_duration_seconds_bucket", "cluster": "c1", "le": le, "route": "/api/v1/query_range"}, [(now, float(n))])
                           for le, n in within.items()]
                series += [({"__name__": "cortex_distributor_received_samples_total", "cluster": "c1"}, [(now, now / 1000.0)])]
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
            assert first == ["pagerduty key trigger: [FIRING:1] InstanceDown c1 (i2 critical)", "slack #alerts SlowQueries firing: Queries of c1 are slow: true"], first
            # Told once: the groups were flushed several times in this time, and nobody was told again.
            until = time.time() + 10
            while time.time() < until:
                push({2})
                time.sleep(0.5)
            assert recorder.count() == 0, recorder.take()
            second = messages(set(), 2)
            assert second == ["pagerduty key resolve: [RESOLVED] InstanceDown c1 (i2 critical)", "slack #alerts SlowQueries resolved: Queries of c1 are slow: true"], second
            for record, n, value in (("cluster:up:sum", 1, 3.0), ("cluster:up:ratio", 1, 1.0), ("instance:requests:rate1m", 3, 1.0), ("cluster:requests:rate1m", 1, 3.0)):
                reply = harness.http(kvasir.url(f"/prometheus/api/v1/query?query={record}"), headers=head)
                values = [float(s["value"][1]) for s in reply.json["data"]["result"]]
                assert len(values) == n and all(abs(v - value) < 0.1 for v in values), reply.text
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
