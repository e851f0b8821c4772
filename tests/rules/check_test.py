#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`kvasir rules check` says what `promtool check rules` says: every line on both streams, and the exit code.

usage: check_test.py KVASIR_RULES
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

GOOD = """groups:
- name: g
  interval: 30s
  limit: 10
  rules:
  - record: job:up:sum
    expr: sum by (job) (up)
    labels: {level: job}
  - alert: Down
    expr: up == 0
    for: 5m
    keep_firing_for: 1m
    labels: {severity: page}
    annotations:
      summary: "{{ $labels.job }} is {{ $value | humanize }}"
"""
RULE = "groups:\n- name: g\n  rules:\n"
CASES = {
    "good": GOOD,
    "empty": "",
    "no_groups": "groups: []\n",
    "duplicates": RULE + "  - {record: a, expr: up, labels: {x: y}}\n  - {record: a, expr: up > 1, labels: {x: y}}\n",
    "bad_expr": RULE + "  - record: a\n    expr: sum(\n",
    "bad_type": RULE + "  - alert: A\n    expr: rate(up)\n",
    "unknown_function": RULE + "  - alert: A\n    expr: nofunc(up)\n",
    "both": RULE + "  - record: a\n    alert: b\n    expr: up\n",
    "no_expr": RULE + "  - record: a\n",
    "record_with_for": RULE + "  - record: a\n    expr: up\n    for: 5m\n",
    "record_with_annotations": RULE + "  - record: a\n    expr: up\n    annotations: {a: b}\n",
    "repeated_group": "groups:\n- name: g\n  rules: []\n- name: g\n  rules: []\n",
    "no_name": "groups:\n- rules: []\n",
    "bad_label": RULE + "  - alert: A\n    expr: up\n    labels: {__name__: b}\n",
    "bad_template": RULE + "  - alert: A\n    expr: up\n    annotations: {a: '{{ $nope }}'}\n",
    "unclosed_template": RULE + "  - alert: A\n    expr: up\n    labels: {a: '{{ $value'}\n",
    "unknown_template_function": RULE + "  - alert: A\n    expr: up\n    annotations: {a: '{{ nofunc 1 }}'}\n",
    "bad_duration": RULE + "  - alert: A\n    expr: up\n    for: 5x\n",
    "unknown_field": "groups:\n- name: g\n  ruels: []\n",
    "repeated_key": "groups:\n- name: g\n  name: h\n  rules: []\n",
    "several": RULE + "  - record: a\n    expr: sum(\n  - alert: A\n    expr: up\n    annotations: {a: '{{'}\n",
}


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def main():
    promtool = shutil.which("promtool")
    if promtool is None:
        print("promtool is not installed")
        sys.exit(77)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, text in CASES.items():
            path = pathlib.Path(folder) / f"{name}.yml"
            path.write_text(text)
            for options in ([], ["--lint=none"], ["--lint-fatal"]):
                theirs = run([promtool, "check", "rules", *options, str(path)])
                ours = run([sys.argv[1], "check", *options, str(path)])
                if theirs != ours:
                    failed += 1
                    print(f"{name} {options}\n  promtool: {theirs}\n  kvasir:   {ours}")
        # What mimirtool takes for bad practice.
        for name, code, says in (("good", 0, ""), ("bad_practice", 1, 'rule "a": the name is not of the form level:metric:operations')):
            path = pathlib.Path(folder) / f"{name}.yml"
            path.write_text(CASES.get(name, RULE + "  - {record: a, expr: up}\n"))
            ours = run([sys.argv[1], "check", "--strict", str(path)])
            if ours[0] != code or says not in ours[2]:
                failed += 1
                print(f"{name} --strict: {ours}")
    print(f"{len(CASES) * 3 + 2 - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
