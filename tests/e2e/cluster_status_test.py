#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`kvasir cluster status` before servers that say what a test wants: whom it calls unsafe to stop, why, and its exit codes."""
import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading

import harness

KVASIR = pathlib.Path(os.environ["KVASIR_BUILD"]) / "bin/kvasir"


class Servers(http.server.ThreadingHTTPServer):
    """Answers for /NAME/ring with `rings[NAME]`."""

    def __init__(self, rings):
        super().__init__(("127.0.0.1", 0), Answer)
        self.rings = rings
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = self.server.rings.get(self.path.split("/")[1])
        body = json.dumps(page).encode() if page else b"not found"
        self.send_response(200 if page else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def ring(states, copies=1, zones=None):
    shards = [{"id": name, "state": state, "address": f"{name}:1", "timestamp": 100.5, "zone": (zones or {}).get(name, ""),
               "ownership": "10%", "num_tokens": 512, "read_only": False} for name, state in states.items()]
    return {"shards": shards, "now": 104.5, "replication_factor": copies, "zone_awareness_enabled": zones is not None}


def status(*args):
    done = subprocess.run([KVASIR, "cluster", "status", *args], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def unsafe(text):
    lines = text.split("unsafe to stop:")
    return [line.split(":")[0].strip() for line in lines[1].strip().splitlines()] if len(lines) > 1 else []


def test_a_sound_cluster_bears_the_loss_of_any_one():
    rings = {"ingester": ring(dict.fromkeys("abc", "ACTIVE"), 3), "compactor": ring({"x": "ACTIVE", "y": "ACTIVE"})}
    with Servers(rings) as servers:
        code, text = status(servers.url)
        assert code == 0 and "may be stopped" in text, text
        assert "4s ago" in text and "3 copies" in text, text


def test_a_second_ingester_of_three_may_not_go():
    rings = {"ingester": ring({"a": "ACTIVE", "b": "UNHEALTHY", "c": "ACTIVE", "d": "ACTIVE"}, 3)}
    with Servers(rings) as servers:
        code, text = status(servers.url)
        assert code == 1 and unsafe(text) == ["a", "c", "d"], text
        assert "b is UNHEALTHY already: with this one, 2 of 3 copies of some series would be away" in text, text
        assert status("--instance", "a", servers.url)[0] == 1
        assert status("--instance", "b", servers.url)[0] == 0, "it is away already"
        assert status("--instance", "nobody", servers.url)[0] == 3


def test_of_zones_a_whole_one_may_go_and_of_another_nobody():
    zones = {"a1": "a", "a2": "a", "b1": "b", "b2": "b", "c1": "c", "c2": "c"}
    states = dict.fromkeys(zones, "ACTIVE")
    with Servers({"ingester": ring(dict(states, a1="LEAVING"), 3, zones)}) as servers:
        code, text = status(servers.url)
        assert code == 1 and unsafe(text) == ["b1", "b2", "c1", "c2"], text
        assert "a is not complete already (a1 is LEAVING)" in text, text
        assert status("--instance", "a2", servers.url)[0] == 0


def test_the_last_one_of_those_who_share_work_may_not_go():
    rings = {"ruler": ring({"x": "ACTIVE", "y": "UNHEALTHY"}), "alertmanager": ring({"m": "ACTIVE", "n": "ACTIVE"}, 3),
             "store-gateway": ring({"g": "ACTIVE"}, 3)}
    with Servers(rings) as servers:
        code, text = status(servers.url)
        assert code == 1 and unsafe(text) == ["g", "x"], text
    rings["alertmanager"] = ring({"m": "ACTIVE", "n": "JOINING", "o": "LEAVING"}, 3)
    with Servers(rings) as servers:
        assert unsafe(status(servers.url)[1]) == ["g", "x", "m"]


def test_one_copy_is_never_safe_to_stop():
    with Servers({"ingester": ring({"a": "ACTIVE", "b": "ACTIVE"}, 1)}) as servers:
        assert unsafe(status(servers.url)[1]) == ["a", "b"]


def test_several_servers_know_several_rings():
    with Servers({"ingester": ring(dict.fromkeys("abc", "ACTIVE"), 3)}) as one, Servers({"ruler": ring({"r": "ACTIVE", "s": "ACTIVE"})}) as two:
        code, text = status(one.url, two.url)
        assert code == 0 and "ring of ingesters: 3 copies" in text and "ring of rulers\n" in text, text


def test_what_cannot_be_known_is_no_yes():
    with Servers({}) as servers:
        assert status(servers.url)[0] == 3
        gone = servers.url
    code, text = status(gone)
    assert code == 3 and gone in text, text
    with Servers({"ingester": {"shards": 1}}) as servers:
        assert status(servers.url)[0] == 3
    assert status("--nonsense")[0] == 2


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
