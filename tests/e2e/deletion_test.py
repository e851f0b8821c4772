#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Series that a tenant deletes are gone from answers at once, and only theirs: of head and blocks, through restarts, in one process
and in roles, before and after the compactor has taken them out of the blocks."""
import pathlib
import shutil
import sys
import tempfile
import time
import urllib.parse

import harness
from harness import Kvasir, wait_until

API = "/prometheus/api/v1"
BEGIN = 1_700_000_000
URL = API + "/admin/tsdb/delete_series"


def series(job):
    return [({"__name__": "up", "job": job}, [((BEGIN + 60 * i) * 1000, float(i)) for i in range(10)])]


def delete(kvasir, tenant="test", **params):
    return harness.http(kvasir.url(URL), "POST", urllib.parse.urlencode(params, doseq=True).encode(),
                        {"X-Scope-OrgID": tenant, "Content-Type": "application/x-www-form-urlencoded"})


def counts(kvasir, tenant="test"):
    found = kvasir.query("count_over_time(up[1h])", BEGIN + 600, tenant)
    return {labels.split('job="')[1].split('"')[0]: int(value) for labels, value in found.items()}


def test_deleted_ranges_are_gone_from_answers_of_their_tenant():
    with Kvasir() as kvasir:
        for tenant in ("test", "other"):
            assert kvasir.push(series("a") + series("b"), tenant).status == 200
        assert counts(kvasir) == {"a": 10, "b": 10}

        assert delete(kvasir).status == 400
        assert delete(kvasir, **{"match[]": 'up{job="a"}', "start": BEGIN + 60, "end": BEGIN + 180}).status == 204
        assert counts(kvasir) == {"a": 7, "b": 10}
        assert kvasir.query('sum by (job) (count_over_time(up{job="a"}[1h]))', BEGIN + 600) and counts(kvasir, "other") == {"a": 10, "b": 10}

        assert delete(kvasir, **{"match[]": 'up{job="b"}'}).status == 204
        assert counts(kvasir) == {"a": 7}
        kvasir.kill()
        kvasir.start()
        assert counts(kvasir) == {"a": 7}
        assert len(kvasir.get(API + "/admin/tsdb/deletions").json["data"]) == 2
        assert kvasir.stop() == 0, kvasir.log_text()[-3000:]


# ---- over head and blocks ----------------------------------------------------------------------------------------------

MINUTES = 6 * 60  # Of which the head keeps the last hour.


class Life:
    """Samples of hours, most of them in blocks: series a, b and c of m, and one of `lonely`."""

    def __init__(self):
        self.begin = int(time.time()) // 60 * 60 - MINUTES * 60
        self.end = self.begin + MINUTES * 60

    def push(self, kvasir, first, last):
        for minute in range(first, last, 30):
            def of(name, job, extra):
                labels = {"__name__": name, "job": job, **extra}
                return labels, [((self.begin + 60 * m) * 1000, m) for m in range(minute, min(minute + 30, last))]
            reply = kvasir.push([of("m", job, {}) for job in "abc"] + [of("lonely", "d", {"zone": "x"})])
            assert reply.status == 200, reply.text

    def fill(self, kvasir):
        self.push(kvasir, 0, MINUTES - 60)
        assert harness.http(kvasir.url("/ingester/flush?wait=true"), method="POST").status == 204
        self.push(kvasir, MINUTES - 60, MINUTES)

    def counts(self, kvasir):
        """{job: number of samples} of everything; a sample at the very begin counts, too."""
        found = kvasir.query(f"sum by (job) (count_over_time({{job!=''}}[{MINUTES * 60 + 60}s]))", self.end)
        return {labels.split('"')[1]: int(value) for labels, value in found.items()}

    def labels(self, kvasir):
        """(names, values of job, names of metrics, jobs of the series) between begin and end."""
        def get(path, **params):
            reply = kvasir.get(API + path, start=self.begin, end=self.end, **params)
            assert reply.status == 200, reply.text
            return reply.json["data"]
        return (get("/labels"), get("/label/job/values"), get("/label/__name__/values"),
                sorted(s["job"] for s in get("/series", **{"match[]": "{job!=''}"})))

    def delete(self, kvasir):
        """Two hours of a, which are in blocks and in the head; all of b; everything that has a zone."""
        assert delete(kvasir, **{"match[]": 'm{job="a"}', "start": self.end - 2 * 3600, "end": self.end}).status == 204
        assert delete(kvasir, **{"match[]": ['{job="b"}', '{zone!=""}']}).status == 204

    ALL = ({job: MINUTES for job in "abcd"}, (["__name__", "job", "zone"], ["a", "b", "c", "d"], ["lonely", "m"], ["a", "b", "c", "d"]))
    LEFT = ({"a": MINUTES - 120, "c": MINUTES}, (["__name__", "job"], ["a", "c"], ["m"], ["a", "c"]))

    def answers(self, kvasir):
        return self.counts(kvasir), self.labels(kvasir)


def test_head_and_blocks_lose_the_same_series_before_and_after_they_are_rewritten():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-deletion-"))
    fast, slow = folder / "fast.toml", harness.ROOT / "configs/all-in-one.toml"
    place = 'data_dir = "${KVASIR_DATA_DIR:-./data}/compactor"\n'
    text = slow.read_text()
    assert place in text
    fast.write_text(text.replace(place, place + 'compaction_interval = "200ms"\ncleanup_interval = "200ms"\n'
                                 'first_level_compaction_wait_period = "0s"\n'))
    life = Life()
    with Kvasir(slow, folder) as kvasir:
        life.fill(kvasir)
        assert life.answers(kvasir) == Life.ALL
        life.delete(kvasir)
        assert life.answers(kvasir) == Life.LEFT
        assert life.labels(kvasir)[1] == ["a", "c"]
        kvasir.kill()
        kvasir.start()
        assert life.answers(kvasir) == Life.LEFT

        # The compactor takes them out of the blocks; answers stay what they are meanwhile, and without the requests as well.
        assert kvasir.stop() == 0
        kvasir.config = fast
        kvasir.start()
        tenant = folder / "data/bucket/test"

        def rewritten():
            assert life.counts(kvasir) == Life.LEFT[0]
            marked = {m.name.split("-")[0] for m in tenant.glob("markers/*-deletion-mark.json")}
            metas = [m.read_text() for m in tenant.glob("*/meta.json") if m.parent.name not in marked]
            return metas and all("deletions-applied-to:" in m for m in metas)
        wait_until(rewritten, 90, "blocks without what was deleted")
        assert life.answers(kvasir) == Life.LEFT
        kvasir.kill()
        kvasir.start()
        assert life.answers(kvasir) == Life.LEFT


def test_in_roles_a_request_at_the_querier_counts_for_ingesters_and_store_gateways():
    root = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-deletion-"))
    env = {"KVASIR_BUCKET_DIR": str(root / "bucket")}
    life = Life()
    try:
        with Kvasir("all-in-one") as one:  # Whose blocks the store-gateway has.
            life.push(one, 0, MINUTES - 60)
            assert harness.http(one.url("/ingester/flush?wait=true"), method="POST").status == 204
            shutil.copytree(one.folder / "data/bucket", root / "bucket")
        with Kvasir("store-gateway", env=env) as gateway, Kvasir("ingester") as ingester:
            addresses = {"KVASIR_INGESTER_ADDRS": f"127.0.0.1:{ingester.grpc_port}"}
            with Kvasir("distributor", env=addresses) as distributor:
                life.push(distributor, MINUTES - 60, MINUTES)
            env["KVASIR_INGESTER_ADDRS"] = f"127.0.0.1:{ingester.grpc_port},127.0.0.1:{gateway.grpc_port}"
            with Kvasir("querier", env=env) as querier:
                assert life.answers(querier) == Life.ALL
                life.delete(querier)
                assert life.answers(querier) == Life.LEFT
                querier.kill()
                querier.start()
                assert life.answers(querier) == Life.LEFT
    finally:
        shutil.rmtree(root, ignore_errors=True)



def test_in_roles_rules_do_not_see_what_was_deleted():
    with Kvasir("ingester") as ingester:
        grpc = f"127.0.0.1:{ingester.grpc_port}"
        env = {"KVASIR_INGESTER_ADDRS": grpc, "KVASIR_READ_ADDRS": grpc, "KVASIR_BUCKET_DIR": str(ingester.folder / "bucket")}
        head = {"X-Scope-OrgID": "t"}
        with Kvasir("distributor", env=env) as distributor, Kvasir("querier", env=env) as querier:
            now = int(time.time() * 1000)
            for i in range(2):
                assert distributor.push([({"__name__": "m", "i": str(i)}, [(now, 1.0)])], tenant="t").status == 200
            assert delete(querier, "t", **{"match[]": 'm{i="1"}', "start": 0}).status == 204
            # It reads the requests when it starts; the ones after that within its refresh_interval.
            with Kvasir("ruler", env=env) as ruler:
                body = b"name: g\ninterval: 1s\nquery_offset: 0s\nrules: [{record: n, expr: count(m)}]\n"
                reply = harness.http(ruler.url("/prometheus/config/v1/rules/ns"), "POST", body, head)
                assert reply.status == 202, reply.text

                def recorded():
                    return harness.http(querier.url(API + "/query?query=n"), headers=head).json["data"]["result"]
                wait_until(recorded, 60, "the result of the rule")
                assert [s["value"][1] for s in recorded()] == ["1"], recorded()


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
