#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Alertmanager: amtool against it unchanged, notifications beside Debian's Alertmanager, kill -9, and rules that reach people."""
import json
import shutil
import subprocess
import sys
import time

import harness
from alert_receiver import AlertReceiver
from harness import BUILD, Kvasir, free_port, http as fetch, wait_until
from tenant_proxy import TenantProxy

HEAD = {"X-Scope-OrgID": "test"}
API = "/alertmanager/api/v2"
HAS_WEBHOOK = (BUILD / "lib/kvasir/plugins/notifier.webhook.so").exists()


def needs(*programs):
    missing = [p for p in programs if shutil.which(p) is None]
    if missing or not HAS_WEBHOOK:
        print(f"      skipped: {', '.join(missing) or 'notifier.webhook'} is not there")
    return not missing and HAS_WEBHOOK


def configure(kvasir, text, tenant="test"):
    reply = fetch(kvasir.url("/api/v1/alerts"), "POST", text.encode(), {"X-Scope-OrgID": tenant})
    assert reply.status == 201, reply.text


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds * 1000) % 1000:03d}Z"


def post(url, labels, starts=None, ends=None, annotations=None):
    alert = {"labels": labels, "annotations": annotations or {"summary": f"about {labels.get('n')}"}, "generatorURL": "http://prom.example/graph"}
    if starts:
        alert["startsAt"] = stamp(starts)
    if ends:
        alert["endsAt"] = stamp(ends)
    reply = fetch(url + "/api/v2/alerts", "POST", json.dumps([alert]).encode(), dict(HEAD, **{"Content-Type": "application/json"}))
    assert reply.status == 200, reply.text


def test_amtool_works_unchanged():
    if shutil.which("amtool") is None:
        print("      skipped: amtool is not installed")
        return
    with Kvasir("alertmanager") as kvasir, TenantProxy(kvasir.url(""), "test") as proxy:
        configure(kvasir, "route: {receiver: all, routes: [{matchers: ['team=\"db\"'], receiver: db}]}\nreceivers: [{name: all}, {name: db}]\n"
                          "global: {opsgenie_api_key: hidden}\n")

        def amtool(*words):
            done = subprocess.run(["amtool", f"--alertmanager.url=http://127.0.0.1:{proxy.port}/alertmanager", *words], capture_output=True, text=True)
            assert done.returncode == 0, f"{words}: {done.stderr}"
            return done.stdout

        amtool("alert", "add", "alertname=Disk", "n=a", "team=db", "--annotation=summary=full")
        amtool("alert", "add", "alertname=Disk", "n=b", "team=web", "--end=2099-01-01T00:00:00Z")
        alerts = json.loads(amtool("alert", "query", "-o", "json"))
        assert {a["labels"]["n"]: [r["name"] for r in a["receivers"]] for a in alerts} == {"a": ["db"], "b": ["all"]}, alerts
        assert [a["labels"]["n"] for a in json.loads(amtool("alert", "query", "-o", "json", "n=~a|c"))] == ["a"]
        assert [a["labels"]["n"] for a in json.loads(amtool("alert", "query", "-o", "json", "--receiver=d.*"))] == ["a"]

        silence = amtool("silence", "add", "n=~a.*", "team!=web", "--comment=why", "--author=me", "--duration=1h").strip()
        assert [a["labels"]["n"] for a in json.loads(amtool("alert", "query", "-o", "json"))] == ["b"]
        silenced = json.loads(amtool("alert", "query", "-o", "json", "--silenced"))
        assert {a["labels"]["n"]: a["status"]["silencedBy"] for a in silenced} == {"a": [silence]}, silenced
        listed = json.loads(amtool("silence", "query", "-o", "json"))
        assert [(s["id"], s["comment"], s["createdBy"], s["status"]["state"]) for s in listed] == [(silence, "why", "me", "active")], listed
        assert amtool("silence", "update", "--comment=because", silence).strip().splitlines()[-1].startswith(silence)
        amtool("silence", "expire", silence)
        assert json.loads(amtool("silence", "query", "-o", "json")) == []
        assert [s["id"] for s in json.loads(amtool("silence", "query", "--expired", "-o", "json"))] == [silence]
        exported = kvasir.folder / "silences.json"
        exported.write_text(json.dumps([dict(listed[0], id="")]))
        amtool("silence", "import", str(exported))
        assert len(json.loads(amtool("silence", "query", "-o", "json"))) == 1

        assert "hidden" not in amtool("config", "show") and "opsgenie_api_key: <secret>" in amtool("config", "show")
        assert "receiver: db" in amtool("config", "routes", "show")
        assert amtool("config", "routes", "test", "team=db").strip() == "db"
        assert "disabled" in amtool("cluster", "show")


def test_kvasir_alertmanager_brings_files_to_a_server():
    with Kvasir("alertmanager") as kvasir:
        config, template = kvasir.folder / "am.yml", kvasir.folder / "mine.tmpl"
        config.write_text("route: {receiver: r}\nreceivers: [{name: r}]\ntemplates: [mine.tmpl]\n")
        template.write_text('{{ define "a" }}\n\ttab "quoted"\n{{ end }}\n')

        def tool(*words):
            done = subprocess.run([harness.BINARY, "alertmanager", *words, "--address", kvasir.url(""), "--id", "test"], capture_output=True, text=True)
            return done.returncode, done.stdout, done.stderr

        assert tool("get") == (0, "", "kvasir alertmanager: no Alertmanager config currently exists for this user\n")
        assert tool("verify", str(config), str(template)) == (0, "", "")
        assert tool("load", str(config), str(template)) == (0, "", "")
        code, printed, _ = tool("get")
        assert code == 0 and printed == f"{config.read_text()}\n\nTemplates:\nmine.tmpl:\n{template.read_text()}\n", printed
        assert tool("get", "--output-dir", str(kvasir.folder / "out"))[0] == 0
        assert (kvasir.folder / "out/config.yaml").read_text() == config.read_text()
        assert (kvasir.folder / "out/mine.tmpl").read_text() == template.read_text()
        config.write_text("route: {receiver: x}\nreceivers: [{name: r}]\n")
        code, _, error = tool("load", str(config))
        assert code == 1 and "undefined receiver" in error, error
        assert "undefined receiver" in tool("verify", str(config))[2]
        template.write_text('{{ define "a" }')
        config.write_text("route: {receiver: r}\nreceivers: [{name: r}]\n")
        code, _, error = tool("verify", str(config), str(template))
        assert code == 1 and "mine.tmpl" in error, error
        assert tool("delete")[0] == 0 and tool("get")[1] == "" and tool("delete")[0] == 0


SIDE_BY_SIDE = """
global: {{resolve_timeout: 1m}}
route:
  receiver: default
  group_by: [group]
  group_wait: 2s
  group_interval: 6s
  repeat_interval: 1h
  routes:
    - matchers: ['team="db"']
      receiver: db
      continue: true
    - matchers: ['team=~"d.*"', 'n!="q"']
      receiver: quiet-ends
      group_by: ['...']
    - matchers: ['team="loud"']
      receiver: loud
      repeat_interval: 8s
    - matchers: ['team="night"']
      receiver: night
      mute_time_intervals: [always]
receivers:
  - {{name: default, webhook_configs: [{{url: '{url}/{who}/default'}}]}}
  - {{name: db, webhook_configs: [{{url: '{url}/{who}/db1'}}, {{url: '{url}/{who}/db2', max_alerts: 1}}]}}
  - {{name: quiet-ends, webhook_configs: [{{url: '{url}/{who}/quiet', send_resolved: false}}]}}
  - {{name: loud, webhook_configs: [{{url: '{url}/{who}/loud'}}]}}
  - {{name: night, webhook_configs: [{{url: '{url}/{who}/night'}}]}}
inhibit_rules:
  - source_matchers: ['severity="critical"']
    target_matchers: ['severity="warning"']
    equal: [group]
time_intervals: [{{name: always, time_intervals: [{{years: ['2000:2100']}}]}}]
"""


def comparable(messages):
    """What a receiver was told, without times and addresses; receivers with several groups are compared group by group."""
    by_group = {}
    for m in messages:
        alerts = [(sorted(a["labels"].items()), a["status"], sorted(a["annotations"].items()), a["fingerprint"], a["generatorURL"],
                   a["status"] == "firing" and a["endsAt"]) for a in m["alerts"]]
        by_group.setdefault(m["groupKey"], []).append(
            (m["version"], m["receiver"], m["status"], m["groupLabels"], m["commonLabels"], m["commonAnnotations"], m["truncatedAlerts"], alerts))
    return by_group


def test_people_are_told_what_debians_alertmanager_tells_them():
    if not needs("prometheus-alertmanager"):
        return
    with AlertReceiver() as receiver, Kvasir("alertmanager") as kvasir:
        configure(kvasir, SIDE_BY_SIDE.format(url=receiver.url, who="ours"))
        theirs = kvasir.folder / "alertmanager.yml"
        theirs.write_text(SIDE_BY_SIDE.format(url=receiver.url, who="theirs"))
        port = free_port()
        process = subprocess.Popen([shutil.which("prometheus-alertmanager"), f"--config.file={theirs}", f"--web.listen-address=127.0.0.1:{port}",
                                    "--cluster.listen-address=", f"--storage.path={kvasir.folder / 'theirs'}"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        both = [f"http://127.0.0.1:{port}", kvasir.url("/alertmanager")]
        try:
            def ready():
                try:
                    return fetch(both[0] + "/-/ready").status == 200
                except OSError:
                    return False
            wait_until(ready, 60, "Debian's Alertmanager")
            began = time.time()

            def at(seconds):
                time.sleep(max(0, began + seconds - time.time()))  # The steps of the story, between the flushes at 2 s, 8 s, 14 s ...

            def tell(**labels):
                ends = labels.pop("ends", None)
                for url in both:
                    post(url, labels, starts=began, ends=ends)

            silence = {"matchers": [{"name": "n", "value": "sil.*", "isRegex": True}], "startsAt": stamp(began - 1), "endsAt": stamp(began + 3600),
                       "createdBy": "test", "comment": "test"}
            for url in both:
                assert fetch(url + "/api/v2/silences", "POST", json.dumps(silence).encode(), dict(HEAD, **{"Content-Type": "application/json"})).status == 200
            tell(n="source", group="i", severity="critical")
            tell(n="target", group="i", severity="warning")
            tell(n="other", group="o", severity="warning")
            tell(n="a", group="1", team="db", job="j", instance="2")
            tell(n="silenced", group="s", team="db")
            tell(n="l", group="1", team="loud")
            tell(n="m", group="1", team="night")
            at(5)
            tell(n="b", group="1", team="db", job="j", instance="1")
            tell(n="q", group="1", team="db")
            tell(n="e", group="2", team="dx")
            at(11)
            tell(n="a", group="1", team="db", job="j", instance="2", ends=time.time() - 0.1)
            tell(n="source", group="i", severity="critical", ends=time.time() - 0.1)
            at(17)
            tell(n="b", group="1", team="db", job="j", instance="1", ends=time.time() - 0.1)
            tell(n="q", group="1", team="db", ends=time.time() - 0.1)
            at(23)
        finally:
            process.terminate()
            process.wait()
        paths = sorted({p.split("/", 2)[2] for p in receiver.received})
        assert paths == ["db1", "db2", "default", "loud", "quiet"], paths
        for path in paths:
            ours, others = comparable(receiver.received[f"/ours/{path}"]), comparable(receiver.received[f"/theirs/{path}"])
            assert ours == others, f"{path}\nours:   {json.dumps(ours)}\ntheirs: {json.dumps(others)}"
        assert receiver.told("/ours/db1") == ["a+", "a+ b+ q+", "a- b+ q+", "b- q-"]
        assert len(receiver.told("/ours/loud")) == 2, receiver.told("/ours/loud")


def log_entries(kvasir):
    lines = [l for l in kvasir.get("/metrics", tenant=None).text.splitlines() if l.startswith("kvs_alertmanager_nflog_entries{")]
    return sum(float(l.split()[-1]) for l in lines)


def test_kill_9_repeats_nothing_and_loses_nothing():
    if not needs():
        return
    with AlertReceiver() as receiver, Kvasir("alertmanager") as kvasir:
        configure(kvasir, f"""
global: {{resolve_timeout: 8s}}
route: {{receiver: hook, group_by: [n], group_wait: 1s, group_interval: 2s, repeat_interval: 1h}}
receivers: [{{name: hook, webhook_configs: [{{url: '{receiver.url}/hook'}}]}}]
""")
        url = kvasir.url("/alertmanager")
        reply = fetch(kvasir.url(API + "/silences"), "POST", json.dumps(
            {"matchers": [{"name": "n", "value": "silenced", "isRegex": False}], "startsAt": stamp(time.time()), "endsAt": stamp(time.time() + 3600),
             "createdBy": "t", "comment": "t"}).encode(), HEAD)
        assert reply.status == 200, reply.text
        post(url, {"n": "silenced"})
        for round_number in range(3):
            # Told, and known to be told, before the end; taken just before the end, and told after it.
            post(url, {"n": f"told{round_number}"}, ends=time.time() + 3600)
            wait_until(lambda: log_entries(kvasir) == 2 * round_number + 1, 60, "the notification to be logged")
            post(url, {"n": f"waiting{round_number}"}, ends=time.time() + 3600)
            kvasir.kill()
            kvasir.start()
            wait_until(lambda: log_entries(kvasir) == 2 * round_number + 2, 60, "the notification that was waiting")
        wanted = sorted(f"{kind}{i}+" for kind in ("told", "waiting") for i in range(3))
        assert sorted(receiver.told("/hook")) == wanted, receiver.told("/hook")

        # An alert that is told again and again, and ends while nobody listens.
        post(url, {"n": "gone"})
        post(url, {"n": "gone"})
        wait_until(lambda: "gone+" in receiver.told("/hook"), 60, "the alert")
        wait_until(lambda: log_entries(kvasir) == 7, 60, "the notification to be logged")
        kvasir.kill()
        kvasir.start()
        wait_until(lambda: "gone-" in receiver.told("/hook"), 60, "the end of the alert")
        told = receiver.told("/hook")
        assert sorted(told) == sorted(wanted + ["gone+", "gone-"]), told

        # A receiver that is down when the process ends is told when both are back.
        receiver.status = 503
        post(url, {"n": "late"}, ends=time.time() + 3600)
        wait_until(lambda: "a notification failed, and is tried again" in kvasir.log_text(), 60, "an attempt")
        kvasir.kill()
        receiver.status = 200
        kvasir.start()
        wait_until(lambda: "late+" in receiver.told("/hook"), 60, "the notification after the restart")
        assert kvasir.stop() == 0
        kvasir.start()
        wait_until(lambda: kvasir.get("/alertmanager/-/ready").status == 200)
        assert len(kvasir.get(API + "/silences").json) == 1
        assert len(receiver.told("/hook")) == len(told) + 1, receiver.told("/hook")


RULES = """
groups:
  - name: alerts
    interval: 1s
    query_offset: 0s
    rules:
      - alert: InstanceDown
        expr: up == 0
        for: 2s
        labels: {severity: critical}
        annotations: {summary: "{{ $labels.instance }} is down"}
"""


def test_a_rule_reaches_people_once_and_so_does_its_end():
    if not needs():
        return
    with AlertReceiver() as receiver, Kvasir() as kvasir:
        # Without a configuration of its own a tenant's alerts are shown, and nobody is told.
        assert kvasir.get(API + "/alerts").json == []
        configure(kvasir, f"""
route: {{receiver: hook, group_by: [alertname], group_wait: 1s, group_interval: 2s, repeat_interval: 1h}}
receivers: [{{name: hook, webhook_configs: [{{url: '{receiver.url}/hook'}}]}}]
""")
        assert fetch(kvasir.url("/prometheus/config/v1/rules/default"), "POST", RULES.encode(), HEAD).status == 202

        def fed(up, condition):
            def step():
                now = int(time.time() * 1000)
                assert kvasir.push([({"__name__": "up", "instance": i}, [(now, up)]) for i in ("a", "b")]).status == 200
                return condition()
            return step

        told = lambda: [(m["status"], sorted(a["annotations"]["summary"] for a in m["alerts"])) for m in receiver.received.get("/hook", [])]
        both = ["a is down", "b is down"]
        wait_until(fed(0, lambda: told() == [("firing", both)]), 40, "the notification")
        wait_until(fed(1, lambda: len(told()) == 2), 40, "that it is over")
        assert told() == [("firing", both), ("resolved", both)], told()
        assert kvasir.get("/prometheus/api/v1/alerts").json["data"]["alerts"] == []


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
