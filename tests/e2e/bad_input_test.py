#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whatever comes in: a clear answer with the right code and id, the valid part stored, and nothing crashes."""
import gzip
import math
import sys
import time

import harness
from harness import Kvasir, field, label, sample, snappy, varint, write_request

NOW = int(time.time() * 1000)
GOOD = ({"__name__": "good", "job": "a"}, [(NOW, 1.0)])


def raw_series(labels, samples):
    """A request of one series whose labels stand just so."""
    return field(1, b"".join(label(k, v) for k, v in labels) + b"".join(sample(t, v) for t, v in samples))


def test_broken_bodies_are_refused_and_the_server_lives():
    with Kvasir() as kvasir:
        cases = {
            "no snappy at all": b"\xff\xff\xff\xff\xff\xff",
            "snappy that ends early": snappy(write_request([GOOD]))[:-5],
            "a length that lies": varint(1 << 40) + b"\x00",
            "no protobuf": snappy(b"\x0a\xff\xff\xff\xff\x0f"),
            "a truncated message": snappy(write_request([GOOD])[:-3]),
            "an empty snappy body": b"",
        }
        for what, body in cases.items():
            reply = kvasir.push_raw(body)
            assert reply.status == 400, f"{what}: {reply.status} {reply.text}"
            assert reply.text.strip(), f"{what}: an error without a word"
        assert kvasir.push_raw(snappy(b"")).status == 200, "an empty request is no error"
        # The protocol asks for 415, so that a sender falls back to a message we know; Mimir answers 400.
        unknown = kvasir.push_raw(snappy(write_request([GOOD])), headers={"Content-Type": "application/x-protobuf;proto=cow"})
        assert unknown.status == 415 and "cow" in unknown.text, unknown.text
        assert kvasir.push_raw(snappy(write_request([GOOD])), headers={"Content-Encoding": "br"}).status == 415
        assert kvasir.push([GOOD]).status == 200


def test_bombs_and_giants_are_refused_cheaply():
    with Kvasir() as kvasir:
        bomb = varint(3 << 30) + b"\x00\x41" + (b"\xfe\x01\x00" * 1000)  # Declares 3 GiB.
        reply = kvasir.push_raw(bomb)
        assert reply.status in (400, 413), reply.text
        reply = kvasir.push_raw(gzip.compress(b"\0" * (600 << 20), 1), headers={"Content-Encoding": "gzip"})
        assert reply.status in (400, 413, 415), reply.text
        rss = int(next(l for l in open(f"/proc/{kvasir.process.pid}/status") if l.startswith("VmRSS")).split()[1])
        assert rss < 600 << 10, f"{rss} KiB resident after two bombs"
        assert kvasir.push([GOOD]).status == 200


def test_tenants_are_named_or_refused():
    with Kvasir() as kvasir:
        body = snappy(write_request([GOOD]))
        reply = kvasir.push_raw(body, tenant=None)
        assert reply.status == 401 and "no org id" in reply.text, reply.text
        for bad in ("a/b", "..", ".", "a b", "x" * 151, "__mimir_cluster"):
            assert kvasir.push_raw(body, tenant=bad).status in (400, 401, 422), bad
        assert kvasir.push_raw(body, tenant="a|b").status in (400, 401, 422)
        assert kvasir.push_raw(body, tenant="ok-1_.*'()!").status == 200


def test_bad_labels_name_their_series_and_the_rest_is_stored():
    long_name, long_value = "n" * 1025, "v" * 2049
    many = [("__name__", "m")] + [(f"l{i:03}", "v") for i in range(130)]
    cases = [
        ([("__name__", "m"), ("b", "1"), ("a", "2"), ("a", "3")], "err-mimir-duplicate-label-name"),
        ([("__name__", "m"), ("a", "1"), ("a", "2")], "err-mimir-duplicate-label-name"),
        ([("__name__", "m"), (long_name, "1")], "err-mimir-label-name-too-long"),
        ([("__name__", "m"), ("a", long_value)], "err-mimir-label-value-too-long"),
        ([("a", "1")], "err-mimir-missing-metric-name"),
        ([("__name__", "m"), ("a", b"\xff\xfe")], "err-mimir-label-value-invalid"),
        ([("__name__", b"\xff\xfe"), ("a", "b")], "err-mimir-metric-name-invalid"),
        ([("__name__", "m"), ("", "b")], "err-mimir-label-invalid"),
        (many, "err-mimir-max-label-names-per-series"),
    ]
    with Kvasir() as kvasir:
        for n, (labels, error) in enumerate(cases):
            good = ({"__name__": "good", "case": str(n)}, [(NOW, n)])
            body = raw_series(labels, [(NOW, 1.0)]) + write_request([good])
            reply = kvasir.push_raw(snappy(body))
            assert reply.status == 400, f"{error}: {reply.status} {reply.text}"
            assert error in reply.text, f"wanted {error}, got {reply.text}"
        stored = kvasir.query("good", NOW / 1000)
        assert len(stored) == len(cases), stored
        metrics = kvasir.get("/metrics", None).text
        assert 'cortex_discarded_samples_total{' in metrics and 'user="test"' in metrics


def test_samples_out_of_time_are_told_apart():
    with Kvasir() as kvasir:
        series = {"__name__": "s"}
        assert kvasir.push([(series, [(NOW, 1)])]).status == 200
        assert kvasir.push([(series, [(NOW, 1)])]).status == 200, "an exact repetition is no error"
        for samples, error in [([(NOW, 2)], "err-mimir-sample-duplicate-timestamp"),
                               ([(NOW - 5000, 1)], "err-mimir-sample-out-of-order"),
                               ([(NOW + 3600_000, 1)], "err-mimir-too-far-in-future")]:
            reply = kvasir.push([(series, samples), ({"__name__": "beside", "e": error}, [(NOW, 1)])])
            assert reply.status == 400 and error in reply.text, f"wanted {error}, got {reply.status} {reply.text}"
        assert len(kvasir.query("beside", NOW / 1000)) == 3
        assert kvasir.query("s", NOW / 1000) == {'{__name__="s"}': "1"}


def test_strange_but_valid_is_stored_as_it_is():
    with Kvasir() as kvasir:
        values = {"nan": math.nan, "inf": math.inf, "ninf": -math.inf, "zero": -0.0, "tiny": 5e-324, "big": 1.7976931348623157e308}
        assert kvasir.push([({"__name__": "odd", "v": k}, [(NOW, v)]) for k, v in values.items()]).status == 200
        got = {k.split('v="')[1][:-2]: v for k, v in kvasir.query("odd", NOW / 1000).items()}
        assert got == {"nan": "NaN", "inf": "+Inf", "ninf": "-Inf", "zero": "-0", "tiny": "5e-324", "big": "1.7976931348623157e+308"}, got
        assert kvasir.push([({"__name__": "odd", "v": "text", "t": "ü€😀\n\"\\"}, [(NOW, 1)])]).status == 200
        assert kvasir.query('odd{t="ü€😀\\n\\"\\\\"}', NOW / 1000)
        # A stale marker ends the series.
        assert kvasir.push([({"__name__": "gone"}, [(NOW - 1000, 1), (NOW, harness.STALE)])]).status == 200
        assert kvasir.query("gone", NOW / 1000 - 0.5) and not kvasir.query("gone", NOW / 1000)


def test_bad_queries_say_where_and_why():
    with Kvasir() as kvasir:
        api = "/prometheus/api/v1"
        for query, kind in [("sum(", "parse error"), ("rate(up)", "expected type range vector"), ("up[5m", "parse error"),
                            ("foo{a=~'('}", "error parsing regexp"), ("", "no expression found in input"),
                            ("(" * 5000, ""), ("a + " * 20000 + "a", "")]:
            reply = kvasir.get(api + "/query", query=query, time=1) if len(query) < 2000 else harness.http(
                kvasir.url(api + "/query"), "POST", ("time=1&query=" + query.replace("+", "%2B")).encode(),
                {"X-Scope-OrgID": "test", "Content-Type": "application/x-www-form-urlencoded"})
            if kind or "(((" in query:
                assert reply.status == 400 and reply.json["errorType"] == "bad_data", f"{query[:40]}: {reply.status} {reply.text[:200]}"
            assert kind in reply.text, f"{query[:40]}: {reply.text[:200]}"
        assert kvasir.get(api + "/query", query="1 + 1", time=1).json["data"]["result"][1] == "2"
        assert kvasir.get("/nowhere").status == 404
        assert harness.http(kvasir.url(api + "/labels"), "DELETE", headers={"X-Scope-OrgID": "test"}).status == 405


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
