#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Limits of the runtime file as users of Mimir write them, from the file to the answer: queries that are blocked, limited or too long, metrics
with too many series, values too long, metadata, and how OTLP is translated. A tenant that the file does not name has none of it."""
import hashlib
import json
import pathlib
import re
import sys
import tempfile
import time

from harness import Kvasir, field, http, run, snappy, wait_until, write_request

NOW = int(time.time()) // 15 * 15
API = "/prometheus/api/v1"
OVERRIDES = """
overrides:
  held:
    blocked_queries:
      - pattern: 'sum(m)'
        reason: ask for less
      - pattern: '.*'
        regex: true
        time_range_longer_than: 1d
    limited_queries:
      - {query: 'count(m)', allowed_frequency: 1h}
    max_partial_query_length: 2h
    max_global_series_per_metric: 3
    max_global_metadata_per_user: 1
    max_label_value_length: 80
    label_value_length_over_limit_strategy: truncate
    otel_metric_suffixes_enabled: true
"""


class Limited(Kvasir):
    def __init__(self, folder):
        self.runtime = pathlib.Path(folder) / "runtime.yaml"
        self.runtime.write_text(OVERRIDES)
        super().__init__(env={"KVASIR_RUNTIME_CONFIG": str(self.runtime)})

    def counter(self, text):
        """The value of the first metric whose line begins so; 0 when there is none."""
        found = re.search("^" + re.escape(text) + r"[^ ]* (\S+)$", self.get("/metrics", None).text, re.MULTILINE)
        return float(found.group(1)) if found else 0


def series(metric, n):
    return [({"__name__": metric, "i": str(i)}, [(NOW * 1000, i)]) for i in range(n)]


def test_queries():
    with tempfile.TemporaryDirectory() as folder, Limited(folder) as kvasir:
        for tenant in ("held", "free"):
            assert kvasir.push(series("m", 2), tenant).status == 200

        def ask(text, tenant="held", path="/query", **params):
            return kvasir.get(API + path, tenant, query=text, **(params or {"time": NOW}))
        for text in ("sum(m)", "sum (m{}) # please"):
            reply = ask(text)
            assert reply.status == 400 and reply.json["errorType"] == "bad_data", reply.text
            assert reply.json["error"] == "the request has been blocked by the cluster administrator ask for less (err-mimir-query-blocked)"
            assert ask(text, "free").status == 200
        assert ask("max(m)", path="/query_range", start=NOW - 3600, end=NOW, step=60).status == 200
        reply = ask("max(m)", path="/query_range", start=NOW - 90000, end=NOW, step=60)
        assert reply.status == 400 and "err-mimir-query-blocked" in reply.text, reply.text

        assert ask("count(m)").status == 200
        reply = ask("count( m )")
        assert reply.status == 429 and reply.json["errorType"] == "too_many_requests", reply.text
        assert "more frequently than the allowed frequency 1h against tenant held (err-mimir-query-limited)" in reply.json["error"], reply.text
        assert ask("count(m)", "free").status == ask("count(m)", "free").status == 200
        assert kvasir.counter('cortex_query_frontend_rejected_queries_total{user="held",reason="blocked"}') == 3

        reply = ask("max_over_time(m[3h])")
        assert reply.status == 422 and "err-mimir-max-query-length" in reply.text, f"{reply.status} {reply.text}"
        assert ask("max_over_time(m[3h])", "free").status == 200

        # The file is read again: what it no longer says no longer holds.
        kvasir.runtime.write_text("overrides: {}\n")
        wait_until(lambda: ask("sum(m)").status == 200, 60, "the new file")


def test_writes():
    with tempfile.TemporaryDirectory() as folder, Limited(folder) as kvasir:
        assert kvasir.push(series("m", 5), "free").status == 200
        reply = kvasir.push(series("m", 5) + series("n", 2), "held")
        assert reply.status == 400 and "per-metric series limit of 3 exceeded (err-mimir-max-series-per-metric)" in reply.text, reply.text
        assert kvasir.query("count({__name__=~'m|n'}) by (__name__)", NOW, "held") == {'{__name__="m"}': "3", '{__name__="n"}': "2"}
        assert kvasir.counter('cortex_discarded_samples_total{reason="per_metric_series_limit",user="held"}') == 2

        value = "v" * 100
        digest = hashlib.sha256(value.encode()).hexdigest()
        long = [({"__name__": "long", "l": value}, [(NOW * 1000, 1)])]
        assert kvasir.push(long, "held").status == 200
        assert kvasir.query("long", NOW, "held") == {f'{{__name__="long",l="{"v" * 9}(hash:{digest})"}}': "1"}
        assert kvasir.push(long, "free").status == 200
        assert kvasir.query("long", NOW, "free") == {f'{{__name__="long",l="{value}"}}': "1"}

        metadata = b"".join(field(3, b"\x08\x01" + field(2, name) + field(4, b"What it is.")) for name in (b"m", b"n"))
        for tenant, kept in (("held", 1), ("free", 2)):
            assert kvasir.push_raw(snappy(write_request(series("m", 1)) + metadata), tenant).status == 200
            wait_until(lambda: len(kvasir.get(API + "/metadata", tenant).json["data"]) == kept, 10, "metadata")
        assert kvasir.counter('cortex_discarded_metadata_total{reason="per_user_metadata_limit",user="held"}') == 1


def test_otlp():
    with tempfile.TemporaryDirectory() as folder, Limited(folder) as kvasir:
        body = json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": [
            {"name": "took", "unit": "s", "gauge": {"dataPoints": [{"asDouble": 1, "timeUnixNano": str(NOW * 10**9)}]}}]}]}]}).encode()
        for tenant, name in (("held", "took_seconds"), ("free", "took")):
            reply = http(kvasir.url("/otlp/v1/metrics"), "POST", body, {"Content-Type": "application/json", "X-Scope-OrgID": tenant})
            assert reply.status == 200, reply.text
            assert kvasir.query(name, NOW, tenant) == {f'{{__name__="{name}"}}': "1"}


if __name__ == "__main__":
    run(sys.modules["__main__"])
