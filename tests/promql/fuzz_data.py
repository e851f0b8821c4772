# SPDX-License-Identifier: Apache-2.0
"""Random series for the differential fuzzer: whatever occurs in practice, and what should not.

Values are multiples of 1/8 in a small range wherever series are added up, so that sums are exact and do not depend on their order.
"""
import math

from remote_write import CUSTOM, STALE, Histogram

START_MS = 1_700_000_000_000 - 1_700_000_000_000 % 60_000
STEP_MS = 15_000
POINTS = 200
LAST_MS = START_MS + (POINTS - 1) * STEP_MS

JOBS, INSTANCES = ("api", "db"), ("0", "1", "2")
# Of all native histograms with custom buckets, which are those of metric hc: Prometheus 3.5 does not bring different ones together, and takes those with negative
# bounds for exponential ones in histogram_fraction.
BOUNDS = (0.25, 0.5, 1.0, 2.0, 10.0)


def counter(rng, whole):
    """A value that grows, stands still, and now and then starts again."""
    value, speed = rng.randrange(100_000) / 8, rng.choice((1, 8, 1000))
    resets, still = rng.choice((0, 0.02, 0.1)), rng.choice((0, 0.3))
    while True:
        yield float(int(value)) if whole else value
        if rng.random() < resets:
            value = rng.choice((0, 0, rng.randrange(80) / 8))
        elif rng.random() >= still:
            value += rng.randrange(1, 80) / 8 * speed


def gauge(rng):
    """A random walk."""
    value, width = rng.randrange(-8000, 8000) / 8, rng.choice((8, 800))
    while True:
        yield value
        value += rng.randrange(-width, width + 1) / 8


def unique(rng):
    """Values that no two samples share, so that nothing ties."""
    while True:
        yield rng.uniform(-1000, 1000)


def small(rng):
    """Few different values, some of them no numbers."""
    odd = rng.choice((0, 0, 0.1))
    while True:
        if rng.random() < odd:
            yield rng.choice((math.nan, math.inf, -math.inf, 0.0, -0.0, 1e-300, 1e300))
        else:
            yield float(rng.randrange(-2, 5))


def layout(rng, custom):
    """Schema, zero threshold and bounds that a histogram series has for a while."""
    if custom:
        return {"schema": CUSTOM, "bounds": BOUNDS}
    # Bounds in every schema: where a zero bucket ends inside a bucket of a coarser schema, Prometheus counts twice what lies between.
    return {"schema": rng.choice((-2, 0, 0, 1, 3, 5)), "zero_threshold": rng.choice((0.0, 2.0 ** -12, 2.0 ** -8, 0.0625, 1.0))}


def observe(rng, h, times, step, signed):
    """A histogram with further observations."""
    positive, negative, zero, total = dict(h.positive), dict(h.negative), h.zero_count, h.sum
    for _ in range(times):
        if h.schema == CUSTOM:
            i = rng.randrange(len(h.bounds) + 1)
            positive[i] = positive.get(i, 0) + step()
            total += rng.randrange(80) / 8
            continue
        side, n = rng.random(), step()
        if side < 0.15:
            zero += n
        else:
            buckets = negative if signed and side < 0.35 else positive
            # Not below the zero bucket.
            lowest = -4 if h.zero_threshold == 0 else math.ceil(math.log2(h.zero_threshold) * 2.0 ** h.schema) + 1
            i = lowest + rng.randrange(8)
            buckets[i] = buckets.get(i, 0) + n
            total += (-1 if buckets is negative else 1) * rng.randrange(80) / 8
    return Histogram(h.schema, h.zero_threshold, zero, total, positive, negative, h.bounds, h.is_float, h.gauge)


def histograms(rng, is_float, is_gauge, custom):
    """A native histogram that is counted up, reset, and changes its layout."""
    unit = 0.125 if is_float else 1
    # What a zero bucket means depends on whether there are negative ones, and in Prometheus empty ones count, which its chunks make.
    signed = rng.random() < 0.5
    resets, changes = rng.choice((0, 0.05)), rng.choice((0, 0, 0.02))
    size = 4000

    def begin(**shape):
        """Many observations at once, fewer each time: Prometheus 3.5 takes no account of where a histogram may have been zero."""
        nonlocal size
        size = max(size * 4 // 5, 400)
        h = Histogram(**shape, is_float=is_float, gauge=is_gauge)
        if signed and not custom:
            h.negative[9] = h.positive[9] = 1
        return observe(rng, h, 10, lambda: size, signed)
    h = begin(**layout(rng, custom))
    while True:
        yield h
        if rng.random() < changes:
            h = begin(**layout(rng, custom))
        elif rng.random() < resets or is_gauge and rng.random() < 0.5:
            h = begin(schema=h.schema, zero_threshold=h.zero_threshold, bounds=h.bounds)
        h = observe(rng, h, rng.randrange(4), lambda: rng.randrange(1, 21) * unit, signed)


def mixed(rng):
    """Floats for a while, then histograms, and back."""
    floats, natives = counter(rng, False), histograms(rng, rng.random() < 0.5, False, False)
    while True:
        source = rng.choice((floats, natives))
        for _ in range(rng.randrange(1, 30)):
            yield next(source)


def place(rng, values, first=0, last=POINTS):
    """Values at the times of scrapes: late ones, missing ones, and series that end."""
    missing = rng.choice((0, 0, 0.1, 0.5))
    jitter = rng.choice((0, 0, 1, 3_000))
    out, i = [], first
    while i < last:
        if rng.random() < 0.01 and rng.random() < 0.7:
            gap = rng.randrange(1, 40)
            if out:
                out.append((START_MS + i * STEP_MS, STALE))
            i += gap
            continue
        value = next(values)
        if rng.random() >= missing:
            out.append((START_MS + i * STEP_MS + rng.randrange(jitter + 1), value))
        i += 1
    return out


def classic(rng, labels, first, last):
    """The series of one classic histogram; sometimes its counts fall from one bound to the next, or a bound is missing."""
    bounds = sorted(rng.sample((-1.0, 0.0, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0), rng.randrange(1, 6))) + [math.inf]
    if rng.random() < 0.15:
        bounds.pop()
    sources = [counter(rng, True) for _ in bounds]
    rows = [[] for _ in bounds]
    for _ in range(first, last):
        total = 0.0
        for row, source in zip(rows, sources):
            total += next(source)
            row.append(total)
    broken = rng.random() < 0.15
    out = []
    for bound, row in zip(bounds, rows):
        if broken:
            row = [v + rng.randrange(-50, 50) for v in row]
        le = "+Inf" if math.isinf(bound) else f"{bound:g}"
        samples = [(START_MS + (first + i) * STEP_MS, v) for i, v in enumerate(row)]
        out.append((dict(labels, __name__="lat_bucket", le=le), samples))
    out.append((dict(labels, __name__="lat_count"), out[-1][1]))
    out.append((dict(labels, __name__="lat_sum"), place(rng, counter(rng, False), first, last)))
    return out


def dataset(rng):
    """[(labels, [(t ms, value)])]; what each metric is stands in fuzz_queries.METRICS."""
    out = []
    for job in JOBS:
        for instance in INSTANCES:
            target = {"job": job, "instance": instance}
            first = rng.choice((0, 0, 0, rng.randrange(POINTS // 2)))
            last = rng.choice((POINTS, POINTS, rng.randrange(first + 1, POINTS + 1)))

            def add(name, values, **labels):
                if rng.random() < 0.9:
                    out.append((dict(target, __name__=name, **labels), place(rng, values, first, last)))
            add("c_total", counter(rng, False))
            add("g", gauge(rng))
            add("u", unique(rng))
            for path in ("/", "/x", "/y")[:rng.randrange(1, 4)]:
                add("r_total", counter(rng, True), path=path)
            add("n", small(rng), **({"zone": rng.choice("ab")} if rng.random() < 0.5 else {}))
            add("h", histograms(rng, False, False, False))
            add("hf", histograms(rng, True, False, False))
            add("hg", histograms(rng, rng.random() < 0.5, True, False))
            add("hc", histograms(rng, rng.random() < 0.5, False, True))
            add("m", mixed(rng))
            add("target_info", (1.0 for _ in iter(int, 1)), version=rng.choice(("1", "2")))
            add("with.dot", gauge(rng), **{"dotted.label": rng.choice("xy")})
            if rng.random() < 0.7:
                out += classic(rng, target, first, last)
    return [(labels, samples) for labels, samples in out if samples]
