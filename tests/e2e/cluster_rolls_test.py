#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every ingester of a cluster is restarted, one after the other: writes are taken and no query misses a sample meanwhile, and `kvasir cluster
status` says of each of the others that it may not be stopped now, and why."""
import subprocess
import sys

import harness
import roles_test
from cluster import Cluster
from cluster_shrinks_test import Watch
from cluster_test import push
from harness import wait_until

NAMES = [f"ingester-{i}" for i in range(3)]


def status(cluster, instance):
    """Whether it is safe to stop an instance, by the exit code, and what is said of it."""
    done = subprocess.run([harness.BINARY, "cluster", "status", "--instance", instance, cluster.distributor.url("")],
                          capture_output=True, text=True, timeout=60, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def test_all_ingesters_are_restarted_and_no_query_misses_a_sample():
    scrapes = list(roles_test.scrapes())
    with Cluster(3) as cluster:
        cluster.await_ring(dict.fromkeys(NAMES, "ACTIVE"))
        for batch in scrapes[:60]:
            push(cluster.distributor, batch)
        with Watch(cluster, roles_test.END) as watch:
            assert watch.want and sum(watch.want.values()) == 600, watch.want
            for i, name in enumerate(NAMES):
                safe, text = status(cluster, name)
                assert safe, text
                assert cluster.ingesters[i].stop(120) == 0, cluster.ingesters[i].log_text()[-3000:]
                # Two of three copies are a quorum. Until its going is known, a write may be refused, and is sent again.
                push(cluster.distributor, scrapes[60 + 2 * i])
                watch.want = watch.ask()[0] or watch.want
                wait_until(lambda n=name: cluster.ring()[n] != "ACTIVE", 60, f"{name} to be away")
                for other in set(NAMES) - {name}:
                    safe, text = status(cluster, other)
                    assert not safe and f"{name} is " in text and "2 of 3 copies of some series would be away" in text, text
                cluster.ingesters[i].start()
                cluster.await_ring(dict.fromkeys(NAMES, "ACTIVE"))
                push(cluster.distributor, scrapes[61 + 2 * i])
                watch.want = watch.ask()[0] or watch.want
            asked = watch.asked
            wait_until(lambda: watch.asked > asked + 3, 60, "some more questions")
        assert not watch.wrong, watch.wrong[:3]
        # A query that meets one in the moment in which it goes is refused, and never answered in part.
        assert all(why.startswith("503") for why in watch.refused), watch.refused[:3]
        total = sum(len(samples) for batch in scrapes[:66] for labels, samples in batch if labels["__name__"] == "requests_total")
        got, why = watch.ask()
        assert got and sum(got.values()) == total, (why, got and sum(got.values()), total)


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
