#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a query on cold data reads from a bucket: GETs and bytes of one block that promtool made, by whether the header of its index is
known. KVASIR_BUILD names the build folder.

usage: cold_query.py [--metrics 10] [--series 500] [--samples 120]
"""
import argparse
import pathlib
import re
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE.parent / "tsdb"), str(HERE.parent / "promql")]
import blocks_test as tsdb  # noqa: E402
from harness import Kvasir  # noqa: E402

BEGIN = 1_700_006_400  # A full two hours.


def openmetrics(path, args):
    with open(path, "w") as out:
        for metric in range(args.metrics):
            out.write(f"# TYPE metric_{metric:02} gauge\n")
            for series in range(args.series):
                labels = f'cluster="c{series % 3}",namespace="ns-{series % 20}",pod="app-{series % 50}-{series:05}-{metric}",job="node",instance="10.0.{series // 250}.{series % 250}:9100"'
                for i in range(args.samples):
                    out.write(f"metric_{metric:02}{{{labels}}} {(series * 7919 + i * (metric + 1)) % 104729 / 8} {BEGIN + i * 60}\n")
        out.write("# EOF\n")


def counters(kvasir):
    text = kvasir.get("/metrics", tenant=None).text
    value = lambda name: float((re.search(rf"^{re.escape(name)} (\S+)$", text, re.M) or [0, 0])[1])
    size = lambda kind: sum(map(float, re.findall(rf"^cortex_bucket_store_series_data_size_fetched_bytes_sum\{{data_type=\"{kind}\"[^}}]*\}} (\S+)$", text, re.M)))
    return [value("kvs_source_blocks_gets_per_block_sum")] + [size("header"), size("postings") + size("series"), size("chunks")]


def main():
    parser = argparse.ArgumentParser()
    for name, default in (("metrics", 10), ("series", 500), ("samples", 120)):
        parser.add_argument("--" + name, type=int, default=default)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kvasir-cold-") as temp:
        root = pathlib.Path(temp)
        openmetrics(root / "in.om", args)
        bucket = root / "kvasir/data/bucket/test"
        bucket.mkdir(parents=True)
        programs = tsdb.prometheis()[-1]
        tsdb.run(programs / "promtool", "tsdb", "create-blocks-from", "openmetrics", root / "in.om", bucket)
        blocks = [b for b in bucket.iterdir() if (b / "meta.json").exists()]
        index = sum((b / "index").stat().st_size for b in blocks)
        chunks = sum(f.stat().st_size for b in blocks for f in (b / "chunks").iterdir())
        print(f"{len(blocks)} block(s), {args.metrics * args.series} series, index {index} bytes, chunks {chunks} bytes")
        print(f"{'query':60} {'state':15} {'GETs':>5} {'header':>10} {'index':>10} {'chunks':>10} {'ms':>6}")
        end = BEGIN + args.samples * 60
        for query in ("sum(rate(metric_03[5m]))", "sum by (namespace) (rate(metric_03{namespace=~'ns-1.*'}[5m]))",
                      "metric_03{pod='app-7-00007-3'}", "count({__name__=~'.+'})"):
            with Kvasir(folder=root / "kvasir") as kvasir:
                kvasir.query("absent(x)", end + 86400 * 100)
                before = counters(kvasir)
                for state in ("nothing known", "header known"):
                    began = time.monotonic()
                    result = kvasir.query_range(query, BEGIN, end, 60)
                    ms = 1000 * (time.monotonic() - began)
                    assert result, query
                    after = counters(kvasir)
                    gets, *sizes = (a - b for a, b in zip(after, before))
                    print(f"{query:60} {state:15} {gets / len(blocks):5.1f} " + " ".join(f"{s:10.0f}" for s in sizes) + f" {ms:6.0f}")
                    before = after
                kvasir.stop()
                saved = root / "bucket"
                (root / "kvasir/data/bucket").rename(saved)
            (root / "kvasir/data").mkdir(parents=True)
            saved.rename(root / "kvasir/data/bucket")


if __name__ == "__main__":
    main()
