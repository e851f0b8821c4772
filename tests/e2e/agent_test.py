#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The main job on real input: a real Prometheus agent scrapes itself and Kvasir and remote-writes; what Grafana asks is
answered."""
import subprocess
import sys
import time

import harness
from harness import Kvasir, free_port, wait_until
from tenant_proxy import TenantProxy

AGENT = """
global: {{scrape_interval: 1s, external_labels: {{cluster: test}}}}
scrape_configs:
  - job_name: prometheus
    static_configs: [{{targets: ["127.0.0.1:{agent}"]}}]
  - job_name: kvasir
    static_configs: [{{targets: ["127.0.0.1:{kvasir}"]}}]
remote_write:
  - url: http://127.0.0.1:{gateway}/api/v1/push
    headers: {{X-Scope-OrgID: cluster-1}}
    send_exemplars: true
    metadata_config: {{send: true, send_interval: 1s}}
    queue_config: {{batch_send_deadline: 1s}}
"""


def test_an_agent_writes_and_grafana_reads():
    with Kvasir() as kvasir, TenantProxy(kvasir.url(""), "cluster-1") as gateway:
        port = free_port()
        config = kvasir.folder / "agent.yml"
        config.write_text(AGENT.format(agent=port, kvasir=kvasir.port, gateway=gateway.port))
        log = open(kvasir.folder / "agent.log", "wb")
        agent = subprocess.Popen(["prometheus", "--enable-feature=agent", f"--config.file={config}",
                                  f"--storage.agent.path={kvasir.folder}/agent", f"--web.listen-address=127.0.0.1:{port}"],
                                 stdout=log, stderr=log)
        try:
            check_what_grafana_asks(kvasir)
        except AssertionError:
            print((kvasir.folder / "agent.log").read_text()[-3000:])
            raise
        finally:
            agent.terminate()
            agent.wait()


def check_what_grafana_asks(kvasir):
    tenant = "cluster-1"
    api = "/prometheus/api/v1"

    def up():
        result = kvasir.get(api + "/query", tenant, query="up").json["data"]["result"]
        return len(result) == 2 and all(r["value"][1] == "1" for r in result) and result
    both_up = wait_until(up, 60, "both targets to be up")
    assert {r["metric"]["job"] for r in both_up} == {"prometheus", "kvasir"}
    assert all(r["metric"]["cluster"] == "test" and r["metric"]["__name__"] == "up" for r in both_up)

    # Another tenant sees nothing; no tenant is refused.
    assert kvasir.get(api + "/query", "cluster-2", query="up").json["data"]["result"] == []
    assert kvasir.get(api + "/query", None, query="up").status == 401

    # A panel, as Grafana posts it.
    wait_until(lambda: kvasir.query("count_over_time(up[30s])", time.time(), tenant) and
               min(map(float, kvasir.query("count_over_time(up[30s])", time.time(), tenant).values())) >= 8, 40, "8 scrapes")
    now = time.time()
    body = f"query=sum+by+%28job%29+%28rate%28process_cpu_seconds_total%5B10s%5D%29%29&start={now - 5:.3f}&end={now:.3f}&step=1".encode()
    panel = harness.http(kvasir.url(api + "/query_range"), "POST", body,
                         {"X-Scope-OrgID": tenant, "Content-Type": "application/x-www-form-urlencoded"})
    assert panel.status == 200, panel.text
    data = panel.json["data"]
    assert data["resultType"] == "matrix" and {s["metric"]["job"] for s in data["result"]} == {"prometheus", "kvasir"}, data
    assert all(float(v) >= 0 for s in data["result"] for _, v in s["values"])

    # What the query builder and the variables ask.
    assert "up" in kvasir.get(api + "/label/__name__/values", tenant).json["data"]
    assert kvasir.get(api + "/label/job/values", tenant, **{"match[]": "up"}).json["data"] == ["kvasir", "prometheus"]
    assert "instance" in kvasir.get(api + "/labels", tenant, start=now - 60, end=now).json["data"]
    series = kvasir.get(api + "/series", tenant, **{"match[]": 'up{job="kvasir"}', "start": now - 60, "end": now}).json["data"]
    assert len(series) == 1 and series[0]["job"] == "kvasir", series
    wait_until(lambda: "prometheus_build_info" in kvasir.get(api + "/metadata", tenant).json["data"], 60, "metadata")
    assert kvasir.get(api + "/status/buildinfo", None).json["data"]["application"] == "Grafana Mimir"
    assert kvasir.get(api + "/format_query", tenant, query="sum(up)by(job)").json["data"] == "sum by (job) (up)"

    # Kvasir's own metrics came in through itself.
    received = kvasir.query('cortex_distributor_received_samples_total{user="cluster-1"}', time.time(), tenant)
    assert received and float(next(iter(received.values()))) > 100, received
    buckets = kvasir.query('cortex_request_duration_seconds_count{route="api_v1_push",status_code="200",method="POST",ws="false"}',
                           time.time(), tenant)
    assert len(buckets) == 1, buckets


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
