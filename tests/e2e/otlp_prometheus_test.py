#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same OTLP requests into Kvasir and into a real Prometheus: the same series must come out, label by label and bit by bit."""
import json
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "promql"))
import servers  # noqa: E402
from harness import ROOT, Kvasir, http, run  # noqa: E402
from otlp import attribute, encode, request  # noqa: E402
from otlp_cases import every_kind  # noqa: E402

PROMETHEUS, VERSION = servers.find_prometheus()
STRATEGIES = ("UnderscoreEscapingWithSuffixes", "NoUTF8EscapingWithSuffixes", "NoTranslation")
# Prometheus 3.5 has three strategies; the one without suffixes came with 3.6.
if VERSION and VERSION >= (3, 6):
    STRATEGIES += ("UnderscoreEscapingWithoutSuffixes",)

UNITS = ["", "1", "s", "By", "By/s", "m/m", "{x}", "{x}/s", "foo", "f o o", "_a_/_b_", "%", "KiBy", "1/s", "/s", "s/", "a/b/c", "°C", "Cel", "__"]
NAMES = ["a", "a.b", "a..b", "a_b", "_a", "a_", "9a", "a:b", "total", "a.total", "total.a", "ratio", "a.ratio", "a.seconds", "a.seconds.total",
         "a.bytes_per_second", "per.second", "köln", "a-b/c", "a b", "A.B", "__a__"]
KEYS = ["a", "a.b", "a..b", "a_b", "_a", "__a", "__a__", "9a", "a:b", "köln", "A.B", "a-b", "a b", "job", "instance", "le", "quantile", "a_"]


def names_and_units(now_s):
    """Every name with every unit, as gauge, as counter and as sum that is no counter."""
    at = {"timeUnixNano": str(now_s * 10**9)}
    metrics = []
    for i, name in enumerate(NAMES):
        for k, unit in enumerate(UNITS):
            points = [{**at, "asInt": str(i * 100 + k), "attributes": [attribute("id", f"{i}-{k}")]}]
            metrics += [{"name": name, "unit": unit, "gauge": {"dataPoints": points}},
                        {"name": name, "unit": unit, "sum": {"aggregationTemporality": 2, "isMonotonic": True, "dataPoints": points}},
                        {"name": "n." + name, "unit": unit, "sum": {"aggregationTemporality": 2, "dataPoints": points}}]
    # A gauge and a counter that come to the same name are told apart by their values' ids.
    for n, metric in enumerate(metrics):
        for kind in ("gauge", "sum"):
            for point in metric.get(kind, {}).get("dataPoints", []):
                metric[kind] = {**metric[kind], "dataPoints": [{**point, "attributes": [attribute("id", str(n))]}]}
    return request({}, metrics)


def keys_and_values(now_s):
    """Attributes of every spelling and type, alone and where they collide."""
    at = {"timeUnixNano": str(now_s * 10**9)}
    values = ["x", "", 7, -3, True, False, 0.5, 1e21, 1e-7, 123456789.125, ["a", 1, True], "ü", " "]
    points = [{**at, "asInt": str(n), "attributes": [attribute("n", n), attribute(key, "v")]} for n, key in enumerate(KEYS)]
    points += [{**at, "asInt": str(n), "attributes": [attribute("n", 100 + n), attribute("v", value)]} for n, value in enumerate(values)]
    points += [{**at, "asInt": "1", "attributes": [attribute("n", 999), *[attribute(key, f"v{n}") for n, key in enumerate(KEYS)]]}]
    return request({"service.name": "s", "host.name": "h", "x": ""}, [{"name": "k", "gauge": {"dataPoints": points}}])


def histograms(now_s):
    """Layouts of exponential histograms: gaps, scales that are too fine, both signs; bounds of classic ones."""
    at = {"timeUnixNano": str(now_s * 10**9)}
    layouts = [(0, 0, [1]), (0, -1, [1, 1]), (3, -5, [1] * 10), (8, 100, [1, 0, 0, 0, 0, 2]), (9, -3, [1, 2, 3, 4]), (12, 1000, [1] * 40),
               (20, 1 << 19, [5, 5, 5]), (-4, 0, [1, 2]), (2, 5, [0, 0, 0, 1]), (2, 5, [1, 0, 0, 0]), (5, -1000, [1, 0, 0, 1, 0, 0, 0, 1])]
    points = []
    for n, (scale, offset, counts) in enumerate(layouts):
        for side in ("positive", "negative"):
            points.append({**at, "attributes": [attribute("n", n), attribute("side", side)], "scale": scale, "zeroCount": "3",
                           "count": str(sum(counts) + 3), "sum": 1.25, side: {"offset": offset, "bucketCounts": counts}})
    classic = [{**at, "attributes": [attribute("n", n)], "count": str(sum(counts)), "sum": 9.5, "bucketCounts": counts, "explicitBounds": bounds}
               for n, (bounds, counts) in enumerate([([1], [1, 2]), ([0.001, 1e6, 1e21], [1, 2, 3, 4]), ([-5.5, 0, 2.5], [0, 0, 1, 0]),
                                                     ([1, 2, 3, 4, 5, 6, 7, 8], [1, 0, 0, 0, 0, 0, 0, 0, 1])])]
    return request({}, [{"name": "e", "exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": points}},
                        {"name": "h", "histogram": {"aggregationTemporality": 2, "dataPoints": classic}}])


def takes_otlp(binary):
    """Debian builds Prometheus without its OTLP receiver."""
    done = subprocess.run([binary, "--help-long"], capture_output=True, text=True)
    return "web.enable-otlp-receiver" in done.stdout + done.stderr


def samples(result):
    """Everything of a matrix, as {labels: values}."""
    out = {}
    for series in result:
        out[json.dumps(series["metric"], sort_keys=True, ensure_ascii=False)] = (series.get("values"), series.get("histograms"))
    return out


def compare(name, requests, strategy, settings):
    now = int(time.time())
    otlp = {"translation_strategy": strategy, **settings}
    config = json.dumps({"otlp": otlp, "storage": {"tsdb": {"out_of_order_time_window": "10m"}}})
    lines = [f"{k} = {json.dumps(v)}" for k, v in otlp.items()]
    text = (ROOT / "configs/all-in-one.toml").read_text()
    text = text.replace('type = "ingest.otlp"\n', 'type = "ingest.otlp"\n' + "\n".join(lines) + "\n")
    text = text.replace('type = "sink.validate"\n', 'type = "sink.validate"\nname_validation_scheme = "utf8"\n')
    with servers.Prometheus(PROMETHEUS, ("native-histograms", "exemplar-storage"), config, ("--web.enable-otlp-receiver",)) as prometheus:
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(text)
            file.flush()
            with Kvasir(config=file.name) as kvasir:
                for make in requests:
                    body = encode(make(now - 5))
                    head = {"Content-Type": "application/x-protobuf"}
                    theirs = http(f"http://127.0.0.1:{prometheus.port}/api/v1/otlp/v1/metrics", "POST", body, head)
                    assert theirs.status == 200, f"{make.__name__}: Prometheus says {theirs.status} {theirs.text}"
                    ours = http(kvasir.url("/otlp/v1/metrics"), "POST", body, {**head, "X-Scope-OrgID": "test"})
                    assert ours.status == 200 and not ours.body, f"{make.__name__}: Kvasir says {ours.status} {ours.text}"
                query = {"query": '{__name__=~".+"}[10m]', "time": now + 1}
                status, answer = prometheus.api.call("/api/v1/query", **query)
                assert status == 200, answer
                theirs = samples(answer["data"]["result"])
                ours = samples(kvasir.get("/prometheus/api/v1/query", **query).json["data"]["result"])
                missing = [k for k in theirs if k not in ours]
                extra = [k for k in ours if k not in theirs]
                differ = [f"{k}\n  theirs {theirs[k]}\n  ours   {ours[k]}" for k in theirs if k in ours and ours[k] != theirs[k]]
                report = "\n".join(["missing:", *missing[:15], "extra:", *extra[:15], "different:", *differ[:8]])
                assert not (missing or extra or differ), f"{name}, {strategy}: {len(theirs)} series in Prometheus\n{report}"
                assert len(theirs) > 20, len(theirs)

                params = {"query": '{__name__=~".+"}', "start": now - 600, "end": now + 600}
                _, answer = prometheus.api.call("/api/v1/query_exemplars", **params)
                key = lambda s: json.dumps(s, sort_keys=True)  # noqa: E731
                ours = kvasir.get("/prometheus/api/v1/query_exemplars", **params).json.get("data", [])
                assert sorted(answer.get("data", []), key=key) == sorted(ours, key=key), f"{name}\ntheirs {answer}\nours {ours}"


def test_every_kind_of_metric():
    for strategy in STRATEGIES:
        compare("every kind", [every_kind], strategy, {})


def test_names_units_and_attributes():
    for strategy in STRATEGIES:
        compare("names", [names_and_units, keys_and_values], strategy, {})


def test_histograms():
    compare("histograms", [histograms], "NoTranslation", {})
    compare("custom buckets", [histograms, every_kind], "NoTranslation", {"convert_histograms_to_nhcb": True})


def test_resource_attributes():
    settings = {"promote_resource_attributes": ["host.name", "service.name", "process.tags"], "keep_identifying_resource_attributes": True}
    compare("promoted", [every_kind], "UnderscoreEscapingWithSuffixes", settings)


if __name__ == "__main__":
    if PROMETHEUS is None or VERSION < (3, 5) or not takes_otlp(PROMETHEUS):
        print(f"skipped: a Prometheus of 3.5 or newer with its OTLP receiver is needed (KVASIR_PROMETHEUS), and there is {VERSION}")
        sys.exit(servers.SKIPPED)
    run(sys.modules["__main__"])
