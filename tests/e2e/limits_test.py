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
import urllib.parse

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
    blocked_requests:
      - {path: /prometheus/api/v1/series, method: GET}
      - {path: /prometheus/api/v1/cardinality/label_names}
      - query_params: {query: secret, 'match[]': {value: '^sec.*t$', is_regexp: true}}
    max_label_values_limit: 2
    max_series_query_limit: 1
    cardinality_analysis_max_results: 5
  started:
    otel_created_timestamp_zero_ingestion_enabled: true
    max_native_histogram_buckets: 2
    max_exemplars_per_series_per_request: 1
  floats:
    native_histograms_ingestion_enabled: false
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
            wait_until(lambda: len(kvasir.get(API + "/metadata", tenant).json["data"]) == kept, 60, "metadata")
        assert kvasir.counter('cortex_discarded_metadata_total{reason="per_user_metadata_limit",user="held"}') == 1


def test_otlp():
    with tempfile.TemporaryDirectory() as folder, Limited(folder) as kvasir:
        body = json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": [
            {"name": "took", "unit": "s", "gauge": {"dataPoints": [{"asDouble": 1, "timeUnixNano": str(NOW * 10**9)}]}}]}]}]}).encode()
        for tenant, name in (("held", "took_seconds"), ("free", "took")):
            reply = http(kvasir.url("/otlp/v1/metrics"), "POST", body, {"Content-Type": "application/json", "X-Scope-OrgID": tenant})
            assert reply.status == 200, reply.text
            assert kvasir.query(name, NOW, tenant) == {f'{{__name__="{name}"}}': "1"}


def test_blocked_requests():
    with tempfile.TemporaryDirectory() as folder, Limited(folder) as kvasir:
        for tenant in ("held", "free"):
            assert kvasir.push(series("m", 3), tenant).status == 200

        def ask(path, method="GET", tenant="held", form=None, **params):
            url = kvasir.url(API + path + "?" + urllib.parse.urlencode(params))
            headers = {"X-Scope-OrgID": tenant, "Content-Type": "application/x-www-form-urlencoded"}
            return http(url, method, urllib.parse.urlencode(form).encode() if form else None, headers)
        blocked = "the request has been blocked by the cluster administrator (err-mimir-request-blocked)"
        window = {"match[]": "m", "start": NOW - 60, "end": NOW + 60}
        refused = [ask("/series", **window), ask("/cardinality/label_names"), ask("/query", query="secret"),
                   ask("/query", "POST", form={"query": "secret"}), ask("/labels", **{"match[]": "secret"}),
                   ask("/series", tenant="free|held", **window)]
        for reply in refused:
            assert reply.status == 400 and reply.json["errorType"] == "bad_data" and reply.json["error"] == blocked, reply.text
        for reply in (ask("/series", "POST", form=window), ask("/query", query="m"), ask("/series", tenant="free", **window),
                      ask("/cardinality/label_names", tenant="free"), ask("/query", tenant="free", query="secret")):
            assert reply.status == 200, reply.text
        assert kvasir.counter('cortex_query_frontend_rejected_requests_total{user="held"}') == len(refused)

        # What is clipped says so.
        reply = ask("/label/i/values", **window)
        assert reply.json["data"] == ["0", "1"] and reply.json["warnings"], reply.text
        reply = ask("/series", "POST", form=window)
        assert len(reply.json["data"]) == 1 and reply.json["warnings"], reply.text
        assert len(ask("/label/i/values", tenant="free", **window).json["data"]) == 3
        reply = ask("/cardinality/label_values", **{"label_names[]": "i", "limit": 6})
        assert reply.status == 400 and "'limit' param cannot be greater than '5'" in reply.text, reply.text


def test_native_histograms_and_starts():
    """By OTLP, which carries all of it: an exponential histogram of four buckets, and a counter with its start and two exemplars."""
    def nanos(t):
        return str(t * 10**9)
    exemplars = [{"timeUnixNano": nanos(NOW - i), "asDouble": i, "traceId": "0" * 31 + "1", "spanId": "0" * 15 + "1"} for i in (2, 1)]
    times = {"startTimeUnixNano": nanos(NOW - 30), "timeUnixNano": nanos(NOW)}
    metrics = [
        {"name": "took", "exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": [
            {**times, "count": "4", "sum": 9, "scale": 0, "positive": {"offset": 0, "bucketCounts": ["1", "1", "1", "1"]}}]}},
        {"name": "done", "sum": {"aggregationTemporality": 2, "isMonotonic": True, "dataPoints": [
            {**times, "asDouble": 7, "exemplars": exemplars}]}}]
    body = json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]}).encode()
    with tempfile.TemporaryDirectory() as folder, Limited(folder) as kvasir:
        for tenant in ("started", "floats", "free"):
            reply = http(kvasir.url("/otlp/v1/metrics"), "POST", body, {"Content-Type": "application/json", "X-Scope-OrgID": tenant})
            assert reply.status == 200 and "rejected" not in reply.text, reply.text

        def range_of(tenant):
            reply = kvasir.get(API + "/query", tenant, query="done[1m]", time=NOW)
            return [value for _, value in reply.json["data"]["result"][0]["values"]]
        assert range_of("started") == ["0", "7"] and range_of("free") == ["7"]
        assert kvasir.query("histogram_count(took)", NOW - 20, "started") == {"{}": "0"}
        assert kvasir.query("histogram_count(took)", NOW - 20, "free") == {}

        def buckets(tenant):
            reply = kvasir.get(API + "/query", tenant, query="took", time=NOW)
            result = reply.json["data"]["result"]
            return [bucket[1:] for bucket in result[0]["histogram"][1]["buckets"]] if result else None
        assert buckets("free") == [["1", "2", "1"], ["2", "4", "1"], ["4", "8", "1"], ["8", "16", "1"]]
        assert buckets("started") == [["1", "4", "2"], ["4", "16", "2"]]
        assert buckets("floats") is None

        for tenant, kept in (("started", 1), ("free", 2)):
            reply = kvasir.get(API + "/query_exemplars", tenant, query="done", start=NOW - 60, end=NOW)
            assert sum(len(s["exemplars"]) for s in reply.json["data"]) == kept, reply.text
        assert kvasir.counter('cortex_discarded_exemplars_total{reason="too_many_exemplars_per_series_per_request",user="started"}') == 1


if __name__ == "__main__":
    run(sys.modules["__main__"])
