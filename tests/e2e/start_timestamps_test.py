#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Start timestamps from the sender to the query: Remote Write 2.0 and OTLP bring them, and rate() and its like know a restart by them that no
value shows. Read from memory, after a kill, from blocks, and over gRPC; and not at all where nobody asked for them."""
import json
import pathlib
import struct
import sys
import tempfile
import time

from harness import Kvasir, ROOT, field, http, run, snappy, varint

T = int(time.time()) // 60 * 60 - 1200
TENANT = "t"


def request(series):
    """A message of Remote Write 2.0 of {labels: [(seconds, value, start in seconds or 0), ...]}."""
    symbols = [""]

    def ref(text):
        if text not in symbols:
            symbols.append(text)
        return varint(symbols.index(text))
    body = b""
    for labels, samples in series:
        refs = b"".join(ref(k) + ref(v) for k, v in sorted(labels.items()))
        message = field(1, refs)
        for t, value, start in samples:
            message += field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(t * 1000)
                             + (b"\x18" + varint(start * 1000) if start else b""))
        body += field(5, message + field(5, b"\x08\x01"))  # A counter.
    return b"".join(field(4, s.encode()) for s in symbols) + body


def push(kvasir, series):
    reply = kvasir.push_raw(snappy(request(series)), TENANT, {
        "Content-Type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
        "X-Prometheus-Remote-Write-Version": "2.0.0"})
    assert reply.status in (200, 204), f"{reply.status} {reply.text}"


def config_with(name, folder, lines):
    """A shipped configuration with a line more for components of some types."""
    text = (ROOT / f"configs/{name}.toml").read_text()
    for kind, line in lines.items():
        assert f'type = "{kind}"\n' in text, f"{name} has no {kind}"
        text = text.replace(f'type = "{kind}"\n', f'type = "{kind}"\n{line}\n')
    path = pathlib.Path(folder) / f"{name}.toml"
    path.write_text(text)
    return path


STORED = {"head": 'enable_features = ["st-storage", "histograms-st-encoding"]'}
ASKED = {"engine.promql": 'enable_features = ["use-start-timestamps", "promql-experimental-functions"]'}

# A counter that restarts after its second sample and has counted more than before when it is seen again; a gauge beside it; one that is
# reset as the value shows as well.
COUNTER = {"__name__": "c_total", "job": "a"}
SERIES = [
    (COUNTER, [(T, 100, T - 500), (T + 60, 200, T - 500), (T + 120, 300, T + 90), (T + 180, 350, T + 90)]),
    ({"__name__": "g", "job": "a"}, [(T, 5, 0), (T + 60, 4, 0), (T + 120, 3, 0)]),
    ({"__name__": "plain_total", "job": "a"}, [(T, 100, 0), (T + 60, 200, 0), (T + 120, 20, 0)]),
]
AT = T + 180


def expect(kvasir, resets, start):
    assert kvasir.query("resets(c_total[10m])", AT, TENANT) == {'{job="a"}': resets}
    assert kvasir.query("resets(plain_total[10m])", AT, TENANT) == {'{job="a"}': "1"}
    assert kvasir.query("c_total", AT, TENANT) == {'{__name__="c_total",job="a"}': "350"}
    assert kvasir.query("start_timestamp(c_total)", AT, TENANT) == {'{job="a"}': start}
    assert kvasir.query("start_timestamp(g)", T + 120, TENANT) == {'{job="a"}': "0"}
    points = kvasir.query_range("resets(c_total[10m])", T, AT, 60, TENANT)[0]["values"]
    assert [v for _, v in points] == ["0", "0", resets, resets], points
    if resets == "1":
        # 100 up to the restart, then all that it counted since. Nothing is extrapolated to before a start in the window.
        (increase,) = kvasir.query("increase(c_total[150s])", AT, TENANT).values()
        assert float(increase) > 400, increase


def test_one_process():
    with tempfile.TemporaryDirectory() as folder:
        with Kvasir(config_with("all-in-one", folder, {**STORED, **ASKED})) as kvasir:
            push(kvasir, SERIES)
            expect(kvasir, "1", str(T + 90))
            kvasir.kill()
            kvasir.start()
            expect(kvasir, "1", str(T + 90))
            # The open chunk goes on.
            push(kvasir, [(COUNTER, [(T + 240, 400, T + 90)])])
            assert kvasir.query("start_timestamp(c_total)", T + 240, TENANT) == {'{job="a"}': str(T + 90)}
            reply = http(kvasir.url(f"/ingester/flush?tenant={TENANT}&wait=true"), "POST", b"")
            assert reply.status in (200, 204), f"{reply.status} {reply.text}"
            blocks = list((kvasir.folder / "data/head/blocks" / TENANT).glob("*/meta.json"))
            assert blocks, "nothing became a block"
            expect(kvasir, "1", str(T + 90))


def test_otlp_brings_them_too():
    with tempfile.TemporaryDirectory() as folder:
        with Kvasir(config_with("all-in-one", folder, {**STORED, **ASKED})) as kvasir:
            point = {"startTimeUnixNano": str((T - 30) * 10**9), "timeUnixNano": str(T * 10**9), "asDouble": 7}
            body = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [
                {"name": "o", "sum": {"isMonotonic": True, "aggregationTemporality": 2, "dataPoints": [point]}}]}]}]}
            reply = http(kvasir.url("/otlp/v1/metrics"), "POST", json.dumps(body).encode(),
                         {"Content-Type": "application/json", "X-Scope-OrgID": TENANT})
            assert reply.status == 200, f"{reply.status} {reply.text}"
            assert list(kvasir.query("start_timestamp(o)", T, TENANT).values()) == [str(T - 30)]


def test_roles_pass_them_on():
    with tempfile.TemporaryDirectory() as folder:
        with Kvasir(config_with("ingester", folder, STORED)) as ingester:
            env = {"KVASIR_INGESTER_ADDRS": f"127.0.0.1:{ingester.grpc_port}"}
            with Kvasir("distributor", env=env) as distributor, Kvasir(config_with("querier", folder, ASKED), env=env) as querier:
                push(distributor, SERIES)
                expect(querier, "1", str(T + 90))


def test_without_the_feature_nothing_is_stored():
    with tempfile.TemporaryDirectory() as folder:
        with Kvasir(config_with("all-in-one", folder, ASKED)) as kvasir:
            push(kvasir, SERIES)
            expect(kvasir, "0", "0")


if __name__ == "__main__":
    run(sys.modules["__main__"])
