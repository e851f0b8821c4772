# SPDX-License-Identifier: Apache-2.0
"""The cluster whose answers are compared with those of one process: etcd, three ingesters that each have every series, a distributor, a
store-gateway, and three doors: a querier, a query-frontend that splits and shards, and one that remembers as well."""
import sys

import servers
from servers import harness

sys.path.insert(0, str(servers.HERE.parent / "e2e"))
import cluster  # noqa: E402
from frontend_test import Memcached  # noqa: E402


class Cluster(cluster.Cluster):
    """`split`: how much time a part of a query covers; `env`: of every process."""

    def __init__(self, features=(), split="5m", env=None):
        self.features, self.split, self.more = features, split, env or {}
        self.memcached = None
        super().__init__(3)

    def start_all(self):
        super().start_all()
        self.memcached = Memcached(self.folder)
        # A frontend that remembers asks another querier than the one that is a door itself.
        behind = self.start("querier", "querier-1")
        common = dict(KVASIR_QUERIER_ADDRS=f"127.0.0.1:{behind.grpc_port}", KVASIR_SPLIT_INTERVAL=self.split)
        self.frontend = self.start("query-frontend", "frontend", KVASIR_MEMCACHED_ADDRS="", **common)
        self.remembering = self.start("query-frontend", "remembering", KVASIR_MEMCACHED_ADDRS=self.memcached.address, **common)
        self.await_ring({f"ingester-{i}": "ACTIVE" for i in range(3)})
        self.await_ring_at((behind,), "ingester", {f"ingester-{i}": "ACTIVE" for i in range(3)})
        # By name, those who must answer as one process does.
        self.doors = {"querier": self.querier, "frontend": self.frontend, "remembering": self.remembering,
                      "remembering, asked again": self.remembering}

    def start(self, role, name, **env):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        config = folder / "kvasir.toml"
        # What is pushed here are twenty minutes of everything at once, on a machine that may have other work.
        config.write_text(servers.configured((cluster.CONFIGS / f"{role}.toml").read_text(), self.features, {
            "sink.replicate": 'remote_timeout = "1m"',
            "engine.frontend": "parallelize_shardable_queries = true\nquery_sharding_total_shards = 3"}))
        process = harness.Kvasir(config, folder=folder, env=self.env(**self.more, **env))
        self.all.append(process)
        return process

    def __exit__(self, kind, error, trace):
        if self.memcached is not None:
            self.memcached.stop()
        super().__exit__(kind, error, trace)
