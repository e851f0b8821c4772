#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus sends what it scrapes by Remote Write 2.0: counters with exemplars, classic histograms and native ones with custom
buckets, metadata."""
import http.server
import json
import pathlib
import re
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "promql"))
import servers  # noqa: E402
from harness import Kvasir, http as call, run, wait_until  # noqa: E402

PROMETHEUS, VERSION = servers.find_prometheus()


class Target(http.server.BaseHTTPRequestHandler):
    """What is scraped, in OpenMetrics."""

    def do_GET(self):
        now = time.time()
        body = f"""# HELP reqs Requests that came.
# TYPE reqs counter
reqs_total{{path="/a"}} 5 # {{trace_id="abc"}} 1 {now:.3f}
# HELP lat How long they took.
# TYPE lat histogram
lat_bucket{{le="0.1"}} 1
lat_bucket{{le="1.0"}} 3
lat_bucket{{le="+Inf"}} 4
lat_count 4
lat_sum 5.5
# EOF
""".encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_everything_a_prometheus_sends_arrives():
    target = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Target)
    threading.Thread(target=target.serve_forever, daemon=True).start()
    with Kvasir() as kvasir:
        config = json.dumps({
            "scrape_configs": [{"job_name": "t", "scrape_interval": "1s", "scrape_timeout": "1s", "convert_classic_histograms_to_nhcb": True,
                                "always_scrape_classic_histograms": True,
                                "static_configs": [{"targets": [f"127.0.0.1:{target.server_port}"]}]}],
            "remote_write": [{"url": kvasir.url("/api/v1/push"), "headers": {"X-Scope-OrgID": "t"}, "send_exemplars": True,
                              "send_native_histograms": True, "protobuf_message": "io.prometheus.write.v2.Request",
                              "queue_config": {"batch_send_deadline": "200ms"}}]})
        features = ("exemplar-storage", "native-histograms", "metadata-wal-records")
        with servers.Prometheus(PROMETHEUS, features, config) as prometheus:
            wait_until(lambda: kvasir.query("histogram_count(lat)", time.time(), "t"), 60, "native histograms")
            now = time.time()
            assert list(kvasir.query('reqs_total{path="/a",job="t"}', now, "t").values()) == ["5"]
            assert list(kvasir.query("histogram_count(lat)", now, "t").values()) == ["4"]
            assert {k.split('le="')[1].split('"')[0]: v for k, v in kvasir.query("lat_bucket", now, "t").items()} == {
                "0.1": "1", "1.0": "3", "+Inf": "4"}
            (middle,) = kvasir.query("histogram_quantile(0.5, lat)", now, "t").values()
            assert 0.1 < float(middle) < 1, middle
            raw = kvasir.get("/prometheus/api/v1/query", "t", query="lat", time=now).json["data"]["result"][0]["histogram"][1]
            assert [b[1:] for b in raw["buckets"]] == [["-Inf", "0.1", "1"], ["0.1", "1", "2"], ["1", "+Inf", "1"]], raw

            wait_until(lambda: kvasir.get("/prometheus/api/v1/query_exemplars", "t", query="reqs_total", start=now - 60,
                                          end=now + 60).json.get("data"), 30, "exemplars")
            exemplars = kvasir.get("/prometheus/api/v1/query_exemplars", "t", query="reqs_total", start=now - 60, end=now + 60).json["data"]
            assert exemplars[0]["exemplars"][0]["labels"] == {"trace_id": "abc"}, exemplars
            metadata = kvasir.get("/prometheus/api/v1/metadata", "t").json["data"]
            assert metadata["lat"] == [{"type": "histogram", "help": "How long they took.", "unit": ""}], metadata
            assert [m["type"] for name in ("reqs_total", "reqs") for m in metadata.get(name, [])] == ["counter"], metadata

            # Samples can be read before their write has ended and is counted.
            def versions():
                own = kvasir.get("/metrics", None).text
                return re.findall(r'cortex_distributor_requests_in_total\{user="t",version="([0-9.]+)"\}', own)
            wait_until(versions, 60, "requests to be counted")
            assert versions() == ["2.0"], versions()
            # What the sender believes was written is what the response headers told it.
            theirs = call(f"http://127.0.0.1:{prometheus.port}/metrics").text
            failed = re.findall(r"prometheus_remote_storage_(?:samples|histograms|exemplars)_failed_total\{[^}]*\} (\d+)", theirs)
            assert failed and all(n == "0" for n in failed), failed
    target.shutdown()


if __name__ == "__main__":
    if PROMETHEUS is None or VERSION < (3, 5):
        print(f"skipped: a Prometheus of 3.5 or newer is needed, and there is {VERSION}")
        sys.exit(servers.SKIPPED)
    run(sys.modules["__main__"])
