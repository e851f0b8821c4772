#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus reads back what was written, by remote read, and answers as Kvasir itself does."""
import json
import math
import pathlib
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "promql"))
import servers  # noqa: E402
from harness import Kvasir, field, http, run, snappy, varint, wait_until  # noqa: E402
from otlp import encode  # noqa: E402
from otlp_cases import every_kind  # noqa: E402

PROMETHEUS, _ = servers.find_prometheus()


def read_request(name, start, end, accepted):
    matcher = field(3, field(2, b"__name__") + field(3, name.encode()))
    query = field(1, b"\x08" + varint(start) + b"\x10" + varint(end) + matcher)
    return snappy(query + (field(2, bytes(accepted)) if accepted else b""))


def test_a_prometheus_answers_from_what_it_reads():
    now = int(time.time())
    with Kvasir() as kvasir:
        series = [({"__name__": "m", "i": str(i)}, [((now - 3600 + s * 15) * 1000, math.sin(i + s)) for s in range(200)])
                  for i in range(20)]
        assert kvasir.push(series).status == 200
        late = [({"__name__": "m", "i": "0"}, [((now - 3600 + 3000 + s * 15) * 1000, s * 1.0) for s in range(30)])]
        assert kvasir.push(late).status == 200
        reply = http(kvasir.url("/otlp/v1/metrics"), "POST", encode(every_kind(now - 30)),
                     {"X-Scope-OrgID": "test", "Content-Type": "application/x-protobuf"})
        assert reply.status == 200, reply.text
        config = {"remote_read": [{"url": kvasir.url("/prometheus/api/v1/read"), "read_recent": True,
                                   "headers": {"X-Scope-OrgID": "test"}}]}
        with servers.Prometheus(PROMETHEUS, config=json.dumps(config)) as prometheus:
            # It is ready before it reads from elsewhere.
            ask = f"http://127.0.0.1:{prometheus.port}/api/v1/query?" + urllib.parse.urlencode({"query": "count(m)", "time": now})
            wait_until(lambda: http(ask).json["data"]["result"], 60, "a first answer")
            for query in ("m", "sum(rate(m[5m]))", 'm{i=~"1.*"}', "http_requests", "http_duration_bucket", "rpc_latency",
                          'count({__name__=~".+"})'):
                params = {"query": query, "start": now - 3600, "end": now, "step": 60}
                ours = kvasir.get("/prometheus/api/v1/query_range", **params).json
                query_text = urllib.parse.urlencode(params)
                theirs = http(f"http://127.0.0.1:{prometheus.port}/api/v1/query_range?{query_text}").json
                assert theirs["status"] == "success", theirs
                assert theirs["data"]["result"], f"{query} is empty"
                assert close(ours["data"]["result"], theirs["data"]["result"]), f"{query}\nours   {ours}\ntheirs {theirs}"[:4000]


def close(a, b):
    """Equal, but for the last digits of numbers, whose sums depend on the order of series."""
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(close(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(close(x, y) for x, y in zip(a, b))
    if isinstance(a, str) and isinstance(b, str) and a != b:
        try:
            return math.isclose(float(a), float(b), rel_tol=1e-12, abs_tol=1e-12)
        except ValueError:
            return False
    return a == b


def test_both_forms_and_what_is_refused():
    now = int(time.time()) * 1000
    with Kvasir() as kvasir:
        assert kvasir.push([({"__name__": "up", "job": "a"}, [(now - 1000, 1.0), (now, 0.0)])]).status == 200
        def read(body, tenant="test"):
            return http(kvasir.url("/prometheus/api/v1/read"), "POST", body, {"X-Scope-OrgID": tenant} if tenant else {})
        samples = read(read_request("up", now - 5000, now, []))
        assert samples.status == 200 and samples.headers["Content-Encoding"] == "snappy", samples.text
        assert samples.headers["Content-Type"] == "application/x-protobuf"
        chunks = read(read_request("up", now - 5000, now, [1]))
        assert chunks.headers["Content-Type"] == "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse"
        assert b"up" in chunks.body and b"job" in chunks.body
        assert read(read_request("up", now - 5000, now, [1]), "other").body == b"", "tenants are apart"
        assert read(b"nonsense").status == 400
        assert read(read_request("up", 0, now, [9])).status == 400
        assert read(b"", None).status == 401


if __name__ == "__main__":
    if PROMETHEUS is None:
        print("skipped: there is no Prometheus to read back with")
        sys.exit(servers.SKIPPED)
    run(sys.modules["__main__"])
