#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`kvasir alertmanager` judges files and routes alerts as Debian's amtool does."""
import itertools
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness

TREE = """
global: {resolve_timeout: 6m, slack_api_url: 'https://hooks.example/x'}
route:
  receiver: all
  group_by: [alertname, cluster]
  routes:
    - matchers: [team="db"]
      receiver: db
      routes:
        - {match: {severity: critical}, receiver: db-pager, continue: true}
        - {match: {service: mysql}, receiver: db-sql}
    - {matchers: ['{env=~"test|dev"}'], receiver: quiet, continue: true}
    - {matchers: [env="test", 'team!~"db|web"'], receiver: db}
    - {matchers: [env!="prod"]}
receivers: [{name: all}, {name: db, slack_configs: [{channel: x}]}, {name: db-pager}, {name: db-sql}, {name: quiet}]
inhibit_rules: [{source_match: {a: b}, target_match: {c: d}, equal: [e]}]
"""
# A receiver with one way of reaching somebody; both programs know all of these.
WAYS = [
    "webhook_configs: [{url: 'http://a/b'}]", "webhook_configs: [{}]", "webhook_configs: [{url: 'http://a', colour: red}]",
    "webhook_configs: [{url: 'http://a', max_alerts: x}]", "webhook_configs: [{url: 'http://a', send_resolved: maybe}]",
    "webhook_configs: [{url: 'http://a', http_config: {bearer_token: a, basic_auth: {username: b}}}]",
    "webhook_configs: [{url: 'http://a', http_config: {authorization: {type: Basic}}}]",
    "email_configs: [{to: a@b}]", "email_configs: [{to: a@b, smarthost: 'm:25', from: c@d}]", "email_configs: [{smarthost: 'm:25', from: c}]",
    "email_configs: [{to: a, smarthost: m, from: c}]", "email_configs: [{to: a, smarthost: 'm:25', from: c, headers: {a: x, A: y}}]",
    "slack_configs: [{channel: x}]", "slack_configs: [{api_url: 'http://x', api_url_file: y}]", "slack_configs: [{api_url: 'gopher://x'}]",
    "slack_configs: [{api_url: 'http://x', fields: [{title: a}]}]", "slack_configs: [{api_url: 'http://x', actions: [{type: b, text: t}]}]",
    "slack_configs: [{api_url: 'http://x', actions: [{type: b, text: t, name: n, confirm: {title: q}}]}]",
    "pagerduty_configs: [{}]", "pagerduty_configs: [{routing_key: k}]", "pagerduty_configs: [{service_key: k, details: {a: b}}]",
    "opsgenie_configs: [{}]", "opsgenie_configs: [{api_key: k}]", "opsgenie_configs: [{api_key: k, responders: [{type: team}]}]",
    "opsgenie_configs: [{api_key: k, responders: [{name: n, type: Team}]}]", "opsgenie_configs: [{api_key: k, responders: [{name: n, type: god}]}]",
    "victorops_configs: [{api_key: k}]", "victorops_configs: [{api_key: k, routing_key: r}]",
    "victorops_configs: [{api_key: k, routing_key: r, custom_fields: {entity_id: x}}]",
    "pushover_configs: [{user_key: u}]", "pushover_configs: [{user_key: u, token: t, retry: 1m30s}]", "pushover_configs: [{user_key: u, token: t, retry: 1x}]",
    "sns_configs: [{topic_arn: a, sigv4: {region: r}}]", "sns_configs: [{}]", "sns_configs: [{topic_arn: a, sigv4: {access_key: k}}]",
    "telegram_configs: [{bot_token: t, chat_id: 5, api_url: 'https://t'}]", "telegram_configs: [{bot_token: t, api_url: 'https://t'}]",
    "telegram_configs: [{bot_token: t, chat_id: 5, parse_mode: Morse, api_url: 'https://t'}]",
    "wechat_configs: [{api_secret: s}]", "wechat_configs: [{api_secret: s, corp_id: c}]", "wechat_configs: [{api_secret: s, corp_id: c, message_type: smoke}]",
]
ROUTES = [
    "{receiver: r}", "{}", "{receiver: x}", "{receiver: r, match: {a: b}}", "{receiver: r, group_by: [a, a]}", "{receiver: r, group_by: [a, '...']}",
    "{receiver: r, group_by: ['...']}", "{receiver: r, group_by: ['1a']}", "{receiver: r, group_interval: 0s}", "{receiver: r, repeat_interval: 1d12h}",
    "{receiver: r, group_wait: 0s}", "{receiver: r, group_wait: -5s}", "{receiver: r, spin: 1}", "{receiver: r, routes: [{match: {'a-b': c}}]}",
    "{receiver: r, routes: [{match_re: {a: '('}}]}", "{receiver: r, routes: [{matchers: ['a=b', 'c=~d|e']}]}", "{receiver: r, routes: [{matchers: ['a']}]}",
    "{receiver: r, routes: [{receiver: q}]}", "{receiver: r, routes: [{mute_time_intervals: [n]}]}", "{receiver: r, mute_time_intervals: [t]}",
    "{receiver: r, routes: [{mute_time_intervals: [t], active_time_intervals: [t]}]}",
]
INTERVALS = [
    "{weekdays: ['monday:friday', sunday]}", "{weekdays: ['friday:monday']}", "{weekdays: [someday]}", "{days_of_month: ['1:5', '-3:-1']}",
    "{days_of_month: ['0']}", "{days_of_month: ['-1:5']}", "{days_of_month: ['10:-25']}", "{months: ['january:march', '12', may]}", "{months: ['may:january']}",
    "{years: ['2024:2026']}", "{years: ['2026:2024']}", "{times: [{start_time: '09:00', end_time: '17:30'}]}", "{times: [{start_time: '17:00', end_time: '09:00'}]}",
    "{times: [{start_time: '9:00', end_time: '10:00'}]}", "{times: [{start_time: '00:00', end_time: '24:00'}]}", "{location: Europe/Paris}", "{location: Middle/Earth}",
]


def run(*words):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def files(folder):
    def write(name, text):
        path = folder / f"{name}.yml"
        path.write_text(text)
        return path
    yield write("tree", TREE)
    for i, way in enumerate(WAYS):
        yield write(f"way{i}", f"route: {{receiver: r}}\nreceivers:\n- name: r\n  {way}\n")
    for i, route in enumerate(ROUTES):
        yield write(f"route{i}", f"route: {route}\nreceivers: [{{name: r}}]\ntime_intervals: [{{name: t, time_intervals: [{{months: [may]}}]}}]\n")
    for i, interval in enumerate(INTERVALS):
        yield write(f"interval{i}", f"route: {{receiver: r}}\nreceivers: [{{name: r}}]\ntime_intervals: [{{name: t, time_intervals: [{interval}]}}]\n")


def test_files_are_judged_alike():
    with tempfile.TemporaryDirectory() as folder:
        judged = {True: 0, False: 0}
        for path in files(pathlib.Path(folder)):
            theirs, their_text, _ = run("amtool", "check-config", path)
            # Debian 12's amtool knows the classic syntax alone.
            ours, our_text, _ = run(harness.BINARY, "alertmanager", "check", "--classic", path)
            assert (theirs == 0) == (ours == 0), f"{path.read_text()}\namtool: {their_text}\nkvasir: {our_text}"
            judged[ours == 0] += 1
            if ours == 0:
                counts = lambda text: re.findall(r" - (\d+ (?:inhibit rules|receivers|templates))", text)
                assert counts(our_text) == counts(their_text), f"{path}: {our_text} {their_text}"
        assert judged[True] > 20 and judged[False] > 30, judged


def test_the_tree_looks_alike():
    with tempfile.TemporaryDirectory() as folder:
        path = next(files(pathlib.Path(folder)))
        _, theirs, _ = run("amtool", "config", "routes", "show", "--config.file", path)
        code, ours, error = run(harness.BINARY, "alertmanager", "routes", "show", path)
        assert code == 0 and ours.strip() == theirs.strip().replace("\xa0", " "), f"{ours}{error}\n{theirs}"


def test_alerts_are_routed_alike():
    with tempfile.TemporaryDirectory() as folder:
        path = next(files(pathlib.Path(folder)))
        values = {"team": ["db", "web", "ops"], "env": ["test", "dev", "prod"], "severity": ["critical"], "service": ["mysql"]}
        seen = set()
        for names in itertools.chain.from_iterable(itertools.combinations(values, n) for n in range(1, len(values) + 1)):
            for chosen in itertools.product(*(values[name] for name in names)):
                labels = [f"{name}={value}" for name, value in zip(names, chosen)]
                _, theirs, _ = run("amtool", "config", "routes", "test", "--config.file", path, *labels)
                code, ours, error = run(harness.BINARY, "alertmanager", "routes", "test", path, *labels)
                assert code == 0 and ours == theirs, f"{labels}: {ours}{error} {theirs}"
                seen.add(ours)
        assert len(seen) > 5, seen


def test_expectations_make_the_exit_code():
    with tempfile.TemporaryDirectory() as folder:
        path = next(files(pathlib.Path(folder)))
        assert run(harness.BINARY, "alertmanager", "routes", "test", "--expect", "db", path, "team=db", "env=prod")[0] == 0
        code, _, error = run(harness.BINARY, "alertmanager", "routes", "test", "--expect", "all", path, "team=db", "env=prod")
        assert code == 1 and "expected all" in error, error
        assert run(harness.BINARY, "alertmanager", "routes", "fly", path)[0] == 2


if __name__ == "__main__":
    if shutil.which("amtool") is None:
        print("amtool is not here")
        sys.exit(77)
    harness.run(sys.modules["__main__"])
