#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A token that is bound to labels, in the shipped all-in-one with a door: what it may write, and what every way of reading shows it."""
import json
import pathlib
import sys
import tempfile
import time

import harness
from harness import Kvasir, ROOT, run

NOW = int(time.time()) // 15 * 15
TENANT = "team-a"
API = "/prometheus/api/v1"
TOKENS = f"""
tokens:
  - {{subject: owner, token: owner-0123456789abcdef, tenants: [{TENANT}], rights: [read, write]}}
  - {{subject: shop, token: shop-0123456789abcdef, tenants: [{TENANT}], rights: [read, write], matchers: '{{namespace="shop"}}'}}
  - {{subject: bank, token: bank-0123456789abcdef, tenants: [{TENANT}], rights: [read], matchers: '{{namespace="bank",code!="500"}}'}}
"""
EXTRA = """
[component.tokens]
type = "auth.token"
tokens_file = "{tokens}"

[component.bound_writes]
type = "sink.enforce"

[component.bound_reads]
type = "source.enforce"
ports = {{ next = "federation" }}
"""


def config(folder):
    """The all-in-one with a door, and with what enforces labels in front of what callers reach."""
    tokens = pathlib.Path(folder) / "tokens.yaml"
    tokens.write_text(TOKENS)
    text = (ROOT / "configs/all-in-one.toml").read_text()

    def swap(old, new, times=1):
        nonlocal text
        assert text.count(old) == times, f"{text.count(old)} times {old!r}"
        text = text.replace(old, new)
    for module in ("auth.token", "sink.enforce", "source.enforce"):
        if f'id = "{module}"' not in text:
            text = text.replace("[[plugins.load]]\n", f'[[plugins.load]]\nid = "{module}"\n[[plugins.load]]\n', 1)
    swap('type = "net.http"\n', 'type = "net.http"\nports = { auth = ["tokens"] }\nlabel_policies = true\n')
    swap('"validate", "usage", "head"', '"validate", "bound_writes", "usage", "head"')
    # The engine, labels and series, remote read and cardinality.
    for port in ('engine = "promql", source = "federation"', 'ports = { source = "federation"', 'http = "http", source = "federation", limits'):
        assert port in text, port
    text = text.replace('source = "federation"', 'source = "bound_reads"')
    text += EXTRA.format(tokens=tokens)
    path = pathlib.Path(folder) / "bound.toml"
    path.write_text(text)
    return path


class Door(Kvasir):
    """Asks as somebody."""

    def ask(self, who, path, **params):
        reply = self.get(path, TENANT, {"Authorization": f"Bearer {who}-0123456789abcdef"}, **params)
        assert reply.status == 200, f"{who} {path} {params}: {reply.status} {reply.text}"
        return reply.json["data"]

    def vector(self, who, text):
        data = self.ask(who, API + "/query", query=text, time=NOW)["result"]
        return {harness.labels_text(r["metric"]): r["value"][1] for r in data}

    def write(self, who, series):
        return self.push(series, TENANT, {"Authorization": f"Bearer {who}-0123456789abcdef"})


def requests(namespace, code, value):
    return {"__name__": "requests_total", "namespace": namespace, "code": code}, [((NOW - 30) * 1000, value - 10), (NOW * 1000, value)]


def filled(folder):
    door = Door(config(folder))
    try:
        series = [requests("shop", "200", 100), requests("shop", "500", 20), requests("bank", "200", 1000), requests("bank", "500", 3),
                  ({"__name__": "only_bank", "namespace": "bank", "vault": "v1"}, [(NOW * 1000, 1)]),
                  ({"__name__": "nobody", "host": "h"}, [(NOW * 1000, 1)])]
        assert door.write("owner", series).status == 200
        return door
    except BaseException:
        door.stop()
        raise


def test_every_query_sees_its_own_series_alone():
    with tempfile.TemporaryDirectory() as folder, filled(folder) as door:
        everything = door.vector("owner", "count({__name__!=''})")
        assert everything == {"{}": "6"}, everything
        assert door.vector("shop", "count({__name__!=''})") == {"{}": "2"}
        assert door.vector("bank", "count({__name__!=''})") == {"{}": "2"}
        assert door.vector("shop", "sum(requests_total)") == {"{}": "120"}
        assert door.vector("bank", "sum(requests_total)") == {"{}": "1000"}, "both matchers hold"
        assert door.vector("owner", "sum(requests_total)") == {"{}": "1123"}
        # Not by asking for the others, nor by what joins, subqueries or set operators reach.
        assert door.vector("shop", 'requests_total{namespace="bank"}') == {}
        assert door.vector("shop", 'requests_total{namespace=~".+"} or only_bank or nobody') == door.vector("shop", "requests_total")
        assert door.vector("shop", "absent(only_bank)") == {"{}": "1"}
        assert door.vector("shop", "max_over_time(sum(requests_total)[5m:15s])") == {"{}": "120"}
        assert door.vector("shop", 'count(requests_total unless requests_total{namespace="shop"})') == {}
        points = door.ask("shop", API + "/query_range", query="sum(requests_total)", start=NOW, end=NOW, step=15)["result"]
        assert points[0]["values"][0][1] == "120", points


def test_nothing_else_tells_of_the_others():
    with tempfile.TemporaryDirectory() as folder, filled(folder) as door:
        assert door.ask("owner", API + "/label/namespace/values") == ["bank", "shop"]
        assert door.ask("shop", API + "/label/namespace/values") == ["shop"]
        assert door.ask("shop", API + "/labels") == ["__name__", "code", "namespace"]
        assert door.ask("bank", API + "/labels") == ["__name__", "code", "namespace", "vault"]
        assert door.ask("shop", API + "/label/__name__/values") == ["requests_total"]
        assert [s["code"] for s in door.ask("shop", API + "/series", **{"match[]": "{__name__=~'.+'}"})] == ["200", "500"]
        counts = door.get(API + "/cardinality/label_names", TENANT, {"Authorization": "Bearer shop-0123456789abcdef"})
        assert counts.status == 200 and "vault" not in counts.text, counts.text
        for path in ("/prometheus/config/v1/rules", "/api/v1/user_stats"):
            reply = door.get(path, TENANT, {"Authorization": "Bearer shop-0123456789abcdef"})
            assert reply.status in (403, 404), f"{path} {reply.status}: what does not keep to labels is shut"


def test_it_writes_its_own_series_alone():
    with tempfile.TemporaryDirectory() as folder, filled(folder) as door:
        reply = door.write("shop", [requests("shop", "302", 7)])
        assert reply.status == 200, f"{reply.status} {reply.text}"
        assert door.vector("owner", 'requests_total{code="302"}') == {'{__name__="requests_total",code="302",namespace="shop"}': "7"}
        foreign = ({"__name__": "requests_total", "namespace": "bank", "code": "999"}, [(NOW * 1000, 1)])
        mixed = door.write("shop", [foreign, requests("shop", "303", 8)])
        assert mixed.status in (400, 403) and "err-kvasir-label-policy" in mixed.text, f"{mixed.status} {mixed.text}"
        assert door.vector("owner", 'requests_total{code="999"}') == {}
        assert door.vector("owner", 'requests_total{code="303"}') == {'{__name__="requests_total",code="303",namespace="shop"}': "8"}
        reply = door.write("bank", [requests("bank", "200", 2000)])
        assert reply.status == 403, "it may only read"


if __name__ == "__main__":
    run(sys.modules["__main__"])
