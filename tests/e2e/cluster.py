# SPDX-License-Identifier: Apache-2.0
"""A cluster for tests: etcd, ingesters, store-gateways, a distributor and a querier, in a folder of its own."""
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


class Cluster:
    """`ingesters` is a list of (name, Kvasir)."""

    def __init__(self, n=3, zones=0, copies=3, gateways=1, gateway_copies=3):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-cluster-"))
        self.all = []
        self.ingesters, self.gateways = {}, {}
        self.zones, self.copies, self.gateway_copies = zones, copies, gateway_copies
        self.etcd = Etcd(self.folder)
        try:
            for i in range(n):
                self.add_ingester(i)
            for i in range(gateways):
                self.gateways[i] = self.start("store-gateway", f"gateway-{i}", KVASIR_INSTANCE_ID=f"gateway-{i}", KVASIR_ZONE=self.zone_of(i))
            self.distributor = self.start("distributor", "distributor")
            self.querier = self.start("querier", "querier")
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def env(self, **more):
        return dict(PERIODS, KVASIR_ETCD_ENDPOINTS=self.etcd.address, KVASIR_BUCKET_DIR=str(self.folder / "bucket"),
                    KVASIR_RULES_DIR=str(self.folder / "rules"), KVASIR_REPLICATION_FACTOR=str(self.copies),
                    KVASIR_GATEWAY_REPLICATION_FACTOR=str(self.gateway_copies), KVASIR_ZONE_AWARENESS="true" if self.zones else "false", **more)

    def start(self, role, name, **env):
        (self.folder / name).mkdir(exist_ok=True)
        process = Kvasir(CONFIGS / f"{role}.toml", folder=self.folder / name, env=self.env(**env))
        self.all.append(process)
        return process

    def add_ingester(self, i):
        (self.folder / f"ingester-{i}").mkdir(exist_ok=True)
        self.ingesters[i] = self.start("ingester", f"ingester-{i}", KVASIR_INSTANCE_ID=f"ingester-{i}", KVASIR_ZONE=self.zone_of(i))

    def zone_of(self, i):
        return f"zone-{i % self.zones}" if self.zones else ""

    def ring(self, seen_by=None, name="ingester"):
        """{instance: state}, as a process sees a ring."""
        process = seen_by or self.distributor
        reply = http(process.url(f"/{name}/ring"), headers={"Accept": "application/json"})
        return {one["id"]: one["state"] for one in reply.json["shards"]} if reply.status == 200 else {}

    def await_ring(self, want, seconds=60):
        for process in (self.distributor, self.querier):
            wait_until(lambda: self.ring(process) == want, seconds, f"the ring to be {want}, not {self.ring(process)}")

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
