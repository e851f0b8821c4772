#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tenants as their users meet them: reads over several, what nobody may see, and limits that change while the process runs."""
import pathlib
import shutil
import struct
import sys
import tempfile
import time

import harness
from harness import Kvasir, field, snappy, varint, wait_until

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


def read_endpoints():
    """Every read, as (path, method, parameters or body)."""
    window = {"start": NOW - 600, "end": NOW + 60}
    of_up = {"match[]": "up", **window}
    matchers = field(3, b"\x08\x00" + field(2, b"__name__") + field(3, b"up"))
    read = field(1, b"\x08" + varint((NOW - 600) * 1000) + b"\x10" + varint((NOW + 60) * 1000) + matchers)
    return [("/query", "GET", {"query": "up", "time": NOW}), ("/query_range", "GET", {"query": "up", "step": 60, **window}),
            ("/query_exemplars", "GET", {"query": "up", **window}), ("/series", "GET", of_up), ("/labels", "GET", of_up),
            ("/label/job/values", "GET", of_up), ("/metadata", "GET", {}), ("/format_query", "GET", {"query": "up"}),
            ("/cardinality/label_names", "GET", {}), ("/cardinality/label_values", "GET", {"label_names[]": "job"}),
            ("/cardinality/active_series", "GET", {"selector": "up"}),
            ("/cardinality/active_native_histogram_metrics", "GET", {"selector": "up"}),
            ("/search/metric_names", "GET", {}), ("/search/label_names", "GET", {}), ("/search/label_values", "GET", {"label": "job"}),
            ("/read", "POST", snappy(read)), ("/read", "POST", snappy(read + b"\x10\x01"))]


def ask(kvasir, tenant, path, method, what):
    if method == "GET":
        return kvasir.get(API + path, tenant, **what)
    return harness.http(kvasir.url(API + path), method, what, {"X-Scope-OrgID": tenant})


def fill_everything(kvasir, tenant):
    """A series with an exemplar, and metadata, that name the tenant."""
    exemplar = field(1, field(1, b"trace_id") + field(2, tenant.encode())) + b"\x11" + struct.pack("<d", 1) + b"\x18" + varint(NOW * 1000)
    labels = b"".join(field(1, field(1, k) + field(2, v)) for k, v in ((b"__name__", b"up"), (b"job", tenant.encode())))
    sample = field(2, b"\x09" + struct.pack("<d", 1) + b"\x10" + varint(NOW * 1000))
    metadata = field(3, b"\x08\x02" + field(2, b"up_" + tenant.encode()) + field(4, b"What it is."))
    reply = kvasir.push_raw(snappy(field(1, labels + sample + field(3, exemplar)) + metadata), tenant)
    assert reply.status == 200, reply.text


def test_every_read_may_name_several():
    with Kvasir() as kvasir:
        for tenant in ("t1", "t2", "secret"):
            fill_everything(kvasir, tenant)
        for path, method, what in read_endpoints():
            for tenants in ("t1|t2", "t*"):
                reply = ask(kvasir, tenants, path, method, what)
                assert reply.status == 200, f"{path} of {tenants}: {reply.status} {reply.text}"
                assert b"secret" not in reply.body, f"{path} of {tenants} tells of another: {reply.text}"
                # What has values says both tenants' own; in compressed bytes they do not show.
                names_alone = path in ("/labels", "/format_query", "/cardinality/label_names", "/cardinality/active_native_histogram_metrics",
                                       "/search/metric_names", "/search/label_names")
                if not names_alone and reply.headers.get("Content-Encoding") != "snappy":
                    assert b"t1" in reply.body and b"t2" in reply.body, f"{path} of {tenants}: {reply.text}"


def test_reads_of_several_can_be_switched_off():
    text = (harness.ROOT / "configs/all-in-one.toml").read_text()
    at_the_door = text.replace('type = "net.http"\n', 'type = "net.http"\ntenant_federation = false\n')
    behind = text.replace('type = "source.federation"\n', 'type = "source.federation"\nenabled = false\n')
    assert text not in (at_the_door, behind)
    for config, codes in ((at_the_door, (422,)), (behind, (400, 422))):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(config)
            file.flush()
            with Kvasir(config=file.name) as kvasir:
                fill_everything(kvasir, "t1")
                for path, method, what in read_endpoints():
                    if config is behind and path in ("/metadata", "/format_query"):
                        continue  # The former has no tenants' labels to tell apart, the latter reads nothing.
                    reply = ask(kvasir, "t1|t2", path, method, what)
                    assert reply.status in codes, f"{path}: {reply.status} {reply.text}"
                    assert ask(kvasir, "t1", path, method, what).status == 200, path


# As the article that many begin with has it, named as it names it.
SEED = """overrides:
  cluster-1:
    max_global_series_per_user: 5000000
    ingestion_rate: 200000
    ingestion_burst_size: 400000
  cluster-2:
    max_global_series_per_user: 3
    ingestion_rate: 100000
    ingestion_burst_size: 200000
  team-analytics:
    max_global_series_per_user: 1000000
    ingestion_rate: 10
    ingestion_burst_size: 20
"""


def test_an_overrides_config_file_among_the_limits_works_as_it_is():
    overrides = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-e2e-")) / "overrides.yaml"
    overrides.write_text(SEED)
    text = (harness.ROOT / "configs/all-in-one.toml").read_text()
    text = text.replace('overrides_file = "${KVASIR_RUNTIME_CONFIG:-}"\n', f'limits = {{ overrides_config_file = "{overrides}" }}\n')
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(text)
        file.flush()
        with Kvasir(config=file.name) as kvasir:
            def push(n, tenant):
                return kvasir.push([({"__name__": "m", "n": str(i)}, [(int(time.time() * 1000), 1)]) for i in range(n)], tenant)
            assert kvasir.get("/api/v1/user_limits", "cluster-1").json["ingestion_burst_size"] == 400000
            assert push(50, "cluster-1").status == 200
            refused = push(50, "cluster-2")
            assert refused.status == 400 and "err-mimir-max-series-per-user" in refused.text, refused.text
            refused = push(50, "team-analytics")
            assert refused.status == 429 and "err-mimir-tenant-max-ingestion-rate" in refused.text, refused.text
            assert "Retry-After" in refused.headers

            # A broken file keeps what was, says why and raises a metric.
            overrides.write_text("overrides: [")
            wait_until(lambda: "cortex_runtime_config_last_reload_successful 0" in kvasir.get("/metrics", None).text, 60, "the metric")
            assert "the overrides file cannot be used" in kvasir.log_text()
            assert push(50, "cluster-2").status == 400


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
        wait_until(lambda: push(4, "small").status == 200, 60, "the new limit")


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
