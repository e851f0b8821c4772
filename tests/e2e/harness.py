# SPDX-License-Identifier: Apache-2.0
"""What end-to-end tests share: a kvasir process, remote write encoded by hand, and a small runner.

Every test file is a program: it runs its functions called test_*, prints a line for each and `N passed, M failed`.
KVASIR_BUILD names the build folder (build/test).
"""
import fcntl
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("KVASIR_BUILD", ROOT / "build/test")).resolve()
BINARY = BUILD / "bin/kvasir"
STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]


_claims = []  # Locked for as long as this process lives.


def free_port():
    """A port that nobody listens on, and that nobody gets before the server that it is for: below those that the system gives to connections,
    and locked against the other tests that run at this time."""
    folder = pathlib.Path(tempfile.gettempdir()) / f"kvasir-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    lowest = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = list(range(12000, lowest)) if lowest > 14000 else list(range(lowest, 61000))
    random.SystemRandom().shuffle(ports)
    for port in ports:
        claim = open(folder / str(port), "w")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # As servers do.
                s.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        return port
    raise AssertionError("no port is free")


def wait_until(condition, seconds=30, what="the condition"):
    """Polls until condition() is true (and returns what it returned); fails after `seconds`, and says `what`, or what it returns then."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds}s in vain for {what() if callable(what) else what}")
        time.sleep(0.05)


class Reply:
    def __init__(self, status, body, headers):
        self.status, self.body, self.headers = status, body, headers

    @property
    def text(self):
        return self.body.decode(errors="replace")

    @property
    def json(self):
        return json.loads(self.body)


def http(url, method="GET", body=None, headers=None, timeout=30):
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as r:
            return Reply(r.status, r.read(), r.headers)
    except urllib.error.HTTPError as e:
        return Reply(e.code, e.read(), e.headers)


class Kvasir:
    """One process with a configuration of configs/ (or a path), on ports and in a folder of its own. `host`: where it listens; `before`: words before the
    command, such as those that enter a namespace."""

    def __init__(self, config="all-in-one", folder=None, env=None, ready=True, host="127.0.0.1", before=()):
        self.host, self.before = host, list(before)
        self.config = config if str(config).endswith(".toml") else ROOT / f"configs/{config}.toml"
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="kvasir-e2e-"))
        self.env = {**os.environ, "KVASIR_HTTP_PORT": str(free_port()), "KVASIR_GRPC_PORT": str(free_port()),
                    "KVASIR_DATA_DIR": str(self.folder / "data"), **(env or {})}
        self.port, self.grpc_port = int(self.env["KVASIR_HTTP_PORT"]), int(self.env["KVASIR_GRPC_PORT"])
        self.log_path = self.folder / "log"
        self.process = None
        self.start(ready)

    def start(self, ready=True):
        self.log = open(self.log_path, "ab")
        self.process = subprocess.Popen([*self.before, BINARY, "run", "--config", self.config], env=self.env, cwd=self.folder,
                                        stdout=self.log, stderr=self.log)
        if ready:
            self.wait_ready()

    def wait_ready(self, seconds=60):
        def answers():
            if self.process.poll() is not None:
                raise AssertionError(f"kvasir exited with {self.process.returncode}:\n{self.log_text()[-3000:]}")
            try:
                return self.get("/ready", tenant=None).status == 200
            except OSError:
                return False
        wait_until(answers, seconds, "/ready")

    def log_text(self):
        return self.log_path.read_text(errors="replace")

    def url(self, path):
        return f"http://{self.host}:{self.port}{path}"

    def get(self, path, tenant="test", headers=None, **params):
        query = urllib.parse.urlencode(params, doseq=True)
        head = dict(headers or {}, **({"X-Scope-OrgID": tenant} if tenant else {}))
        return http(self.url(path) + ("?" + query if query else ""), headers=head)

    def query(self, text, at, tenant="test"):
        """Result of an instant query: {labels text: value text}."""
        reply = self.get("/prometheus/api/v1/query", tenant, query=text, time=at)
        assert reply.status == 200, f"{text}: {reply.status} {reply.text}"
        return {labels_text(r["metric"]): r["value"][1] for r in reply.json["data"]["result"]}

    def query_range(self, text, start, end, step, tenant="test"):
        reply = self.get("/prometheus/api/v1/query_range", tenant, query=text, start=start, end=end, step=step)
        assert reply.status == 200, f"{text}: {reply.status} {reply.text}"
        return reply.json["data"]["result"]

    def metric(self, name):
        """The sum of a metric's series, as the process shows them."""
        text = self.get("/metrics", tenant=None).text
        return sum(float(line.split()[-1]) for line in text.splitlines() if re.match(name + r"[{ ]", line))

    def push(self, series, tenant="test", headers=None):
        """Remote write 1.0 of [(labels, [(t ms, value), ...]), ...]."""
        return self.push_raw(snappy(write_request(series)), tenant, headers)

    def push_raw(self, body, tenant="test", headers=None):
        head = {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy",
                "X-Prometheus-Remote-Write-Version": "0.1.0"}
        if tenant:
            head["X-Scope-OrgID"] = tenant
        head.update(headers or {})
        return http(self.url("/api/v1/push"), "POST", body, head)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def stop(self, seconds=30):
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"did not stop within {seconds}s:\n{self.log_text()[-3000:]}")
        self.log.close()
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is not None:
            print(f"--- the end of {self.log_path}\n{self.log_text()[-4000:]}")
        try:
            if self.process.poll() is None:
                self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


def promtool(*args, seconds=120):
    done = subprocess.run(["promtool", *map(str, args)], capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, f"{args}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def labels_text(labels):
    return "{" + ",".join(f'{k}="{v}"' for k, v in sorted(labels.items())) + "}"


# ---- remote write 1.0 by hand: these tests share no code with what they test ------------------------------------------

def varint(n):
    n &= (1 << 64) - 1
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def label(name, value):
    as_bytes = lambda s: s if isinstance(s, bytes) else s.encode()
    return field(1, field(1, as_bytes(name)) + field(2, as_bytes(value)))


def sample(t, value):
    return field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(t))


def time_series(labels, samples):
    pairs = sorted(labels.items()) if isinstance(labels, dict) else labels
    return b"".join(label(k, v) for k, v in pairs) + b"".join(sample(t, v) for t, v in samples)


def write_request(series):
    return b"".join(field(1, time_series(labels, samples)) for labels, samples in series)


def snappy(data):
    """The block format, with literals only."""
    out = bytearray(varint(len(data)))
    for at in range(0, len(data), 65536):
        piece = data[at:at + 65536]
        out += bytes([61 << 2]) + struct.pack("<H", len(piece) - 1) + piece
    return bytes(out)


def run(module):
    """Runs the test_* functions of a module (those named on the command line, or all)."""
    tests = [(n, f) for n, f in vars(module).items() if n.startswith("test_") and callable(f)]
    wanted = sys.argv[1:]
    passed = failed = 0
    for name, function in tests:
        if wanted and name not in wanted:
            continue
        began = time.monotonic()
        try:
            function()
            passed += 1
            print(f"ok    {name} ({time.monotonic() - began:.1f}s)", flush=True)
        except Exception:
            failed += 1
            print(f"FAIL  {name} ({time.monotonic() - began:.1f}s)\n{traceback.format_exc()}", flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)
