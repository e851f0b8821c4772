#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`kvasir rules test` says what `promtool test rules` says: every line on both streams, and the exit code.

usage: unit_test_test.py KVASIR_RULES
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

RULES = """groups:
- name: first
  rules:
  - record: job:up:sum
    expr: sum by (job) (up)
    labels: {env: prod}
  - record: job:errors:rate5m
    expr: sum by (job) (rate(errors_total[5m]))
- name: second
  rules:
  - alert: InstanceDown
    expr: up == 0
    for: 5m
    labels:
      severity: page
      zone: "{{ $externalLabels.zone }}"
    annotations:
      summary: "{{ $labels.instance }} of {{ $labels.job }} is down, {{ $value | humanize }}"
      link: "{{ $externalURL }}"
      all: "{{ range query \\"up\\" | sortByLabel \\"instance\\" }}{{ .Labels.instance }}={{ .Value }} {{ end }}"
  - alert: AllUp
    expr: sum(up) == 2
    keep_firing_for: 3m
  - alert: Absent
    expr: absent(nothing)
  - record: alerts:count
    expr: count by (alertname, alertstate) (ALERTS)
"""
HEAD = "rule_files: [rules.yml]\nevaluation_interval: 1m\ntests:\n- interval: 1m\n  external_labels: {zone: z1}\n  external_url: http://e.example/p\n  input_series:\n"
SERIES = """  - series: 'up{job="a",instance="1"}'
    values: '1x4 0x20'
  - series: 'up{job="a",instance="2"}'
    values: '1x10 _x5 1x10'
  - series: 'errors_total{job="a"}'
    values: '0+120x8 960x20'
"""


def alert(time, name, *expected):
    out = f"  - eval_time: {time}\n    alertname: {name}\n    exp_alerts:" + (" []\n" if not expected else "\n")
    for labels, annotations in expected:
        out += f"    - exp_labels: {labels}\n      exp_annotations: {annotations}\n"
    return out


def expr(time, query, *expected):
    out = f"  - expr: '{query}'\n    eval_time: {time}\n    exp_samples:" + (" []\n" if not expected else "\n")
    for labels, value in expected:
        out += f"    - labels: '{labels}'\n      value: {value}\n"
    return out


DOWN = ("{job: a, instance: '1', severity: page, zone: z1}",
        "{summary: '1 of a is down, 0', link: 'http://e.example/p', all: '1=0 2=1 '}")
ALERTS = "  alert_rule_test:\n"
EXPRS = "  promql_expr_test:\n"
CASES = {
    "passes": HEAD + SERIES + ALERTS + alert("4m", "InstanceDown") + alert("10m", "InstanceDown", DOWN) + alert("0m", "Absent", ("{}", "{}"))
              + EXPRS + expr("2m", "job:up:sum", ('job:up:sum{job="a",env="prod"}', 2)),
    "between_evaluations": HEAD + SERIES + ALERTS + alert("10m30s", "InstanceDown", DOWN),
    "not_firing_yet": HEAD + SERIES + ALERTS + alert("7m", "InstanceDown", DOWN),
    "other_labels": HEAD + SERIES + ALERTS + alert("10m", "InstanceDown", ("{job: b}", "{}")) + alert("0m", "Absent"),
    "keeps_firing": HEAD + SERIES + ALERTS + alert("4m", "AllUp", ("{}", "{}")) + alert("7m", "AllUp", ("{}", "{}")) + alert("9m", "AllUp"),
    "named": HEAD.replace("- interval", "- name: some name\n  interval") + SERIES + ALERTS + alert("10m", "InstanceDown"),
    "expr_differs": HEAD + SERIES + EXPRS + expr("2m", "job:up:sum", ('job:up:sum{job="a",env="prod"}', 3)) + expr("2m", "nothing", ("x", 1)) + expr("2m", "up"),
    "expr_fails": HEAD + SERIES + EXPRS + expr("2m", "sum(", ("x", 1)),
    "stale": HEAD + SERIES + EXPRS + expr("12m", 'up{instance="2"}', ('up{job="a",instance="2"}', 1)) + expr("20m", "alerts:count", ('alerts:count{alertname="Absent",alertstate="firing"}', 1), ('alerts:count{alertname="InstanceDown",alertstate="firing"}', 1)),
    "for_state": HEAD + SERIES + EXPRS + expr("12m", 'ALERTS_FOR_STATE{alertname="InstanceDown"}', ('ALERTS_FOR_STATE{alertname="InstanceDown",instance="1",job="a",severity="page",zone="z1"}', 300)),
    "subquery": HEAD + SERIES + EXPRS + expr("10m", "max_over_time(up[5m:])", ('{job="a",instance="1"}', 0), ('{job="a",instance="2"}', 1)),
    "no_alertname": HEAD + SERIES + "  alert_rule_test:\n  - eval_time: 1m\n",
    "no_rules": HEAD.replace("rules.yml", "none.yml") + SERIES + EXPRS + expr("1m", "up"),
    "bad_rules": HEAD.replace("rules.yml", "bad.yml") + SERIES + EXPRS + expr("1m", "up"),
    "order_repeated": HEAD.replace("tests:", "group_eval_order: [a, a]\ntests:", 1) + SERIES,
}


def run(command, folder):
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    return done.returncode, done.stdout, done.stderr


def main():
    promtool = shutil.which("promtool")
    if promtool is None:
        print("promtool is not installed")
        sys.exit(77)
    failed = 0
    tool = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "rules.yml").write_text(RULES)
        (folder / "bad.yml").write_text("groups:\n- name: g\n  rules:\n  - record: a\n    expr: sum(\n")
        for name, text in CASES.items():
            (folder / f"{name}.yml").write_text(text)
            theirs = run([promtool, "test", "rules", f"{name}.yml"], folder)
            ours = run([tool, "test", f"{name}.yml"], folder)
            if theirs != ours:
                failed += 1
                print(f"{name}\n  promtool: {theirs[0]}\n{theirs[1]}{theirs[2]}\n  kvasir: {ours[0]}\n{ours[1]}{ours[2]}")
    print(f"{len(CASES) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
