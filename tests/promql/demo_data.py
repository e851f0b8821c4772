# SPDX-License-Identifier: Apache-2.0
"""What the PromLabs demo service would have exposed: three instances of job `demo`, scraped every 5 seconds. Invented here, always the
same, with resets, gaps and stale markers."""
import math
import random

from remote_write import STALE

SCRAPE_MS = 5_000
BOUNDS = [0.0001 * 1.5 ** i for i in range(25)]


def text(bound):
    return "+Inf" if math.isinf(bound) else repr(bound)


def counter(rng, n, rate, reset_every):
    """n values of a counter that grows by about `rate` a second and starts again now and then."""
    value, out = rng.uniform(0, 1000), []
    for _ in range(n):
        value = 0.0 if rng.random() < 1 / reset_every else value + rng.expovariate(1 / (rate * SCRAPE_MS / 1000))
        out.append(value)
    return out


def gauge(rng, n, level):
    value, out = level, []
    for _ in range(n):
        value = max(0.0, value + rng.gauss(0, level / 50))
        out.append(float(round(value)))
    return out


def histogram(rng, n):
    """{series suffix and le: n values} of a classic histogram."""
    counts, total, out = [0] * (len(BOUNDS) + 1), 0.0, {}
    for _ in range(n):
        for _ in range(rng.randrange(8)):
            seconds = rng.lognormvariate(-4, 1.5)
            total += seconds
            counts[next((i for i, bound in enumerate(BOUNDS) if seconds <= bound), len(BOUNDS))] += 1
        cumulative = 0
        for bound, count in zip(BOUNDS + [math.inf], counts):
            cumulative += count
            out.setdefault(("_bucket", text(bound)), []).append(float(cumulative))
        out.setdefault(("_count", None), []).append(float(cumulative))
        out.setdefault(("_sum", None), []).append(total)
    return out


def demo(start_ms, end_ms):
    """[(labels, [(t ms, value)])]"""
    series = []
    n = (end_ms - start_ms) // SCRAPE_MS
    for number in range(3):
        rng = random.Random(number)
        target = {"job": "demo", "instance": f"demo.promlabs.com:{10000 + number}"}
        # Scrapes of a target come at a time of its own, off the grid of the queries' steps.
        times = [start_ms + 1_237 + 1_600 * number + i * SCRAPE_MS for i in range(n)]

        def add(name, values, **labels):
            series.append((dict(target, __name__=name, **labels), list(zip(times, values))))
        for kind, level in (("used", 3e9), ("free", 1e9), ("cached", 2e9), ("buffers", 3e8)):
            add("demo_memory_usage_bytes", gauge(rng, n, level), type=kind)
        for mode, rate in (("user", 2.2), ("system", 0.7), ("idle", 1.1)):
            add("demo_cpu_usage_seconds_total", counter(rng, n, rate, 300), mode=mode)
        add("demo_num_cpus", [4.0] * n)
        add("demo_disk_usage_bytes", gauge(rng, n, 5e10))
        add("demo_disk_total_bytes", [2e11] * n)
        runs = [start_ms / 1000 - 60.0]
        for t in times[1:]:
            runs.append(t / 1000 if rng.random() < 0.05 else runs[-1])
        add("demo_batch_last_success_timestamp_seconds", runs)
        intermittent = []
        for t in times:
            if (t // 120_000 + number) % 2 == 0:
                intermittent.append((t, 1.0))
            elif intermittent and intermittent[-1][1] == 1.0:
                intermittent.append((t, STALE))
        series.append((dict(target, __name__="demo_intermittent_metric"), intermittent))
        for method, path, status in (("GET", "/api/foo", "200"), ("GET", "/api/bar", "500"), ("POST", "/api/foo", "200")):
            for (suffix, le), values in histogram(rng, n).items():
                labels = dict(method=method, path=path, status=status, **({"le": le} if le else {}))
                add("demo_api_request_duration_seconds" + suffix, values, **labels)
    return series
