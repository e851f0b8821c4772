# SPDX-License-Identifier: Apache-2.0
"""A whole cluster in a network of its own: every role in three zones, etcd, memcached, S3 or a shared folder, and who is told of alerts."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import network
from alert_receiver import AlertReceiver
from harness import ROOT, Kvasir, free_port, http, wait_until
from proxy import Proxy

sys.path.append(str(ROOT / "tests/cluster"))
from overlay import aws, overlay  # noqa: E402

ZONES = ("a", "b", "c")
SERVICES = ROOT / "tests/services"
CONFIGS = ROOT / "configs/cluster"
HTTP, GRPC = 9009, 9095
TENANT = "faults"
HEAD = {"X-Scope-OrgID": TENANT}
DISK_MIB = 96  # Of each ingester.

# Short, so that a campaign sees in seconds what takes a cluster minutes; not so short that a busy machine is taken for a dead one.
ENV = dict(KVASIR_HEARTBEAT_PERIOD="1s", KVASIR_HEARTBEAT_TIMEOUT="10s", KVASIR_RULER_HEARTBEAT_PERIOD="1s", KVASIR_RULER_HEARTBEAT_TIMEOUT="10s",
           KVASIR_FINAL_SLEEP="15s", KVASIR_BLOCKS_SYNC="2s", KVASIR_PEER_TIMEOUT="5s", KVASIR_LEASE_TTL="5s", KVASIR_COMPACTION_INTERVAL="2s",
           KVASIR_CLEANUP_INTERVAL="3s", KVASIR_FIRST_LEVEL_WAIT="0s", KVASIR_ZONE_AWARENESS="true")
# Blocks leave ingesters soon after they were shipped, so that store-gateways have what is old alone.
SETTINGS = {"net.http": {"allow_open_admin": True}, "head": {"block_retention": "30s"}, "alertmanager": {"poll_interval": "2s"}, "storage.s3": {"retry.max_backoff": "1s"}}

# Role: in which zones. Any one of them, and any zone, may be away.
ROLES = {"ingester": "abc", "store-gateway": "abc", "distributor": "ab", "querier": "bc", "query-scheduler": "ac", "query-frontend": "ab",
         "alertmanager": "bc", "ruler": "ac", "compactor": "ab"}
RINGS = {"ingester": "ingester", "store-gateway": "store-gateway", "distributor": "distributor", "alertmanager": "alertmanager", "ruler": "ruler",
         "compactor": "compactor"}

ALERTING = """
alertmanager_config: |
  route: {receiver: people, group_by: [alertname, run], group_wait: 1s, group_interval: 10s, repeat_interval: 12h}
  receivers:
    - name: people
      webhook_configs: [{url: "%s/people"}]
"""
TELLING = 17  # Seconds in which an Alertmanager that has something to tell begins and ends: an interval of the group, and KVASIR_PEER_TIMEOUT.
RULES = """name: faults
interval: 1s
query_offset: 0s
rules:
- alert: Trigger
  expr: trigger == 1
- record: trigger:sum
  expr: sum by (run) (trigger)
"""


class Instance(Kvasir):
    """A process of the cluster, in its own namespace. It is also told apart by `paused`, and by being `away`."""

    def __init__(self, cluster, role, zone, number):
        self.role, self.zone, self.name = role, zone, f"{role}-{zone}{number or ''}"
        self.paused = False
        folder = cluster.folder / self.name
        (folder / "data").mkdir(parents=True)
        if role == "ingester":
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", folder / "data"], check=True)
        address = cluster.network.add(self.name, zone)
        config = folder / "config.toml"
        config.write_text(overlay(CONFIGS / f"{role}.toml", address, cluster.s3_endpoint, cluster.settings))
        env = dict(cluster.env, KVASIR_HTTP_PORT=str(HTTP), KVASIR_GRPC_PORT=str(GRPC), KVASIR_INSTANCE_HOST=address, KVASIR_INSTANCE_ID=self.name,
                   KVASIR_ZONE=zone, **cluster.addresses_for(role))
        super().__init__(config, folder, env, ready=False, host=address, before=cluster.network.command(self.name))

    def alive(self):
        return self.process.poll() is None and not self.paused

    def signal(self, which):
        self.process.send_signal(which)
        self.paused = which == signal.SIGSTOP

    def kill(self):
        self.paused = False
        super().kill()

    def is_ready(self):
        try:
            return http(self.url("/ready"), timeout=5).status == 200
        except OSError:
            return False


class Cluster:
    """`instances`: all processes, by name. With s3, buckets are in a real S3 store; otherwise in a folder."""

    def __init__(self, s3):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-faults-"))
        self.instances = {}
        self.network = network.Network(ZONES)
        self.people = AlertReceiver(network.CORE)
        self.settings = SETTINGS
        self.start_services(s3)

    def service(self, command, *words):
        done = subprocess.run([SERVICES / command, *map(str, words)], capture_output=True, text=True)
        if done.returncode == 77:
            print(done.stderr)
            sys.exit(77)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)

    def start_services(self, s3):
        self.etcd_port = free_port()
        self.service("etcd-up", self.folder / "etcd", self.etcd_port)
        self.etcd = Proxy(network.CORE, 2379, self.etcd_port)
        port = free_port()
        self.service("memcached-up", self.folder / "memcached", port)
        self.memcached = Proxy(network.CORE, 11211, port)
        self.env = dict(os.environ, **ENV, KVASIR_ETCD_ENDPOINTS=self.etcd.address, KVASIR_MEMCACHED_ADDRS=self.memcached.address,
                        KVASIR_BUCKET_DIR=str(self.folder / "bucket"), KVASIR_RULES_DIR=str(self.folder / "rules"),
                        KVASIR_ALERTMANAGER_CONFIGS_DIR=str(self.folder / "alertmanager-configs"))
        self.s3 = self.s3_endpoint = None
        if s3:
            port = free_port()
            found = self.service("s3-up", self.folder / "s3", port)
            self.s3 = Proxy(network.CORE, 9000, port)
            self.s3_endpoint = f"http://{self.s3.address}"
            self.env.update(aws(found))

    def addresses_for(self, role):
        """Whom a role is told of by address: those of roles that started before."""
        def of(role, form):
            return ",".join(form % one.host for one in self.all(role))
        if role == "query-scheduler":
            return dict(KVASIR_QUERIER_ADDRS=of("querier", f"%s:{GRPC}"))
        if role == "query-frontend":
            return dict(KVASIR_QUERIER_ADDRS=of("query-scheduler", f"%s:{GRPC}"), KVASIR_QUERIES_PER_QUERIER="1000")
        if role == "ruler":
            return dict(KVASIR_ALERTMANAGER=of("alertmanager", f"http://%s:{HTTP}/alertmanager"))
        return {}

    def start(self):
        for role, zones in ROLES.items():
            for zone in zones:
                self.add(role, zone)
        self.settle()
        assert http(self.all("alertmanager")[0].url("/api/v1/alerts"), "POST", (ALERTING % self.people.url).encode(), HEAD).status == 201
        for one in self.all("alertmanager"):
            wait_until(lambda a=one: "people" in a.get("/alertmanager/api/v2/status", TENANT).text, 120, "the Alertmanagers to be configured")
        reply = http(self.all("ruler")[0].url("/prometheus/config/v1/rules/ns"), "POST", RULES.encode(), HEAD)
        assert reply.status == 202, reply.text

    def add(self, role, zone, number=0):
        one = Instance(self, role, zone, number)
        self.instances[one.name] = one
        return one

    def all(self, role=None, zone=None):
        return [one for one in self.instances.values() if role in (None, one.role) and zone in (None, one.zone)]

    def members(self, ring):
        return {one.name: "ACTIVE" for one in self.all(ring)}

    @staticmethod
    def ring_seen_by(one, name):
        try:
            reply = http(one.url(f"/{name}/ring"), headers={"Accept": "application/json"}, timeout=5)
            return {found["id"]: found["state"] for found in reply.json["shards"]} if reply.status == 200 else {}
        except OSError as error:
            return str(error)

    def settle(self, seconds=180):
        """Until all are ready, and each sees everybody in its rings."""
        for one in self.all():
            one.wait_ready(seconds)
        for one in self.all():
            for ring in (name for name in RINGS if self.knows(one.role, name)):
                wait_until(lambda: self.ring_seen_by(one, ring) == self.members(ring), seconds,
                           lambda: f"{one.name} to see all {ring}s: {self.ring_seen_by(one, ring)}")

    def await_no_alerts(self, seconds):
        """Until no Alertmanager holds that an alert fires."""
        for one in self.all("alertmanager"):
            wait_until(lambda: one.get("/alertmanager/api/v2/alerts", TENANT).json == [], seconds,
                       lambda: f"{one.name} to know that all alerts are over: {one.get('/alertmanager/api/v2/alerts', TENANT).text[:500]}")

    @staticmethod
    def knows(role, ring):
        return ring == role or ring in {"distributor": ("ingester",), "querier": ("ingester", "store-gateway"),
                                        "ruler": ("ingester", "store-gateway")}.get(role, ())

    def revive(self):
        """Everything that a fault may have left."""
        self.network.heal()
        for door in filter(None, (self.etcd, self.memcached, self.s3)):
            door.set("pass")
        for one in self.all():
            if one.paused:
                one.signal(signal.SIGCONT)
            if not one.alive():
                one.start(ready=False)

    def log_ends(self, of=None, length=1500):
        return "\n".join(f"--- the end of {one.log_path}\n{one.log_text()[-length:]}" for one in of or self.all())

    def end(self, keep):
        for one in self.all():
            if one.process.poll() is None:
                one.kill()
        self.people.close()
        for one in self.all("ingester"):
            subprocess.run(["umount", "--lazy", one.folder / "data"], check=False)
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def history(people, run):
    """What people were told of the alert of a run: [(when, "firing" or "resolved")]."""
    messages = zip(list(people.when.get("/people", [])), people.received.get("/people", []))
    return [(time.strftime("%H:%M:%S", time.gmtime(when)), m["status"]) for when, m in messages if m["groupLabels"].get("run") == run]


def told(people, run):
    """How often they were told that it fires, and that it is over."""
    statuses = [status for _, status in history(people, run)]
    return statuses.count("firing"), statuses.count("resolved")
