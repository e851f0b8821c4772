# SPDX-License-Identifier: Apache-2.0
"""The two servers whose answers are compared: a real Prometheus, and Kvasir, both filled by remote write.

KVASIR_PROMETHEUS names the binary of a Prometheus; without it one is unpacked into build/peers (get-peers), and where that cannot
be had, the installed one is taken.
"""
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
import harness  # noqa: E402

SKIPPED = 77  # The exit code that tells ctest so.
TENANT = "fuzz"


def version_of(binary):
    """(3, 5, 3), or None when it cannot be run."""
    try:
        out = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=20)
    except OSError:
        return None
    found = re.search(r"version (\d+)\.(\d+)\.(\d+)", out.stdout + out.stderr)
    return tuple(map(int, found.groups())) if found else None


def find_prometheus():
    """(path, version) of the best Prometheus there is, or (None, None)."""
    peers = harness.ROOT / "build/peers"
    candidates = [os.environ.get("KVASIR_PROMETHEUS"), str(peers / "root/usr/bin/prometheus"), None, shutil.which("prometheus")]
    for path in candidates:
        if path is None:  # Not there yet: worth a download, which fails soon where there is no network.
            if os.environ.get("KVASIR_PROMETHEUS"):
                continue
            done = subprocess.run([HERE / "get-peers", peers], capture_output=True, text=True)
            path = done.stdout.strip() if done.returncode == 0 else None
        if path and version_of(path):
            return path, version_of(path)
    return None, None


class Api:
    """Query API of a server over one connection. Answers are (status, parsed body)."""

    def __init__(self, port, prefix, headers):
        self.port, self.prefix, self.headers = port, prefix, headers
        self.connection = None

    def call(self, path, **params):
        body = urllib.parse.urlencode(params)
        head = dict(self.headers, **{"Content-Type": "application/x-www-form-urlencoded"})
        for attempt in (1, 2):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
                self.connection.request("POST", self.prefix + path, body, head)
                reply = self.connection.getresponse()
                return reply.status, json.loads(reply.read())
            except (OSError, http.client.HTTPException):
                self.connection.close()
                self.connection = None  # The server may have closed an idle connection; a second failure is a failure.
                if attempt == 2:
                    raise

    def instant(self, query, at_ms):
        return self.call("/api/v1/query", query=query, time=at_ms / 1000)

    def range(self, query, start_ms, end_ms, step_ms):
        return self.call("/api/v1/query_range", query=query, start=start_ms / 1000, end=end_ms / 1000, step=step_ms / 1000)


class Prometheus:
    """A Prometheus with an empty database and, unless `config` says so, nothing to scrape."""

    def __init__(self, binary, features=(), config="global: {}\n", flags=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-peer-"))
        self.port = harness.free_port()
        (self.folder / "prometheus.yml").write_text(config)
        command = [binary, f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
                   f"--web.listen-address=127.0.0.1:{self.port}", "--web.enable-remote-write-receiver", "--log.level=warn",
                   "--storage.tsdb.retention.time=100y", *flags]
        if features:
            command.append("--enable-feature=" + ",".join(features))
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, cwd=self.folder)
        self.api = Api(self.port, "", {})

        def ready():
            if self.process.poll() is not None:
                raise AssertionError((self.folder / "log").read_text()[-3000:])
            try:
                return harness.http(f"http://127.0.0.1:{self.port}/-/ready").status == 200
            except OSError:
                return False
        harness.wait_until(ready, 60, "Prometheus to be ready")

    def push(self, body):
        return harness.http(f"http://127.0.0.1:{self.port}/api/v1/write", "POST", body,
                            {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy",
                             "X-Prometheus-Remote-Write-Version": "0.1.0"})

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.process.terminate()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def configured(text, features, further=None):
    """A configuration of configs/ with feature flags of the engine, and `further` lines for component types, wherever these occur in it."""
    def listed(names):
        return f"enable_features = [{', '.join(map(repr, names))}]"
    # What only reads queries knows features of the syntax alone.
    syntax = listed(set(features) - {"promql-delayed-name-removal"})
    lines = {"engine.promql": [listed(features)], "api.prometheus": [syntax], "engine.frontend": [syntax],
             "sink.validate": ['name_validation_scheme = "utf8"']}
    for component, more in (further or {}).items():
        lines.setdefault(component, []).append(more)
    for component, more in lines.items():
        line = f'type = "{component}"\n'
        text = text.replace(line, line + "".join(one + "\n" for one in more))
    return text


class Kvasir(harness.Kvasir):
    """The all-in-one configuration with feature flags of the engine."""

    def __init__(self, features=(), env=None):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-peer-"))
        text = (harness.ROOT / "configs/all-in-one.toml").read_text()
        for component in ("engine.promql", "api.prometheus", "sink.validate"):
            assert f'type = "{component}"\n' in text, f"the configuration has no {component}"
        config = folder / "kvasir.toml"
        config.write_text(configured(text, features))
        super().__init__(config, folder, env)
        self.api = Api(self.port, "/prometheus", {"X-Scope-OrgID": TENANT})

    def push(self, body):
        return self.push_raw(body, TENANT)


def fill(targets, bodies):
    """Gives every server the same requests; each must take all of them."""
    for body in bodies:
        packed = harness.snappy(body)
        for server in targets:
            reply = server.push(packed)
            assert reply.status in (200, 204), f"{type(server).__name__} refuses the data: {reply.status} {reply.text}"
