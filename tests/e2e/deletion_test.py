#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Series that a tenant deletes are gone from answers at once, and only theirs."""
import sys
import urllib.parse

import harness

BEGIN = 1_700_000_000
URL = "/prometheus/api/v1/admin/tsdb/delete_series"


def series(job):
    return [({"__name__": "up", "job": job}, [((BEGIN + 60 * i) * 1000, float(i)) for i in range(10)])]


def delete(kvasir, tenant="test", **params):
    return harness.http(kvasir.url(URL), "POST", urllib.parse.urlencode(params, doseq=True).encode(),
                        {"X-Scope-OrgID": tenant, "Content-Type": "application/x-www-form-urlencoded"})


def counts(kvasir, tenant="test"):
    found = kvasir.query("count_over_time(up[1h])", BEGIN + 600, tenant)
    return {labels.split('job="')[1].split('"')[0]: int(value) for labels, value in found.items()}


def test_deleted_ranges_are_gone_from_answers_of_their_tenant():
    kvasir = harness.Kvasir()
    try:
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
        assert len(kvasir.get("/prometheus/api/v1/admin/tsdb/deletions").json["data"]) == 2
        assert kvasir.stop() == 0, kvasir.log_text()[-3000:]
    finally:
        kvasir.stop()


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
