#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every notifier sends what Alertmanager sends: the same alerts go to both, and their requests to one server are compared, byte for byte.

Left out of the comparison: User-Agent, and what the signature of SNS has of time and of the SDK.
"""
import datetime
import json
import subprocess
import sys
import time

import notify
from notify import harness

EXTERNAL = "http://am.example/x"
# By a name that is the path of the requests, too. {u} is the recorder. Texts are given where the defaults of versions differ, or Debian's lacks them.
WAYS = {
    "webhook": "webhook_configs: [{{url: '{u}/webhook'}}]",
    "webhook-most": "webhook_configs: [{{url: '{u}/webhook-most', max_alerts: 1}}]",
    "slack": "slack_configs: [{{api_url: '{u}/slack', channel: '#c', send_resolved: true, username: me, color: '{{{{ .Status }}}}', callback_id: c, footer: f, title: 'T {{{{ .Status }}}}', "
             "text: '{{{{ range .Alerts }}}}<{{{{ .Labels.instance }}}}>{{{{ end }}}}', fields: [{{title: a, value: 'b {{{{ .Status }}}}'}}, {{title: c, value: d, short: true}}], "
             "actions: [{{type: button, text: t, url: 'http://x'}}, {{type: button, text: t, name: n, confirm: {{text: sure}}}}], "
             "icon_emoji: ':x:', image_url: 'http://i', thumb_url: 'http://t', pretext: p, link_names: true}}]",
    "pagerduty": "pagerduty_configs: [{{url: '{u}/pagerduty', routing_key: k, severity: '{{{{ .CommonLabels.severity }}}}', class: c, component: d, group: g, "
                 "images: [{{src: s, alt: a, href: h}}], links: [{{href: h, text: t}}], details: {{firing: x, resolved: z, num_firing: one, num_resolved: none, text: '{{{{ .Status }}}} !'}}}}]",
    "opsgenie": "opsgenie_configs: [{{api_url: '{u}/opsgenie/', api_key: k, tags: ' a,b,,c', note: n, priority: P1, responders: [{{name: n, type: team}}, {{name: 'x,y', type: teams}}], "
                "details: {{k: '{{{{ .Status }}}}'}}, update_alerts: true}}]",
    "victorops": "victorops_configs: [{{api_url: '{u}/victorops/', api_key: k, routing_key: rk, custom_fields: {{x: '{{{{ .Status }}}}'}}}}]",
    "telegram": "telegram_configs: [{{api_url: '{u}/telegram', bot_token: 't:k', chat_id: -12}}]",
    "discord": "discord_configs: [{{webhook_url: '{u}/discord'}}]",
    "webex": "webex_configs: [{{api_url: '{u}/webex', room_id: r, http_config: {{authorization: {{credentials: c}}}}}}]",
    "sns": "sns_configs: [{{api_url: '{u}/sns', topic_arn: 'arn:aws:sns:us-east-2:123456789012:T.fifo', sigv4: {{region: us-east-2, access_key: a, secret_key: b}}, attributes: {{k: '{{{{ .Status }}}}'}}}}]",
    "msteams": "msteams_configs: [{{webhook_url: '{u}/msteams', summary: s, title: 'T {{{{ .Status }}}}', text: '{{{{ range .Alerts }}}}<{{{{ .Labels.instance }}}}> {{{{ .Annotations.summary }}}}{{{{ end }}}}'}}]",
    "msteamsv2": "msteamsv2_configs: [{{webhook_url: '{u}/msteamsv2', title: 'T {{{{ .Status }}}}', text: '{{{{ range .Alerts }}}}<{{{{ .Labels.instance }}}}> {{{{ .Annotations.summary }}}}{{{{ end }}}}'}}]",
    "payload": "webhook_configs: [{{url: '{u}/payload', payload: {{count: '{{{{ len .Alerts }}}}', list: [1, 'x{{{{ .Status }}}}', true], alerts: '{{{{ .Alerts | toJson }}}}'}}}}]",
}
NEW = {"msteams": 26, "msteamsv2": 28, "payload": 30}  # Since 0.N.
NEW_FIELDS = {"notification_reason": 33, "routeLabels": 34}  # Of webhooks.
ALERTS = [
    {"labels": {"alertname": "Down", "job": "node", "severity": "page", "instance": "a<b>&\"c\""},
     "annotations": {"summary": "it's \"down\" ü", "link": "http://x/?a=b&c=d"}, "generatorURL": "http://g/?a=b&c=d"},
    {"labels": {"alertname": "Down", "job": "node", "severity": "page", "instance": "second"}, "annotations": {"summary": "it's \"down\" ü"},
     "generatorURL": "http://g"},
]


def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def config(url, ways):
    text = ("route: {receiver: 'r.x', group_by: [alertname, job], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}\nreceivers:\n- name: 'r.x'\n")
    sections = {}
    for way in ways:
        key, _, entry = WAYS[way].format(u=url).partition(": [")
        sections.setdefault(key, []).append(entry[:-1])
    return text + "".join(f"  {key}: [{', '.join(entries)}]\n" for key, entries in sections.items())


def what_counts(request, version):
    """What of a request has to be equal."""
    headers = {k.lower(): v for k, v in request["headers"].items()}
    kept = {k: headers.get(k) for k in ("content-type", "authorization")}
    body = request["body"]
    if "/sns" in request["path"]:
        kept["authorization"] = (kept["authorization"] or "").split("/")[0]
        kept["content-type"] = (kept["content-type"] or "").split(";")[0]
    if "/webhook" in request["path"]:
        body = json.dumps({k: v for k, v in json.loads(body).items() if NEW_FIELDS.get(k, 0) <= version})
    return {"method": request["method"], "path": request["path"], "body": body, **kept}


def compare(binary):
    version = int(subprocess.run([binary, "--version"], capture_output=True, text=True).stdout.split("version 0.")[1].split(".")[0])
    ways = [w for w in WAYS if NEW.get(w, 0) <= version]
    n_requests = len(ways) + 2  # Opsgenie has two more, while it fires.
    recorder = notify.Recorder()
    try:
        file = config(recorder.url, ways)
        with notify.alertmanager(binary, file, EXTERNAL) as api:
            def told(alerts, n):
                reply = harness.http(f"{api}/api/v2/alerts", "POST", json.dumps(alerts).encode(), {"Content-Type": "application/json"})
                assert reply.status == 200, reply.text
                try:
                    harness.wait_until(lambda: recorder.count() >= n, what=f"{n} requests of Alertmanager's")
                except AssertionError as e:
                    raise AssertionError(f"{e}: it sent {sorted(r['path'] for r in recorder.take())}") from None
                return recorder.take()
            # They begin now, so that group_wait gathers both: those that began before it are told at once, one by one.
            began = stamp(time.time())
            firing = told([dict(a, startsAt=began) for a in ALERTS], n_requests)
            assert len(webhook(firing)["alerts"]) == len(ALERTS), webhook(firing)
            resolved = told([dict(a, startsAt=began, endsAt=stamp(time.time())) for a in ALERTS], len(ways))
        for theirs in (firing, resolved):
            code, output = notify.notify_once(file, "r.x", notify.group_of(webhook(theirs)))
            assert code == 0, output
            ours = recorder.take()
            for r in theirs:
                r["path"] = r["path"].rstrip("/")  # Which the SDK of SNS appends, or not, by its version.
            for path in sorted({r["path"] for r in theirs} | {r["path"] for r in ours}):
                a = [what_counts(r, version) for r in theirs if r["path"] == path]
                b = [what_counts(r, version) for r in ours if r["path"] == path]
                assert a == b, f"{path}:\nAlertmanager 0.{version}: {a}\nKvasir:            {b}"
        return len(ways)
    finally:
        recorder.close()


def webhook(requests):
    return next(json.loads(r["body"]) for r in requests if r["path"] == "/webhook")


def test_the_same_requests_as_alertmanagers():
    for binary in notify.alertmanagers():
        print(f"  {compare(binary)} ways, beside {binary}")


if __name__ == "__main__":
    if not notify.alertmanagers():
        print("no prometheus-alertmanager")
        sys.exit(77)
    harness.run(sys.modules["__main__"])
