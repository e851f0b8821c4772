# SPDX-License-Identifier: Apache-2.0
"""Remote Write 1.0 with native histograms, by hand. Floats and the frame around them are those of the end-to-end tests."""
import dataclasses
import itertools
import struct

from servers import harness
from harness import field, varint

STALE = harness.STALE
CUSTOM = -53  # The schema of custom buckets.


@dataclasses.dataclass
class Histogram:
    """A native histogram: bucket populations by index, empty ones left out. Whole numbers unless `is_float`."""
    schema: int = 0
    zero_threshold: float = 0.0
    zero_count: float = 0
    sum: float = 0.0
    positive: dict = dataclasses.field(default_factory=dict)
    negative: dict = dataclasses.field(default_factory=dict)
    bounds: tuple = ()
    is_float: bool = False
    gauge: bool = False

    @property
    def count(self):
        return self.zero_count + sum(self.positive.values()) + sum(self.negative.values())


def zigzag(n):
    return varint(n << 1 ^ n >> 63)


def tag(number, wire):
    return varint(number << 3 | wire)


def double(number, value):
    return tag(number, 1) + struct.pack("<d", value)


def unsigned(number, value):
    return tag(number, 0) + varint(int(value))


def spans(number, buckets):
    """Runs of neighbouring indexes as (gap, length)."""
    out, run_start, previous = b"", None, 0
    runs = []
    for index in sorted(buckets):
        if runs and runs[-1][0] + runs[-1][1] == index:
            runs[-1][1] += 1
        else:
            runs.append([index, 1])
    for start, length in runs:
        out += field(number, tag(1, 0) + zigzag(start - previous) + unsigned(2, length))
        previous = start + length
    return out


def populations(buckets, deltas_field, counts_field, is_float):
    values = [buckets[i] for i in sorted(buckets)]
    if not values:
        return b""
    if is_float:
        return field(counts_field, b"".join(struct.pack("<d", v) for v in values))
    return field(deltas_field, b"".join(zigzag(int(v - before)) for v, before in zip(values, [0] + values)))


def histogram(t, h):
    out = double(2, h.count) if h.is_float else unsigned(1, h.count)
    out += double(3, h.sum) + tag(4, 0) + zigzag(h.schema) + double(5, h.zero_threshold)
    out += double(7, h.zero_count) if h.is_float else unsigned(6, h.zero_count)
    out += spans(8, h.negative) + populations(h.negative, 9, 10, h.is_float)
    out += spans(11, h.positive) + populations(h.positive, 12, 13, h.is_float)
    out += unsigned(14, 3 if h.gauge else 0) + tag(15, 0) + varint(t)
    if h.bounds:
        out += field(16, b"".join(struct.pack("<d", v) for v in h.bounds))
    return field(4, out)


def time_series(labels, samples):
    native = isinstance(samples[0][1], Histogram)
    write = histogram if native else harness.sample
    return field(1, b"".join(harness.label(k, v) for k, v in sorted(labels.items())) + b"".join(write(t, v) for t, v in samples))


def runs(samples):
    """Cut where floats, histograms and stale markers take turns. (A marker becomes a float or a histogram, as the sample before it was,
    which Prometheus looks up before it has stored any sample of the same request.)"""
    def kind(sample):
        return "histogram" if isinstance(sample[1], Histogram) else "stale" if is_stale(sample[1]) else "float"
    return [list(run) for _, run in itertools.groupby(samples, key=kind)]


def is_stale(value):
    return struct.pack("<d", value) == struct.pack("<d", STALE)


def requests(series, slice_ms=1_200_000, samples_a_request=20_000):
    """[(labels, [(t ms, float or Histogram)])] as bodies of requests, before compression. One slice of time after the other, because
    servers refuse what is an hour older than the newest they have seen of anything, and one kind of sample after the other."""
    times = [samples[i][0] for _, samples in series for i in (0, -1)]
    out = []
    for begin in range(min(times), max(times) + 1, slice_ms):
        cut = [(labels, runs([(t, v) for t, v in samples if begin <= t < begin + slice_ms])) for labels, samples in series]
        for turn in range(max(len(parts) for _, parts in cut)):
            body, size = b"", 0
            for labels, parts in cut:
                if turn < len(parts):
                    body += time_series(labels, parts[turn])
                    size += len(parts[turn])
                if size >= samples_a_request:
                    out.append(body)
                    body, size = b"", 0
            if body:
                out.append(body)
    return out
