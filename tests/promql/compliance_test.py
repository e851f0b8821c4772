#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The queries of the PromQL compliance tester, to a real Prometheus and to Kvasir, over the same data: every answer must be the same.

Beside values, labels and errors, warnings and infos are compared when the Prometheus is a 3.x. Skipped where there is no Prometheus or
no file of queries: $KVASIR_CONFORMANCE_DIR/promql-compliance (../shared/conformance beside the repository).

usage: compliance_test.py [--verbose]
"""
import os
import pathlib
import sys
import time

import answers
import compliance_queries
import demo_data
import remote_write
import servers
from servers import harness

START_MS = 1_700_000_000_000
MINUTE_MS = 60_000
# The range that is asked about, with an hour before it and the ten minutes behind it that negative offsets look at.
RANGE_MS = (START_MS + 80 * MINUTE_MS, START_MS + 90 * MINUTE_MS, 10_000)
END_MS = START_MS + 102 * MINUTE_MS

# What Prometheus 2.42 answers otherwise than 3.x, by the text of the query. Left-open ranges do not show, since no sample stands on
# the edge of a range here.
KNOWN_WITH_2 = {
    'label_replace(demo_num_cpus, "~invalid", "", "src", "(.*)")': "2.x takes no label names outside of [a-zA-Z0-9_]",
    'label_join(demo_num_cpus, "~invalid", "-", "instance")': "2.x takes no label names outside of [a-zA-Z0-9_]",
    "max_over_time((time() - max(demo_batch_last_success_timestamp_seconds) < 1000)[5m:10s] offset 5m)":
        "subqueries of 2.x are closed on the left, and their steps stand on the edge",
    "avg_over_time(rate(demo_cpu_usage_seconds_total[1m])[2m:10s])":
        "subqueries of 2.x are closed on the left, and their steps stand on the edge",
}


def queries():
    folder = pathlib.Path(os.environ.get("KVASIR_CONFORMANCE_DIR", harness.ROOT / "../shared/conformance"))
    path = folder / "promql-compliance/promql-test-queries.yml"
    return compliance_queries.expand(path.read_text()) if path.exists() else []


def compare(prometheus, kvasir, version, verbose):
    """[(query, what is different)]"""
    found, exact, failing = [], 0, 0
    for query, _ in queries():
        asked = [server.api.range(query, *RANGE_MS) for server in (prometheus, kvasir)]
        different = answers.differ(*asked, notes=lambda text: text if version >= (3,) else None)
        if version < (3,) and query in KNOWN_WITH_2:
            different = None if different else f"the same, although {KNOWN_WITH_2[query]}"
        failing += asked[0][1]["status"] == "error"
        exact += asked[0][1]["status"] == "success" and answers.exactly_equal(*asked)
        if different:
            found.append((query, different))
        if verbose:
            print(f"{'DIFFERENT' if different else 'same     '}  {query}")
    print(f"{exact} answers are the same to the last digit, {failing} queries fail on Prometheus")
    return found


def main():
    path, version = servers.find_prometheus()
    count = len(queries())
    if path is None or count == 0:
        print("skipped: " + ("no Prometheus" if path is None else "no file of queries"))
        return servers.SKIPPED
    began = time.monotonic()
    bodies = remote_write.requests(demo_data.demo(START_MS, END_MS))
    with servers.Prometheus(path) as prometheus, servers.Kvasir() as kvasir:
        servers.fill((prometheus, kvasir), bodies)
        found = compare(prometheus, kvasir, version, "--verbose" in sys.argv)
    for query, different in found:
        print(f"DIFFERENT  {query}\n           Prometheus and Kvasir: {different}")
    print(f"beside Prometheus {'.'.join(map(str, version))}, {time.monotonic() - began:.0f}s: "
          f"{count - len(found)} passed, {len(found)} failed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
