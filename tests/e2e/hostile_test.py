#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clients that mean no good: whatever they do, the server answers others, and hands nothing of one client to another.

The latencies are those of an ordinary client of the same machine, quiet and under each kind of trouble; the bound is generous, since
machines that run tests are busy. `--figures` prints them for docs/performance.md.
"""
import gzip
import http.client
import resource
import socket
import statistics
import sys
import threading
import time
import zlib

import harness
from harness import Kvasir, run, varint

ROUNDS = 300
FIGURES = "--figures" in sys.argv
if FIGURES:
    sys.argv.remove("--figures")

server = None


def kvasir():
    global server
    if server is None:
        server = Kvasir()
    return server


def connect(timeout=10):
    s = socket.create_connection(("127.0.0.1", kvasir().port), timeout=timeout)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def talk(data, timeout=10):
    """Everything that comes back until the server closes, or is silent for `timeout`."""
    with connect(timeout) as s:
        out = b""
        try:
            s.sendall(data)
            while True:
                piece = s.recv(65536)
                if not piece:
                    break
                out += piece
        except (socket.timeout, ConnectionError):
            pass
        return out


def statuses(answer):
    """The status codes of every answer in a stream of bytes."""
    return [int(line.split()[1]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


def p99_ms(rounds=ROUNDS):
    """Of an ordinary client: a query on a connection that is kept, and every tenth on a new one."""
    times = []
    connection = None
    for i in range(rounds):
        if i % 10 == 0 or connection is None:
            if connection is not None:
                connection.close()
            connection = http.client.HTTPConnection("127.0.0.1", kvasir().port, timeout=30)
        began = time.perf_counter()
        try:
            connection.request("GET", "/prometheus/api/v1/query?query=vector(1)", headers={"X-Scope-OrgID": "test"})
            reply = connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):
            connection.close()  # A kept connection may be closed to make room: an ordinary client tries again.
            connection = http.client.HTTPConnection("127.0.0.1", kvasir().port, timeout=30)
            connection.request("GET", "/prometheus/api/v1/query?query=vector(1)", headers={"X-Scope-OrgID": "test"})
            reply = connection.getresponse()
        body = reply.read()
        times.append((time.perf_counter() - began) * 1000)
        assert reply.status == 200, (reply.status, body[:200])
    connection.close()
    return statistics.quantiles(times, n=100)[98]


class Trouble:
    """Runs something again and again in threads, as long as it is entered."""

    def __init__(self, what, threads=4):
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.loop, args=(what,), daemon=True) for _ in range(threads)]

    def loop(self, what):
        while not self.stop.is_set():
            try:
                what(self.stop)
            except OSError:
                pass
            self.stop.wait(0.01)

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for t in self.threads:
            t.join()


def others_are_answered(name, trouble):
    """Compares quiet and troubled; the better of three, for the machine has other things to do."""
    best = None
    for _ in range(3):
        quiet = p99_ms()
        with Trouble(*trouble):
            time.sleep(0.5)
            troubled = p99_ms()
        ratio = troubled / quiet
        if best is None or ratio < best[0]:
            best = (ratio, quiet, troubled)
        if ratio < 2:
            break
    ratio, quiet, troubled = best
    if FIGURES:
        print(f"      {name}: p99 {quiet:.2f} ms quiet, {troubled:.2f} ms in trouble, {ratio:.2f}x")
    assert ratio < 2 or troubled < quiet + 50, f"{name}: p99 went from {quiet:.1f} to {troubled:.1f} ms"


# ---- Requests that two parsers could understand differently ------------------------------------------------------------

def test_smuggling_forms_are_refused():
    inner = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    head = b"POST /api/v1/push HTTP/1.1\r\nHost: x\r\nX-Scope-OrgID: t\r\n"
    forms = {
        "both lengths": head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
        "both, turned": head + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + inner,
        "two lengths": head + b"Content-Length: 0\r\nContent-Length: 36\r\n\r\n" + inner,
        "list of lengths": head + b"Content-Length: 0, 36\r\n\r\n" + inner,
        "signed length": head + b"Content-Length: +0\r\n\r\n" + inner,
        "hexadecimal length": head + b"Content-Length: 0x0\r\n\r\n" + inner,
        "negative length": head + b"Content-Length: -1\r\n\r\n" + inner,
        "length too large for any number": head + b"Content-Length: 99999999999999999999999\r\n\r\n" + inner,
        "space before the colon": head + b"Content-Length : 36\r\n\r\n" + inner,
        "chunked, then something": head + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + inner,
        "two codings": head + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + inner,
        "unknown coding": head + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + inner,
        "tab in the coding": head + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + inner,
        "folded header": head + b"X: a\r\n Content-Length: 36\r\n\r\n" + inner,
        "bare line feeds": b"POST /api/v1/push HTTP/1.1\nHost: x\nContent-Length: 36\n\n" + inner,
        "bare carriage return": head + b"X: a\rContent-Length: 36\r\n\r\n" + inner,
        "zero byte in a header": head + b"X: a\x00b\r\nContent-Length: 0\r\n\r\n" + inner,
        "no name": head + b": a\r\n\r\n" + inner,
        "broken chunk size": head + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n" + inner,
        "chunk too short": head + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcde\r\n0\r\n\r\n" + inner,
        "chunk size too large": head + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + inner,
        "no version": b"GET /smuggled\r\n\r\n" + inner,
        "other version": b"GET / HTTP/2.0\r\nHost: x\r\n\r\n" + inner,
        "two spaces": b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n" + inner,
        "two hosts": b"GET /ready HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + inner,
        "no host": b"GET /ready HTTP/1.1\r\n\r\n" + inner,
    }
    wrong = []
    for name, data in forms.items():
        codes = statuses(talk(data, timeout=3))
        # One refusal at most, and nothing for what stood behind it.
        if len(codes) > 1 or any(c < 400 for c in codes):
            wrong.append(f"{name}: {codes}")
    assert not wrong, wrong


def test_what_is_well_formed_is_not():
    """So that the test above does not pass because everything is refused."""
    data = (b"POST /api/v1/push HTTP/1.1\r\nHost: x\r\nX-Scope-OrgID: t\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\x00\r\n0\r\n\r\n"
            b"GET /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    codes = statuses(talk(data))
    assert len(codes) == 2 and codes[1] == 200, codes


def test_paths_do_not_climb():
    for path in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/.%00/x", "/%ff%fe", "/%", "/%zz", "*", "http://"):
        codes = statuses(talk(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()))
        assert len(codes) <= 1 and all(400 <= c < 500 for c in codes), (path, codes)


# ---- Too large, too long ---------------------------------------------------------------------------------------------------

def test_oversized_headers_are_refused():
    big = b"GET /ready HTTP/1.1\r\nHost: x\r\nX: " + b"a" * (1 << 20) + b"\r\n\r\n"
    assert statuses(talk(big)) in ([431], []), "a long header"
    many = b"GET /ready HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: a\r\n" % i for i in range(50000)) + b"\r\n"
    assert statuses(talk(many)) in ([431], []), "many headers"
    line = b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    assert statuses(talk(line)) in ([431], [414], []), "a long line"
    assert kvasir().get("/ready", tenant=None).status == 200


def resident_mib():
    for line in open(f"/proc/{kvasir().process.pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024


def test_decompression_bombs_take_no_memory():
    before = resident_mib()
    zeros = bytes(128 << 20)  # The limit is 100 MiB.
    bombs = {
        "gzip": gzip.compress(zeros, 1),
        "deflate": zlib.compress(zeros, 1),
        # Says of itself that it is 4 GiB.
        "snappy": varint(0xFFFFFFFF) + b"\x00a",
    }
    for encoding, body in bombs.items():
        for path in ("/api/v1/push", "/prometheus/api/v1/query"):
            reply = harness.http(kvasir().url(path), "POST", body, {"Content-Encoding": encoding, "X-Scope-OrgID": "test",
                                                                    "Content-Type": "application/x-protobuf"})
            assert 400 <= reply.status < 500, (encoding, path, reply.status, reply.text[:200])
    assert resident_mib() < before + 256, f"memory went from {before:.0f} to {resident_mib():.0f} MiB"


def test_a_length_that_is_not_meant_takes_no_memory():
    """Fifty clients announce the most there may be, and send nothing."""
    before = resident_mib()
    clients = []
    for _ in range(50):
        s = connect()
        s.sendall(b"POST /api/v1/push HTTP/1.1\r\nHost: x\r\nX-Scope-OrgID: t\r\nContent-Length: 100000000\r\n\r\n")
        clients.append(s)
    time.sleep(0.5)
    after = resident_mib()
    for s in clients:
        s.close()
    assert after < before + 128, f"memory went from {before:.0f} to {after:.0f} MiB"


# ---- Slow, silent, many ------------------------------------------------------------------------------------------------------

def slow_header(stop):
    with connect() as s:
        s.sendall(b"GET /ready HTTP/1.1\r\nHost: x\r\n")
        while not stop.wait(0.05):
            s.sendall(b"X: a\r\n")


def slow_body(stop):
    with connect() as s:
        s.sendall(b"POST /api/v1/push HTTP/1.1\r\nHost: x\r\nX-Scope-OrgID: t\r\nContent-Length: 1000000\r\n\r\n")
        while not stop.wait(0.05):
            s.sendall(b"a")


def half_open(stop):
    """Sends a request, shuts its side, and never reads."""
    with connect() as s:
        s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        s.shutdown(socket.SHUT_WR)
        stop.wait(0.2)


def vanish(stop):
    with connect() as s:
        s.sendall(b"POST /api/v1/push HTTP/1.1\r\nHost: x\r\nX-Scope-OrgID: t\r\nContent-Length: 100\r\n\r\nabc")
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # A reset instead of a goodbye.


def test_slow_clients_do_not_slow_others():
    others_are_answered("100 slow headers", (slow_header, 100))


def test_slow_bodies_do_not_slow_others():
    others_are_answered("100 slow bodies", (slow_body, 100))


def test_half_open_clients_do_not_slow_others():
    others_are_answered("8 clients that never read", (half_open, 8))


def test_clients_that_vanish_do_not_slow_others():
    others_are_answered("8 clients that vanish", (vanish, 8))


def test_ten_thousand_idle_connections_do_not_slow_others():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 10_000
    limit = min(hard, wanted + 1000)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, limit), hard))
    n = min(wanted, limit - 500)
    quiet = p99_ms()
    idle = []
    try:
        for _ in range(n):
            s = socket.socket()
            s.connect(("127.0.0.1", kvasir().port))
            idle.append(s)
        before = resident_mib()
        # More than there may be: those that came first make room, so others still get in.
        troubled = min(p99_ms() for _ in range(2))
        if FIGURES:
            print(f"      {n} idle connections: p99 {quiet:.2f} ms quiet, {troubled:.2f} ms with them, {troubled / quiet:.2f}x, "
                  f"{before:.0f} MiB resident")
        assert troubled < quiet * 2 or troubled < quiet + 50, f"p99 went from {quiet:.1f} to {troubled:.1f} ms"
    finally:
        for s in idle:
            s.close()


def test_the_server_is_well_after_all_this():
    k = kvasir()
    now = int(time.time() * 1000)
    assert k.push([({"__name__": "after"}, [(now, 1.0)])]).status == 200
    assert k.query("after", now / 1000)
    assert k.stop() == 0


if __name__ == "__main__":
    try:
        run(sys.modules[__name__])
    finally:
        if server is not None and server.process.poll() is None:
            server.kill()
