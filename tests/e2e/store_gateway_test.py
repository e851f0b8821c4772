#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Blocks in a bucket answer as the Prometheus that has the same blocks: in one process and as a role of their own; beside samples in
the head; and as far as they are sound."""
import json
import math
import pathlib
import re
import shutil
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tsdb"), str(HERE.parent / "promql")]
import blocks_test as tsdb  # noqa: E402
import harness  # noqa: E402
from harness import Kvasir  # noqa: E402

API = "/prometheus/api/v1"
BEGIN, END = 1_700_000_000, 1_700_000_000 + 300 * 60  # Of tsdb.openmetrics().
QUERIES = [
    "requests_total", "sum(rate(requests_total[5m]))", "sum by (job) (rate(requests_total[10m]))", "temperature",
    "count({__name__=~'.+'})", "topk(3, requests_total)", "requests_total{job!='j1',instance=~'host-0.*'}",
    "max_over_time(requests_total{job='j2'}[1h])", "count_over_time(requests_total[5h])", "absent(nothing)",
    "requests_total{path=~'/a.*3'} offset 30m", "sum(count_over_time(temperature[6h]))", "avg without (instance, path) (requests_total)",
    "rate(requests_total{job=''}[5m])", "histogram_count(rate(prometheus_http_request_duration_seconds[1m]))",
]


def equal(a, b):
    """Equal but for the last bits of numbers."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(equal(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(equal, a, b))
    if a == b or not (isinstance(a, str) and isinstance(b, str)):
        return a == b
    try:
        return math.isclose(float(a), float(b), rel_tol=1e-12)
    except ValueError:
        return False


def same(kvasir, api, path, **params):
    """Asks both, and gives what Kvasir answered."""
    got = kvasir.get(API + path, **params)
    want = harness.http(f"{api}/api/v1{path}?" + harness.urllib.parse.urlencode(params))
    assert got.status == want.status == 200, f"{path} {params}: {got.status} {got.text[:300]}, {want.status} {want.text[:300]}"
    ours, theirs = got.json["data"], want.json["data"]
    if isinstance(ours, dict) and isinstance(ours["result"], list) and ours["resultType"] != "scalar":
        order = lambda r: json.dumps(r["metric"], sort_keys=True)
        ours["result"].sort(key=order), theirs["result"].sort(key=order)
    if isinstance(ours, list) and ours and isinstance(ours[0], dict):
        order = lambda labels: json.dumps(labels, sort_keys=True)
        ours.sort(key=order), theirs.sort(key=order)
    assert equal(ours, theirs), f"{path} {params}:\n{json.dumps(ours)[:800]}\nagainst\n{json.dumps(theirs)[:800]}"
    return got.json


def compare(kvasir, api):
    for query in QUERIES:
        for at in (BEGIN + 4000, END - 60, END + 200):
            same(kvasir, api, "/query", query=query, time=at)
        same(kvasir, api, "/query_range", query=query, start=BEGIN, end=END, step=300)
    cold = same(kvasir, api, "/query", query="sum(rate(requests_total[5m] offset 90d))", time=BEGIN + 90 * 86400 + 3600)
    assert cold["data"]["result"], "90 days later the samples are there"
    for path, params in [("/labels", {}), ("/label/job/values", {}), ("/label/instance/values", {"match[]": "requests_total{job='j1'}"}),
                         ("/labels", {"match[]": "temperature"}), ("/series", {"match[]": "requests_total{job='j1'}"})]:
        same(kvasir, api, path, start=BEGIN, end=END, **params)


def newest():
    """The folder of a Prometheus 3, whose answers are Kvasir's: 2 had other windows."""
    for programs in tsdb.prometheis():
        if re.search(r"version [3-9]", tsdb.run(programs / "prometheus", "--version")):
            return programs
    print("there is no Prometheus 3 to compare with")
    sys.exit(77)


class Bucket:
    """A bucket with blocks of tenant `test` that these programs made, and a Prometheus 3 on the same blocks."""

    def __init__(self, programs):
        self.programs = programs

    def __enter__(self):
        self.temp = tempfile.TemporaryDirectory(prefix="kvasir-blocks-")
        root = pathlib.Path(self.temp.name)
        self.tenant = root / "kvasir/data/bucket/test"
        self.data = root / "prometheus/data"
        source = root / "in.om"
        tsdb.openmetrics(source)
        (self.data / "wal").mkdir(parents=True)
        tsdb.run(self.programs / "promtool", "tsdb", "create-blocks-from", "openmetrics", source, self.data)
        # What the server scraped of itself: native histograms.
        scraped = root / "scraped/data"
        (scraped / "wal").mkdir(parents=True)
        block = tsdb.scraped_block(self.programs / "prometheus", scraped)
        shutil.copytree(block, self.data / block.name)
        self.tenant.mkdir(parents=True)
        for block in self.blocks():
            shutil.copytree(block, self.tenant / block.name)
        self.folder = root / "kvasir"
        self.server = tsdb.Server(newest() / "prometheus", self.data, "global: {}\n", "--enable-feature=native-histograms")
        self.server.__enter__()
        return self

    def blocks(self):
        return sorted(b for b in self.data.iterdir() if (b / "meta.json").exists())

    def __exit__(self, *failure):
        self.server.__exit__(*failure)
        self.temp.cleanup()


def test_a_bucket_answers_as_the_prometheus_with_the_same_blocks():
    for programs in tsdb.prometheis():
        with Bucket(programs) as bucket, Kvasir(folder=bucket.folder) as kvasir:
            compare(kvasir, bucket.server.api)
            assert kvasir.get(API + "/query", "other", query="count({__name__=~'.+'})", time=END - 60).json["data"]["result"] == []


def test_a_store_gateway_is_a_role():
    with Bucket(newest()) as bucket:
        env = {"KVASIR_BUCKET_DIR": str(bucket.tenant.parent)}
        with Kvasir("store-gateway", env=env) as gateway:
            address = {"KVASIR_INGESTER_ADDRS": f"127.0.0.1:{gateway.grpc_port}"}
            with Kvasir("querier", env=address) as querier:
                compare(querier, bucket.server.api)
                metrics = gateway.get("/metrics", tenant=None).text
                for name in ("cortex_bucket_store_blocks_loaded", "cortex_bucket_index_loads_total", "kvs_source_blocks_gets_per_block_count"):
                    assert name in metrics, name
                # A block that is gone is a warning, through the network as well.
                lost = sorted(bucket.tenant.iterdir())[0]
                shutil.rmtree(lost)
                gateway.kill()
                shutil.rmtree(gateway.folder / "data")
                lost.mkdir()
                (lost / "meta.json").write_bytes((bucket.data / lost.name / "meta.json").read_bytes())
                gateway.start()
                reply = harness.wait_until(lambda: answered(querier), 60, "the gateway to be back")
                assert any(lost.name in w for w in reply["warnings"]), reply


def answered(kvasir):
    reply = kvasir.get(API + "/query_range", query="requests_total", start=BEGIN, end=END, step=300)
    return reply.json if reply.status == 200 else None


def test_damage_is_a_warning_and_the_rest_is_there():
    with Bucket(newest()) as bucket:
        victim = sorted(bucket.tenant.iterdir())[1]
        segment = victim / "chunks/000001"
        segment.chmod(0o644)
        whole = segment.read_bytes()
        segment.write_bytes(whole[:40] + bytes([whole[40] ^ 0x10]) + whole[41:])
        with Kvasir(folder=bucket.folder) as kvasir:
            reply = kvasir.get(API + "/query_range", query="requests_total", start=BEGIN, end=END, step=300)
            assert reply.status == 200, reply.text
            [warning] = reply.json["warnings"]
            assert victim.name in warning and "segment 000001" in warning and "offset 8" in warning, warning
            points = sum(len(r["values"]) for r in reply.json["data"]["result"])
            everything = bucket.server.ask(f"sum(count_over_time(requests_total[{END - BEGIN}s]))", END * 1000)
            assert 0 < points and everything, reply.text[:300]
            assert kvasir.get(API + "/query", query="temperature", time=END - 60).status == 200


def test_damage_far_into_a_block_is_a_warning_through_the_network():
    series, folder = 3000, pathlib.Path(tempfile.mkdtemp(prefix="kvasir-late-"))
    try:
        source, data, tenant = folder / "in.om", folder / "blocks", folder / "bucket/test"
        source.write_text("".join(f'm{{n="{n:05}"}} {i} {BEGIN + 60 * i}\n' for n in range(series) for i in range(5)) + "# EOF\n")
        (data / "wal").mkdir(parents=True)
        tsdb.run(tsdb.prometheis()[0] / "promtool", "tsdb", "create-blocks-from", "openmetrics", source, data)
        [block] = (b for b in data.iterdir() if (b / "meta.json").exists())
        shutil.copytree(block, tenant / block.name)
        segment = tenant / block.name / "chunks/000001"
        segment.chmod(0o644)
        whole = segment.read_bytes()
        at = len(whole) * 3 // 4  # Behind the first batch of 1024 series.
        segment.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1:])
        with Kvasir("store-gateway", env={"KVASIR_BUCKET_DIR": str(tenant.parent)}) as gateway:
            with Kvasir("querier", env={"KVASIR_INGESTER_ADDRS": f"127.0.0.1:{gateway.grpc_port}"}) as querier:
                reply = querier.get(API + "/query", query="count(count_over_time(m[1h]))", time=BEGIN + 600)
                assert reply.status == 200, reply.text
                [warning] = reply.json["warnings"]
                assert block.name in warning and "segment 000001" in warning, warning
                count = int(reply.json["data"]["result"][0]["value"][1])
                assert series / 2 < count < series, count
                assert "warnings" not in querier.get(API + "/query", query='m{n="00007"}', time=BEGIN + 60).json
    finally:
        shutil.rmtree(folder)


def test_head_and_blocks_are_one_and_nothing_counts_twice():
    with Bucket(newest()) as bucket, Kvasir(folder=bucket.folder) as kvasir:
        now = int(time.time()) // 15 * 15
        labels = {"__name__": "temperature"}
        assert kvasir.push([(labels, [((now - 60 + i) * 1000, i) for i in range(0, 60, 15)])]).status == 200
        years = f"{now - BEGIN + 3600}s"
        [count] = kvasir.query(f"count_over_time(temperature[{years}])", now).values()
        assert int(count) == 300 + 4, count
        assert kvasir.query("temperature", now) == {'{__name__="temperature"}': "45"}


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
