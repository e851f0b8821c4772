#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""OpenTelemetry's own JavaScript SDK and exporters into a real process. The packages are installed into the build folder by npm."""
import sys
import tempfile
import time

from harness import ROOT, Kvasir, run
from npm import Packages

SDK = Packages("opentelemetry", {"@opentelemetry/api": "1.9.1", "@opentelemetry/exporter-metrics-otlp-http": "0.223.0",
                                 "@opentelemetry/exporter-metrics-otlp-proto": "0.223.0", "@opentelemetry/resources": "2.12.1",
                                 "@opentelemetry/sdk-metrics": "2.12.1"})


def export(kvasir, tenant, kind, temporality="cumulative"):
    SDK.run("otlp_client.cjs", kvasir.url("/otlp/v1/metrics"), tenant, kind, temporality)


def check(kvasir, tenant, kind):
    at = time.time() + 1
    both = f'instance="{kind}", job="shop"'
    assert kvasir.query("http_requests", at, tenant) == {
        f'{{__name__="http_requests",http_method="GET",instance="{kind}",job="shop",status="200"}}': "6"}
    assert list(kvasir.query("open_files", at, tenant).values()) == ["3"]
    assert list(kvasir.query("temperature", at, tenant)) == [
        f'{{__name__="temperature",instance="{kind}",job="shop",room="a b"}}']
    assert {k.split('le="')[1].split('"')[0]: v for k, v in kvasir.query(f"latency_bucket{{{both}}}", at, tenant).items()} == {
        "0.1": "2", "1": "4", "10": "6", "+Inf": "8"}
    assert list(kvasir.query(f"latency_sum{{{both}}}", at, tenant).values()) == ["111.1"]
    assert list(kvasir.query(f"histogram_count(latency_exponential{{{both}}})", at, tenant).values()) == ["8"]
    (middle,) = kvasir.query(f"histogram_quantile(0.4, latency_exponential{{{both}}})", at, tenant).values()
    assert 0.4 < float(middle) < 0.6, middle
    assert list(kvasir.query("target_info", at, tenant)) == [
        f'{{__name__="target_info",host_name="h1",instance="{kind}",job="shop"}}']
    metadata = kvasir.get("/prometheus/api/v1/metadata", tenant, metric="http_requests").json["data"]["http_requests"]
    assert metadata == [{"type": "counter", "help": "Requests", "unit": ""}], metadata


def test_both_exporters():
    with Kvasir() as kvasir:
        for kind in ("proto", "http"):
            export(kvasir, kind, kind)
            check(kvasir, kind, kind)


def test_deltas_of_an_sdk_are_added_up():
    text = (ROOT / "configs/all-in-one.toml").read_text()
    text = text.replace('type = "ingest.otlp"\n', 'type = "ingest.otlp"\ndelta_temporality = "cumulative"\n')
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(text)
        file.flush()
        with Kvasir(config=file.name) as kvasir:
            export(kvasir, "t", "proto", "delta")
            check(kvasir, "t", "proto")


if __name__ == "__main__":
    if not SDK.install():
        print("skipped: node, or npm and its packages, cannot be had")
        sys.exit(77)
    run(sys.modules["__main__"])
