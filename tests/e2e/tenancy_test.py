#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tenants as their users meet them: reads over several, what nobody may see, and limits that change while the process runs."""
import pathlib
import shutil
import sys
import tempfile
import time

import harness
from harness import Kvasir, wait_until

NOW = int(time.time())
API = "/prometheus/api/v1"


def fill(kvasir, tenants):
    for n, tenant in enumerate(tenants):
        series = [({"__name__": "up", "job": "a"}, [(NOW * 1000, n + 1)]),
                  ({"__name__": f"of_{tenant.replace('-', '_')}", "job": "b"}, [(NOW * 1000, 1)])]
        reply = kvasir.push(series, tenant)
        assert reply.status == 200, reply.text


def values(kvasir, tenant, label, **params):
    reply = kvasir.get(f"{API}/label/{label}/values", tenant, **params)
    assert reply.status == 200, reply.text
    return reply.json["data"]


def test_reads_name_several_tenants():
    with Kvasir() as kvasir:
        fill(kvasir, ["team-1", "team-2", "other"])

        assert kvasir.query("sum(up)", NOW, "team-1|other") == {"{}": "4"}
        assert kvasir.query("sum by (__tenant_id__) (up)", NOW, "other|team-1|other") == {
            '{__tenant_id__="other"}': "3", '{__tenant_id__="team-1"}': "1"}
        assert kvasir.query("up", NOW, "other") == {'{__name__="up",job="a"}': "3"}, "one tenant needs no label"
        assert kvasir.query('count({__tenant_id__!="other",job=~".+"})', NOW, "team-*|other") == {"{}": "4"}
        assert kvasir.query("sum(up)", NOW, "team-*") == {"{}": "3"}
        assert kvasir.query("sum(up)", NOW, "*") == {"{}": "6"}
        assert kvasir.query("sum(up)", NOW, "nobody-*") == {}
        assert len(kvasir.query_range("up", NOW - 60, NOW, 15, "team-*")) == 2

        assert values(kvasir, "team-*", "__tenant_id__") == ["team-1", "team-2"]
        assert values(kvasir, "team-*|other", "__tenant_id__", **{"match[]": "of_other"}) == ["other"]
        assert values(kvasir, "team-*", "__name__") == ["of_team_1", "of_team_2", "up"]
        names = kvasir.get(API + "/labels", "team-*").json["data"]
        assert names == ["__name__", "__tenant_id__", "job"], names
        series = kvasir.get(API + "/series", "team-*", **{"match[]": "up"}).json["data"]
        assert [s["__tenant_id__"] for s in series] == ["team-1", "team-2"], series


def test_a_tenant_that_has_only_blocks_is_found():
    with Kvasir() as kvasir:
        fill(kvasir, ["team-1"])
        reply = harness.http(kvasir.url("/ingester/flush?wait=true"), method="POST")
        assert reply.status == 204, reply.text
        bucket = kvasir.folder / "data/bucket"
        shutil.copytree(bucket / "team-1", bucket / "team-2")
        assert kvasir.query("sum by (__tenant_id__) (up)", NOW, "team-*") == {
            '{__tenant_id__="team-1"}': "1", '{__tenant_id__="team-2"}': "1"}
        assert values(kvasir, "team-*", "__tenant_id__") == ["team-1", "team-2"]


def test_what_is_not_a_read_has_one_tenant():
    with Kvasir() as kvasir:
        reply = kvasir.push([({"__name__": "up"}, [(NOW * 1000, 1)])], "a|b")
        assert reply.status in (400, 422), reply.status
        assert "multiple org IDs" in reply.text, reply.text
        assert kvasir.get(API + "/query", "a|b c", query="up").status == 400
        assert kvasir.get(API + "/query", None, query="up").status == 401


def test_limits_change_while_it_runs():
    overrides = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-e2e-")) / "overrides.yaml"
    overrides.write_text("overrides:\n  small:\n    max_global_series_per_user: 2\n")
    with Kvasir(env={"KVASIR_RUNTIME_CONFIG": str(overrides)}) as kvasir:
        def push(n, tenant):
            return kvasir.push([({"__name__": "m", "n": str(i)}, [(int(time.time() * 1000), 1)]) for i in range(n)], tenant)
        assert push(5, "large").status == 200
        refused = push(5, "small")
        assert refused.status == 400 and "per-user series limit of 2 exceeded (err-mimir-max-series-per-user)" in refused.text, refused.text
        assert len(kvasir.query("m", time.time(), "small")) == 2, "what is within the limit is stored"

        overrides.write_text("overrides:\n  small:\n    max_global_series_per_user: 4\n")
        wait_until(lambda: push(4, "small").status == 200, 30, "the new limit")


def test_limits_are_set_over_http():
    with Kvasir() as kvasir:
        url = kvasir.url("/api/v1/user_limits")
        reply = harness.http(url, "PUT", b'{"max_global_series_per_user": 1, "drop_labels": ["n"]}', {"X-Scope-OrgID": "a"})
        assert reply.status == 200, (reply.status, reply.text)
        assert reply.json["max_global_series_per_user"] == 1
        assert kvasir.get("/api/v1/user_limits", "a").json["drop_labels"] == ["n"]
        assert kvasir.get("/api/v1/user_limits", "b").json["max_global_series_per_user"] == 0
        t = int(time.time() * 1000)
        assert kvasir.push([({"__name__": "m", "n": "1"}, [(t, 1)])], "a").status == 200
        assert kvasir.push([({"__name__": "other"}, [(t, 1)])], "a").status == 400
        assert kvasir.query("m", t / 1000, "a") == {'{__name__="m"}': "1"}, "the label was dropped"
        assert "audit: a limit was changed over HTTP" in kvasir.log_text()
        assert kvasir.stop() == 0

        kvasir.start()
        assert kvasir.get("/api/v1/user_limits", "a").json["max_global_series_per_user"] == 1, "it outlives a restart"
        assert kvasir.get("/runtime_config", None).status == 404, "there is no runtime file"


def test_series_are_counted():
    with Kvasir() as kvasir:
        fill(kvasir, ["team-1", "team-2"])
        names = kvasir.get(API + "/cardinality/label_names", "team-1").json
        assert names["label_values_count_total"] == 4 and names["cardinality"][0]["label_values_count"] == 2, names
        by_value = kvasir.get(API + "/cardinality/label_values", "team-*", **{"label_names[]": ["job", "__tenant_id__"]}).json
        assert by_value["series_count_total"] == 4, by_value
        assert [v["label_value"] for v in by_value["labels"][1]["cardinality"]] in (["team-1", "team-2"], ["a", "b"]), by_value
        active = kvasir.get(API + "/cardinality/active_series", "team-1", selector="up").json["data"]
        assert active == [{"__name__": "up", "job": "a"}], active
        found = kvasir.get(API + "/search/metric_names", "team-1", **{"search[]": "team"}).text
        assert found.startswith('{"name":"of_team_1"'), found
        stats = kvasir.get("/api/v1/user_stats", "team-1").json
        assert stats["numSeries"] == 2, stats


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
