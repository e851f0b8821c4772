#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""OTLP and Influx lines into a real process, and out again by PromQL."""
import gzip
import json
import sys
import time

from harness import Kvasir, http, run
from otlp import encode, request
from otlp_cases import every_kind


def export(kvasir, body, tenant, content_type="application/x-protobuf", **headers):
    head = {"Content-Type": content_type, "X-Scope-OrgID": tenant, **{k.replace("_", "-"): v for k, v in headers.items()}}
    return http(kvasir.url("/otlp/v1/metrics"), "POST", body, head)


def all_series(kvasir, tenant, at):
    reply = kvasir.get("/prometheus/api/v1/query", tenant, query='{__name__=~".+"}', time=at)
    assert reply.status == 200, reply.text
    return sorted((json.dumps(r["metric"], sort_keys=True), json.dumps(r.get("value", r.get("histogram"))))
                  for r in reply.json["data"]["result"])


def test_both_encodings_give_the_same_series():
    now = int(time.time())
    with Kvasir() as kvasir:
        message = every_kind(now)
        reply = export(kvasir, encode(message), "proto")
        assert (reply.status, reply.body) == (200, b""), (reply.status, reply.text)
        assert reply.headers["Content-Type"] == "application/x-protobuf"
        reply = export(kvasir, json.dumps(message).encode(), "json", "application/json")
        assert (reply.status, reply.json) == (200, {}), (reply.status, reply.text)
        reply = export(kvasir, gzip.compress(encode(message)), "gzip", Content_Encoding="gzip")
        assert reply.status == 200, reply.text

        proto = all_series(kvasir, "proto", now + 1)
        assert proto == all_series(kvasir, "json", now + 1)
        assert proto == all_series(kvasir, "gzip", now + 1)
        names = {json.loads(labels)["__name__"] for labels, _ in proto}
        assert {"system_memory_usage", "http_requests", "http_duration_bucket", "rpc_latency", "gc_pause", "target_info",
                "_9_lives_total"} <= names, names


def test_names_follow_the_headers_and_metadata_arrives():
    now = int(time.time())
    with Kvasir() as kvasir:
        reply = export(kvasir, encode(every_kind(now)), "t", X_Mimir_OTLP_AddSuffixes="true")
        assert reply.status == 200, reply.text
        values = kvasir.query('http_requests_total{job="eu/shop", http_method="GET"}', now + 1, "t")
        assert list(values.values()) == ["1000"], values
        metadata = kvasir.get("/prometheus/api/v1/metadata", "t", metric="system_memory_usage_bytes").json["data"]
        assert metadata == {"system_memory_usage_bytes": [{"type": "gauge", "help": "Memory", "unit": "bytes"}]}, metadata
        exemplars = kvasir.get("/prometheus/api/v1/query_exemplars", "t", query="http_duration_seconds_bucket", start=now - 60,
                               end=now + 60).json["data"]
        assert [e["labels"]["trace_id"] for s in exemplars for e in s["exemplars"]] == ["0af7651916cd43dd8448eb211c80319c"], exemplars
        assert [s["seriesLabels"]["le"] for s in exemplars] == ["0.5"], exemplars


def test_what_is_refused_is_a_partial_success():
    now = int(time.time())
    good = {"name": "good", "gauge": {"dataPoints": [{"asInt": "1", "timeUnixNano": str(now * 10**9)}]}}
    far = {"name": "far", "gauge": {"dataPoints": [{"asInt": "1", "timeUnixNano": str((now + 86400) * 10**9)}]}}
    delta = {"name": "d", "sum": {"aggregationTemporality": 1, "dataPoints": [{"asInt": "1", "timeUnixNano": str(now * 10**9)}]}}
    with Kvasir() as kvasir:
        reply = export(kvasir, json.dumps(request({}, [good, far, delta])).encode(), "t", "application/json")
        assert reply.status == 200, reply.text
        partial = reply.json["partialSuccess"]
        assert partial["rejectedDataPoints"] == "2", partial
        assert "delta is not taken" in partial["errorMessage"] and "err-mimir-too-far-in-future" in partial["errorMessage"], partial
        assert kvasir.query("good", now + 1, "t"), "the good one is there"

        reply = export(kvasir, json.dumps(request({}, [far])).encode(), "t", "application/json")
        assert reply.status == 400 and reply.json["code"] in (3, 11), reply.text
        assert export(kvasir, b"{}", "t", "text/plain").status == 415
        reply = export(kvasir, b"\x0a\x7f", "t")
        assert reply.status == 400 and b"malformed protobuf" in reply.body, reply.text


def test_stale_markers_end_a_series():
    now = int(time.time())
    def gauge(at, **values):
        return encode(request({}, [{"name": "g", "gauge": {"dataPoints": [{"timeUnixNano": str(at * 10**9), **values}]}}]))
    with Kvasir() as kvasir:
        assert export(kvasir, gauge(now - 20, asInt="5"), "t").status == 200
        assert export(kvasir, gauge(now - 10, flags=1), "t").status == 200
        assert list(kvasir.query("g", now - 15, "t").values()) == ["5"]
        assert kvasir.query("g", now - 5, "t") == {}


def test_influx_lines():
    now = int(time.time())
    with Kvasir() as kvasir:
        body = f'weather,city=ulm temperature=21.5,wet=f,note="x" {now}\nweather,city=ulm value=7i {now}\nbad\n'.encode()
        reply = http(kvasir.url("/api/v2/write?bucket=b&precision=s"), "POST", body, {"X-Scope-OrgID": "t"})
        assert reply.status == 400 and reply.json["code"] == "invalid" and "line 3" in reply.json["message"], reply.text
        for name, value in (("weather_temperature", "21.5"), ("weather_wet", "0"), ("weather", "7")):
            assert list(kvasir.query(name + '{city="ulm",__mimir_source__="influx"}', now + 1, "t").values()) == [value], name
        reply = http(kvasir.url("/api/v1/push/influx/write"), "POST", b"up value=1", {"X-Scope-OrgID": "t"})
        assert (reply.status, reply.body) == (204, b""), reply.text


if __name__ == "__main__":
    run(sys.modules["__main__"])
