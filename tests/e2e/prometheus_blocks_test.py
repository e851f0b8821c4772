#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Blocks that the head cut and the compactor merged, split and merged again, in the hands of Prometheus: promtool lists, analyses and
dumps them, and servers started on them answer as Kvasir does."""
import json
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
import store_gateway_test as gateway  # noqa: E402
from harness import Kvasir, wait_until  # noqa: E402
from tenant_proxy import TenantProxy  # noqa: E402

HOURS = 30
SERIES = 40
QUERIES = [
    "requests_total", "sum(rate(requests_total[5m]))", "sum by (job) (increase(requests_total[30m]))", "temperature",
    "count({__name__=~'requests_total|temperature'})", "topk(3, requests_total)", "requests_total{job!='j1',instance=~'host-0.*'}",
    "max_over_time(requests_total{job='j2'}[1h])", "count_over_time(requests_total[5h])", "avg without (instance) (requests_total)",
    "changes(temperature[2h])", "quantile_over_time(0.9, temperature[3h])", "stddev_over_time(requests_total{job='j0'}[1h])",
    "histogram_count(rate(prometheus_http_request_duration_seconds[20s]))", "sum(prometheus_http_request_duration_seconds)",
]
# What Prometheus 2 answers otherwise: its windows have another border, and it knows these histograms not as well.
SAME_IN_2 = ["requests_total", "temperature", "topk(3, requests_total)", "sum by (job) (requests_total)", "requests_total{job=~'j[01]'} offset 90m"]


def config(folder):
    """All in one, with a compactor that has no time to lose and splits every tenant."""
    text = (harness.ROOT / "configs/all-in-one.toml").read_text()
    place = 'data_dir = "${KVASIR_DATA_DIR:-./data}/compactor"\n'
    assert place in text
    text = text.replace(place, place + 'compaction_interval = "200ms"\ncleanup_interval = "200ms"\nsplit_and_merge_shards = 2\n'
                        'first_level_compaction_wait_period = "0s"\nblock_ranges = ["2h", "6h"]\n')
    path = folder / "all-in-one.toml"
    path.write_text(text)
    return path


def push(kvasir, begin):
    """Counters that start anew now and then, special values, and gaps, over more than a day."""
    def requests(n, minutes):
        labels = {"__name__": "requests_total", "job": f"j{n % 3}", "instance": f"host-{n:02}", "path": f'/a "b" \\ é{n % 7}'}
        return labels, [((begin + 60 * m) * 1000 + n, (m % 700) * (n + 1) / 4) for m in minutes if (m // 60 + n) % 11]

    def temperature(minutes):
        values = (float("nan"), float("inf"), -float("inf"), -12.75, 1e-9, 123456789012345, harness.STALE)
        return {"__name__": "temperature"}, [((begin + 60 * m) * 1000, values[m % 7]) for m in minutes]
    for hour in range(HOURS):
        minutes = range(60 * hour, 60 * hour + 60)
        rows = [requests(n, minutes) for n in range(SERIES)] + [temperature(minutes)]
        reply = kvasir.push([row for row in rows if row[1]])
        assert reply.status == 200, reply.text


def scrape_natives(kvasir, programs, folder):
    """A Prometheus scrapes itself and sends its native histograms."""
    with TenantProxy(kvasir.url(""), "test") as proxy:
        text = json.dumps({
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [{"job_name": "self", "static_configs": [{"targets": ["127.0.0.1:%d"]}]}],
            "remote_write": [{"url": f"http://127.0.0.1:{proxy.port}/api/v1/push", "send_native_histograms": True,
                              "queue_config": {"batch_send_deadline": "200ms"}}]})
        (folder / "self/data").mkdir(parents=True)
        with tsdb.Server(programs / "prometheus", folder / "self/data", text, "--enable-feature=native-histograms"):
            wait_until(lambda: kvasir.query("count(count_over_time(prometheus_http_request_duration_seconds[1m]) > 4)", time.time()),
                       60, "native histograms")


class Blocks:
    """Kvasir with everything in blocks, and none of it in memory that is not."""

    def __enter__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-foreign-"))
        self.programs = gateway.newest()
        self.begin = int(time.time()) // 60 * 60 - HOURS * 3600
        (self.root / "kvasir").mkdir()
        self.kvasir = Kvasir(config(self.root / "kvasir"), self.root / "kvasir")
        push(self.kvasir, self.begin)
        scrape_natives(self.kvasir, self.programs, self.root)
        self.end = int(time.time())
        self.bucket = self.root / "kvasir/data/bucket/test"
        return self

    def __exit__(self, *failure):
        self.kvasir.__exit__(*failure)
        shutil.rmtree(self.root, ignore_errors=True)

    def flush(self):
        reply = harness.http(self.kvasir.url("/ingester/flush?wait=true"), method="POST")
        assert reply.status == 204, reply.text

    def metas(self):
        """Of blocks that are not to be removed."""
        marked = {m.name.split("-")[0] for m in self.bucket.glob("markers/*-deletion-mark.json")}
        return {m.parent: json.loads(m.read_text()) for m in self.bucket.glob("*/meta.json") if m.parent.name not in marked}

    def copy(self, name, paths):
        data = self.root / name / "data"
        (data / "wal").mkdir(parents=True)
        for path in paths:
            shutil.copytree(path, data / path.name)
        return data

    def check(self, data):
        """promtool and servers on this folder, against Kvasir's answers and its own tool's."""
        metas = [json.loads(m.read_text()) for m in data.glob("*/meta.json")]
        samples = sum(m["stats"]["numSamples"] for m in metas)
        for programs in tsdb.prometheis():
            listed = tsdb.run(programs / "promtool", "tsdb", "list", data)
            assert all(m["ulid"] in listed for m in metas), listed
            largest = max(metas, key=lambda m: m["stats"]["numSeries"])
            analysis = tsdb.run(programs / "promtool", "tsdb", "analyze", data, largest["ulid"])
            assert f"Block ID: {largest['ulid']}" in analysis and "Label names" in analysis, analysis
            check_dump(tsdb.kvasir("dump", data), tsdb.run(programs / "promtool", "tsdb", "dump", data), samples)
            is_new = programs == self.programs
            with tsdb.Server(programs / "prometheus", data, "global: {}\n", *(["--enable-feature=native-histograms"] if is_new else [])) as server:
                loaded = re.search(r"^prometheus_tsdb_blocks_loaded (\d+)$", harness.http(f"{server.api}/metrics").text, re.M)
                assert int(loaded[1]) == len(metas), loaded[0]
                for query in QUERIES if is_new else SAME_IN_2:
                    for at in (self.begin + 4000, self.begin + HOURS * 1800, self.end - 5):
                        gateway.same(self.kvasir, server.api, "/query", query=query, time=at)
                    gateway.same(self.kvasir, server.api, "/query_range", query=query, start=self.begin, end=self.end, step=1800)
                for path, params in [("/labels", {}), ("/label/instance/values", {"match[]": "requests_total{job='j1'}"}),
                                     ("/series", {"match[]": "requests_total{job='j1'}"})]:
                    gateway.same(self.kvasir, server.api, path, start=self.begin, end=self.end, **params)


def check_dump(ours, theirs, samples):
    """The same floats; promtool 2 prints no histograms, and promtool 3 swallows the first of a series, or the first two."""
    def split(text):
        histograms = {line for line in text.splitlines() if re.search(r"\} \{count:", line)}
        return [line for line in tsdb.lines(text) if line not in histograms], histograms
    (our_floats, our_histograms), (their_floats, their_histograms) = split(ours), split(theirs)
    assert len(our_floats) + len(our_histograms) == samples, (len(our_floats), len(our_histograms), samples)
    assert our_floats == their_floats
    assert not their_histograms - our_histograms and our_histograms


def test_prometheus_answers_from_what_the_head_cut_and_the_compactor_made():
    with Blocks() as blocks:
        blocks.flush()
        cut = blocks.root / "kvasir/data/head/blocks/test"  # What the compactor does not touch.
        paths = sorted(m.parent for m in cut.glob("*/meta.json"))
        assert len(paths) >= HOURS // 2, paths
        blocks.check(blocks.copy("cut", paths))

        def settled():
            metas = list(blocks.metas().values())
            jobs = blocks.kvasir.get("/compactor/tenant/test/planned_jobs", headers={"Accept": "application/json"})
            return jobs.status == 200 and not jobs.json["jobs"] and max((m["compaction"]["level"] for m in metas), default=0) > 2
        wait_until(settled, 120, "blocks to be compacted")
        metas = blocks.metas()
        shards = {m["thanos"]["labels"].get("__compactor_shard_id__") for m in metas.values()}
        assert {"1_of_2", "2_of_2"} <= shards, shards
        assert len(metas) < 2 * HOURS // 2, "blocks were merged after they were split"
        blocks.check(blocks.copy("compacted", metas))


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
