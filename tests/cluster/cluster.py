#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A cluster on this machine, for looking at it: etcd, S3, memcached, and roles with the configurations of configs/cluster, on fixed ports.

usage: cluster.py up [--zones N | --size read-write|trio] | down
"""
import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

from overlay import aws, overlay

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("KVASIR_BUILD", ROOT / "build/release")).resolve() / "bin/kvasir"
FOLDER = ROOT / "data/cluster"
PIDS = FOLDER / "pids.json"
SERVICES = ROOT / "tests/services"
ETCD, MEMCACHED, S3 = 12379, 12211, 12900
FIRST_HTTP, FIRST_GRPC = 9100, 9200
FRONTEND, SCHEDULER, FIRST_QUERIER = 8, 7, 5  # Behind FIRST_HTTP, and 50 more behind FIRST_GRPC.


def alertmanagers_at(ports):
    return ",".join(f"http://127.0.0.1:{port}/alertmanager" for port in ports)


def roles(zones):
    """(name, role, HTTP port, environment) of every process, in start order."""
    def zone_of(i):
        return f"zone-{'abcdefghij'[i % zones]}" if zones else ""

    out = []
    for i in range(3 if zones == 0 else 2 * zones):
        out.append((f"ingester-{i}", "ingester", FIRST_HTTP + 10 + i, dict(KVASIR_ZONE=zone_of(i), KVASIR_GRPC_PORT=str(FIRST_GRPC + i))))
    for i in range(3):
        out.append((f"gateway-{i}", "store-gateway", FIRST_HTTP + 50 + i, dict(KVASIR_ZONE=zone_of(i), KVASIR_GRPC_PORT=str(FIRST_GRPC + 20 + i))))
    out += [(f"distributor-{i}", "distributor", FIRST_HTTP + i, {}) for i in range(2)]
    def reading(name, role, number, **env):
        return name, role, FIRST_HTTP + number, dict(env, KVASIR_GRPC_PORT=str(FIRST_GRPC + 50 + number))
    queriers = ",".join(f"127.0.0.1:{FIRST_GRPC + 50 + FIRST_QUERIER + i}" for i in range(2))
    out += [reading(f"querier-{i}", "querier", FIRST_QUERIER + i) for i in range(2)]
    out.append(reading("query-scheduler-0", "query-scheduler", SCHEDULER, KVASIR_QUERIER_ADDRS=queriers))
    out.append(reading("query-frontend-0", "query-frontend", FRONTEND, KVASIR_QUERIER_ADDRS=f"127.0.0.1:{FIRST_GRPC + 50 + SCHEDULER}",
                       KVASIR_QUERIES_PER_QUERIER="1000"))
    out += [(f"alertmanager-{i}", "alertmanager", FIRST_HTTP + 60 + i, {}) for i in range(2)]
    out += [(f"ruler-{i}", "ruler", FIRST_HTTP + 70 + i, dict(KVASIR_ALERTMANAGER=alertmanagers_at([FIRST_HTTP + 60, FIRST_HTTP + 61]))) for i in range(2)]
    out += [(f"compactor-{i}", "compactor", FIRST_HTTP + 80 + i, {}) for i in range(2)]
    return out


def read_write():
    """Likewise, of write, read and backend: three that write, of which one may be away, and two of each other."""
    doors = [str(FIRST_GRPC + 50 + i) for i in range(2)]
    backends = [FIRST_HTTP + 20 + i for i in range(2)]
    reads = ",".join(f"127.0.0.1:{door}" for door in doors)
    out = [(f"write-{i}", "write", FIRST_HTTP + i, dict(KVASIR_GRPC_PORT=str(FIRST_GRPC + i))) for i in range(3)]
    out += [(f"backend-{i}", "backend", port, dict(KVASIR_GRPC_PORT=str(FIRST_GRPC + 20 + i), KVASIR_ALERTMANAGER=alertmanagers_at(backends)))
            for i, port in enumerate(backends)]
    out += [(f"read-{i}", "read", FIRST_HTTP + FRONTEND + i, dict(KVASIR_GRPC_PORT=door, KVASIR_QUERIER_ADDRS=reads)) for i, door in enumerate(doors)]
    return out


def trio():
    """Likewise, of three that do everything."""
    ports = [FIRST_HTTP + i for i in range(3)]
    return [(f"all-in-one-{i}", "all-in-one", port, dict(KVASIR_GRPC_PORT=str(FIRST_GRPC + i), KVASIR_GATEWAY_GRPC_PORT=str(FIRST_GRPC + 20 + i),
                                                         KVASIR_ALERTMANAGER=alertmanagers_at(ports))) for i, port in enumerate(ports)]


def ready(port):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2).status == 200
    except (OSError, urllib.error.URLError):
        return False


def up(processes, zones):
    if PIDS.exists():
        sys.exit(f"{PIDS} says that a cluster is running; ./dev cluster down ends it")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for service, port in (("etcd", ETCD), ("memcached", MEMCACHED), ("s3", S3)):
        started = subprocess.run([SERVICES / f"{service}-up", FOLDER / service, str(port)], check=True, stdout=subprocess.PIPE, text=True)
    s3 = dict(line.split("=", 1) for line in started.stdout.splitlines())
    common = dict(os.environ, **aws(s3), KVASIR_ETCD_ENDPOINTS=f"127.0.0.1:{ETCD}", KVASIR_MEMCACHED_ADDRS=f"127.0.0.1:{MEMCACHED}",
                  KVASIR_ZONE_AWARENESS="true" if zones else "false")
    pids = {}
    for name, role, port, env in processes:
        folder = FOLDER / name
        folder.mkdir(exist_ok=True)
        config = folder / "config.toml"
        config.write_text(overlay(ROOT / f"configs/cluster/{role}.toml", s3=s3["endpoint"]))
        process = subprocess.Popen([BINARY, "run", "--config", config], cwd=folder, start_new_session=True,
                                   env=dict(common, KVASIR_HTTP_PORT=str(port), KVASIR_DATA_DIR=str(folder / "data"),
                                            KVASIR_INSTANCE_ID=name, **env),
                                   stdout=open(folder / "log", "ab"), stderr=subprocess.STDOUT)
        pids[name] = process.pid
        PIDS.write_text(json.dumps(pids))
    for name, _, port, _ in processes:
        deadline = time.monotonic() + 60
        while not ready(port):
            if time.monotonic() > deadline:
                sys.exit(f"{name} is not ready after a minute: {FOLDER / name / 'log'}")
            time.sleep(0.1)
    port_of = {role: port for _, role, port, _ in reversed(processes)}  # Of the first one.
    ruler, alertmanager, compactor = (port_of.get(role, port_of.get("backend", FIRST_HTTP)) for role in ("ruler", "alertmanager", "compactor"))
    reads = port_of.get("query-frontend", port_of.get("read", FIRST_HTTP))
    look = " ".join(f"http://127.0.0.1:{port}" for port in dict.fromkeys((FIRST_HTTP, alertmanager, ruler, compactor)))
    print(f"""
A cluster of {len(pids)} processes, etcd, S3 and memcached runs; what it keeps is below {FOLDER}.

  write   remote_write: [{{url: http://127.0.0.1:{FIRST_HTTP}/api/v1/push, headers: {{X-Scope-OrgID: demo}}}}]     (also port {FIRST_HTTP + 1})
  read    curl -H 'X-Scope-OrgID: demo' 'http://127.0.0.1:{reads}/prometheus/api/v1/query?query=up'
  look    kvasir cluster status {look}
          and pages of rings, such as http://127.0.0.1:{FIRST_HTTP}/ingester/ring
  blocks  AWS_ACCESS_KEY_ID={s3["access_key"]} AWS_SECRET_ACCESS_KEY={s3["secret_key"]} kvasir tsdb list 's3://kvs-blocks?endpoint={s3["endpoint"]}' --tenant demo
  rules   http://127.0.0.1:{ruler}/prometheus/config/v1/rules; alerts come to http://127.0.0.1:{alertmanager}/alertmanager  (also port {alertmanager + 1})
  end     ./dev cluster down
""")


def is_ours(pid):
    try:
        return str(BINARY).encode() in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def down():
    pids = json.loads(PIDS.read_text()) if PIDS.exists() else {}
    alive = [pid for pid in reversed(pids.values()) if is_ours(pid)]
    for pid in alive:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 60
    while any(is_ours(pid) for pid in alive) and time.monotonic() < deadline:
        time.sleep(0.1)
    for pid in alive:
        if is_ours(pid):
            os.kill(pid, signal.SIGKILL)
    PIDS.unlink(missing_ok=True)
    for service in ("s3", "memcached", "etcd"):
        if (FOLDER / service).exists():
            subprocess.run([SERVICES / f"{service}-down", FOLDER / service], check=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["up", "down"])
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--zones", type=int, default=0)
    size.add_argument("--size", choices=["read-write", "trio"])
    arguments = parser.parse_args()
    if arguments.action == "up":
        processes = {"read-write": read_write, "trio": trio}.get(arguments.size, lambda: roles(arguments.zones))()
        up(processes, arguments.zones)
    else:
        down()
