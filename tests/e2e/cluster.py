# SPDX-License-Identifier: Apache-2.0
"""Clusters for tests: etcd and processes of configs/cluster, in a folder of its own."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

from harness import ROOT, Kvasir, free_port, http, wait_until

SERVICES = ROOT / "tests/services"
CONFIGS = ROOT / "configs/cluster"
# Short, so that a test sees in seconds what takes a cluster a minute.
PERIODS = dict(KVASIR_HEARTBEAT_PERIOD="500ms", KVASIR_HEARTBEAT_TIMEOUT="3s", KVASIR_FINAL_SLEEP="3s", KVASIR_BLOCKS_SYNC="500ms",
               KVASIR_RULER_HEARTBEAT_PERIOD="500ms", KVASIR_RULER_HEARTBEAT_TIMEOUT="3s")


class Etcd:
    def __init__(self, folder):
        self.folder, self.port = folder / "etcd", free_port()
        up = subprocess.run([SERVICES / "etcd-up", self.folder, str(self.port)], stdout=subprocess.PIPE, text=True, check=False)
        if up.returncode == 77:
            sys.exit(77)
        assert up.returncode == 0, "etcd does not start"
        self.address = f"127.0.0.1:{self.port}"

    def stop(self):
        subprocess.run([SERVICES / "etcd-down", self.folder], check=True)


class Processes:
    """Of any roles, which find each other in one etcd. start_all() is for who inherits."""

    def __init__(self, zones=0, copies=3, gateway_copies=3):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-cluster-"))
        self.all = []
        self.zones, self.copies, self.gateway_copies = zones, copies, gateway_copies
        self.etcd = Etcd(self.folder)
        try:
            self.start_all()
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def env(self, **more):
        return dict(PERIODS, KVASIR_ETCD_ENDPOINTS=self.etcd.address, KVASIR_BUCKET_DIR=str(self.folder / "bucket"),
                    KVASIR_RULES_DIR=str(self.folder / "rules"), KVASIR_ALERTMANAGER_CONFIGS_DIR=str(self.folder / "alertmanager-configs"),
                    KVASIR_REPLICATION_FACTOR=str(self.copies),
                    KVASIR_GATEWAY_REPLICATION_FACTOR=str(self.gateway_copies), KVASIR_ZONE_AWARENESS="true" if self.zones else "false", **more)

    def start(self, role, name, **env):
        (self.folder / name).mkdir(exist_ok=True)
        process = Kvasir(CONFIGS / f"{role}.toml", folder=self.folder / name, env=self.env(**env))
        self.all.append(process)
        return process

    def zone_of(self, i):
        return f"zone-{i % self.zones}" if self.zones else ""

    @staticmethod
    def ring_seen_by(process, name):
        """{instance: state}, as a process sees a ring."""
        reply = http(process.url(f"/{name}/ring"), headers={"Accept": "application/json"})
        return {one["id"]: one["state"] for one in reply.json["shards"]} if reply.status == 200 else {}

    def await_ring_at(self, processes, name, want, seconds=60):
        for process in processes:
            wait_until(lambda p=process: self.ring_seen_by(p, name) == want, seconds, f"the ring of {name}s to be {want}")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is not None:
            for process in self.all:
                print(f"--- the end of {process.log_path}\n{process.log_text()[-2000:]}")
        for process in reversed(self.all):
            if process.process.poll() is None:
                process.kill()
        self.etcd.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Cluster(Processes):
    """Of ingesters, store-gateways, a distributor and a querier. `ingesters` and `gateways` are those by their numbers."""

    def __init__(self, n=3, zones=0, copies=3, gateways=1, gateway_copies=3):
        self.n, self.n_gateways = n, gateways
        self.ingesters, self.gateways = {}, {}
        super().__init__(zones, copies, gateway_copies)

    def start_all(self):
        for i in range(self.n):
            self.add_ingester(i)
        for i in range(self.n_gateways):
            self.gateways[i] = self.start("store-gateway", f"gateway-{i}", KVASIR_INSTANCE_ID=f"gateway-{i}", KVASIR_ZONE=self.zone_of(i))
        self.distributor = self.start("distributor", "distributor")
        self.querier = self.start("querier", "querier")

    def add_ingester(self, i):
        self.ingesters[i] = self.start("ingester", f"ingester-{i}", KVASIR_INSTANCE_ID=f"ingester-{i}", KVASIR_ZONE=self.zone_of(i))

    def ring(self, seen_by=None, name="ingester"):
        return self.ring_seen_by(seen_by or self.distributor, name)

    def await_ring(self, want, seconds=60):
        self.await_ring_at((self.distributor, self.querier), "ingester", want, seconds)
