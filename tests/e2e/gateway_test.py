#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""configs/gateway.toml as it is: who gets in, where requests go, what upstreams are told, and that a check keeps admin pages shut.

The upstreams are small servers of this file that say what they were asked.
"""
import hashlib
import http.server
import json
import ssl
import subprocess
import sys
import threading
import urllib.request

import harness
from harness import BINARY, Kvasir, free_port, run, wait_until


class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        text = json.dumps({"name": self.server.name, "method": self.command, "target": self.path, "body": body.decode(errors="replace"),
                           "headers": {k.lower(): v for k, v in self.headers.items()}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_DELETE = do_PUT = answer

    def log_message(self, *_):
        pass


def upstream(name):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.name = name
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


TOKENS = """
tokens:
  - {subject: agent, token: agent-0123456789abcdef, tenants: [team-a], rights: [write]}
  - subject: grafana
    sha256: %s
    tenants: ["team-*"]
    rights: [read]
  - {subject: shop, token: shop-0123456789abcdef, tenants: [team-a], rights: [read, write], matchers: '{namespace="shop"}'}
  - {subject: operator, token: operator-0123456789abcdef, rights: [admin]}
""" % hashlib.sha256(b"grafana-0123456789abcdef").hexdigest()


class Gateway(Kvasir):
    def __init__(self, **env):
        folder = harness.tempfile.mkdtemp(prefix="kvasir-e2e-")
        self.admin_port = free_port()
        self.tokens = harness.pathlib.Path(folder) / "tokens.yaml"
        self.tokens.write_text(TOKENS)
        port = free_port()
        self.addresses = {"KVASIR_DISTRIBUTORS": upstream("distributor"), "KVASIR_QUERIERS": upstream("querier"),
                          "KVASIR_RULERS": upstream("ruler"), "KVASIR_ALERTMANAGERS": upstream("alertmanager"),
                          "KVASIR_COMPACTORS": upstream("compactor")}
        super().__init__("gateway", folder, dict(self.addresses, KVASIR_HTTP_ADDR=f"127.0.0.1:{port}",
                                                 KVASIR_ADMIN_ADDR=f"127.0.0.1:{self.admin_port}",
                                                 KVASIR_TOKENS_FILE=str(self.tokens), **env), ready=False)
        self.port = port
        self.wait_ready()

    def ask(self, who, path, method="GET", tenant="team-a", body=None, headers=None):
        head = dict(headers or {})
        if who:
            head["Authorization"] = f"Bearer {who}-0123456789abcdef"
        if tenant:
            head["X-Scope-OrgID"] = tenant
        return harness.http(self.url(path), method, body, head)


def test_requests_go_where_their_path_says():
    with Gateway() as g:
        push = g.ask("agent", "/api/v1/push", "POST", body=b"samples", headers={"Content-Encoding": "snappy"}).json
        assert push["name"] == "distributor" and push["body"] == "samples", push
        assert push["headers"]["x-scope-orgid"] == "team-a" and push["headers"]["content-encoding"] == "snappy"
        assert "authorization" not in push["headers"], "credentials end here"
        query = g.ask("grafana", "/prometheus/api/v1/query?query=up%7Ba%3D%22b%22%7D", "POST", "team-b|team-a").json
        assert query["name"] == "querier" and query["target"] == "/prometheus/api/v1/query?query=up%7Ba%3D%22b%22%7D", query
        assert query["headers"]["x-scope-orgid"] == "team-a|team-b"
        assert g.ask("grafana", "/prometheus/api/v1/label/a%2Fb/values").json["target"] == "/prometheus/api/v1/label/a%2Fb/values"
        assert g.ask("agent", "/prometheus/config/v1/rules/ns", "POST", body=b"x").json["name"] == "ruler"
        assert g.ask("grafana", "/alertmanager/api/v2/alerts").json["name"] == "alertmanager"
        assert g.ask("grafana", "/prometheus/api/v1/search/metric_names?q=up", "POST").json["name"] == "querier"
        assert g.ask("agent", "/prometheus/api/v1/admin/tsdb/delete_series?match[]=up", "POST", body=b"").json["name"] == "querier"
        assert g.ask("grafana", "/prometheus/api/v1/admin/tsdb/delete_series?match[]=up", "POST", body=b"").status == 403, "it writes"
        upload = g.ask("agent", "/api/v1/upload/block/01ARZ3NDEKTSV4RRFFQ69G5FAV/files?path=index", "POST", body=b"index").json
        assert upload["name"] == "compactor" and upload["target"].endswith("/files?path=index") and upload["body"] == "index", upload


def test_who_may_not_gets_nothing():
    with Gateway() as g:
        for path in ("/api/v1/push", "/nothing/there", "/metrics"):
            reply = g.ask("stranger", path)
            assert reply.status == 401 and reply.headers["WWW-Authenticate"] == 'Bearer realm="kvasir"', (path, reply.status)
            assert reply.text == g.ask(None, "/api/v1/push").text
        assert g.ask("grafana", "/api/v1/push", "POST", body=b"x").status == 403, "it may only read"
        assert g.ask("agent", "/prometheus/api/v1/query?query=up").status == 403, "it may only write"
        assert g.ask("agent", "/api/v1/push", "POST", "team-b", b"x").status == 403, "not its tenant"
        assert g.ask("agent", "/api/v1/push", "POST", None, b"x").json["headers"]["x-scope-orgid"] == "team-a", "it has only one"
        assert g.ask("grafana", "/nothing/there").status == 404


def test_what_binds_a_caller_is_said_upstream():
    with Gateway() as g:
        lie = {"X-Kvasir-Labels": "namespace=other"}
        headers = g.ask("shop", "/prometheus/api/v1/query?query=up", headers=lie).json["headers"]
        assert "x-kvasir-labels" in g.ask("shop", "/prometheus/api/v1/cardinality/label_names").json["headers"]
        assert "x-kvasir-labels" in g.ask("shop", "/prometheus/api/v1/search/label_names").json["headers"]
        assert g.ask("shop", "/prometheus/api/v1/admin/tsdb/delete_series?match[]=up", "POST", body=b"").status == 403, "so do deletions"
        assert sorted(headers["x-kvasir-labels"].split("&")) == ["namespace=other", "namespace=shop"], "it can only narrow itself further"
        assert g.ask("shop", "/prometheus/config/v1/rules/ns", "POST", body=b"x").status == 403, "rules reach beyond labels"


def test_admin_pages_are_elsewhere_and_probes_tell_no_more_than_they_must():
    with Gateway() as g:
        assert g.ask("operator", "/metrics", tenant=None).status == 404
        assert g.ask(None, "/ready", tenant=None).text == "OK\n"
        admin = f"http://127.0.0.1:{g.admin_port}"
        assert harness.http(admin + "/metrics").status == 401
        page = harness.http(admin + "/metrics", headers={"Authorization": "Bearer operator-0123456789abcdef"})
        assert page.status == 200 and "kvs_net_http_access_denied_total" in page.text
        operator, reader = ({"Authorization": f"Bearer {who}-0123456789abcdef"} for who in ("operator", "grafana"))
        assert harness.http(admin + "/distributor/ring", headers=operator).json["name"] == "distributor"
        assert harness.http(admin + "/distributor/ring", headers=reader).status == 403
        assert harness.http(admin + "/compactor/tenants", headers=operator).json["name"] == "compactor"
        assert g.ask("operator", "/compactor/tenants").status == 404
        assert g.ask("operator", "/distributor/ring").status == 404


def test_tokens_come_and_go_without_a_restart():
    with Gateway() as g:
        assert g.ask("grafana", "/prometheus/api/v1/query?query=up").status == 200
        g.tokens.write_text(TOKENS.replace("subject: agent, token: agent-", "subject: agent, token: other-").replace(
            hashlib.sha256(b"grafana-0123456789abcdef").hexdigest(), "0" * 64))
        wait_until(lambda: g.ask("grafana", "/prometheus/api/v1/query?query=up").status == 401, 60, "the token to be gone")
        assert g.ask("other", "/api/v1/push", "POST", body=b"x").status == 200


def test_tls_and_its_certificates_are_read_again():
    def certificate(folder, name):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / f"{name}.key",
                        "-out", folder / f"{name}.crt"], check=True, capture_output=True)
        return (folder / f"{name}.crt").read_text(), (folder / f"{name}.key").read_text()

    folder = harness.pathlib.Path(harness.tempfile.mkdtemp(prefix="kvasir-tls-"))
    cert, key = folder / "cert.pem", folder / "key.pem"
    first, second = certificate(folder, "first"), certificate(folder, "second")
    cert.write_text(first[0])
    key.write_text(first[1])

    class TlsGateway(Gateway):
        def url(self, path):
            return f"https://127.0.0.1:{self.port}{path}"

        def wait_ready(self, seconds=60):
            wait_until(lambda: presented(self.port) is not None, seconds, "the listener")

    def presented(port):
        try:
            return ssl.get_server_certificate(("127.0.0.1", port)).strip()
        except OSError:
            return None

    with TlsGateway(KVASIR_TLS_CERT_FILE=str(cert), KVASIR_TLS_KEY_FILE=str(key)) as g:
        assert presented(g.port) == first[0].strip()
        context = ssl.create_default_context(cadata=first[0])
        with urllib.request.urlopen(g.url("/ready"), context=context) as reply:
            assert reply.status == 200
        key.write_text(second[1])
        cert.write_text(second[0])
        wait_until(lambda: presented(g.port) == second[0].strip(), 40, "the new certificate")


def test_a_check_does_not_let_admin_pages_open_to_a_network():
    folder = harness.pathlib.Path(harness.tempfile.mkdtemp(prefix="kvasir-check-"))
    file = folder / "open.toml"
    file.write_text('config_version = 1\n[plugins]\nload = ["net.http"]\n[component.http]\ntype = "net.http"\nlisten = "0.0.0.0:0"\n')
    check = subprocess.run([BINARY, "check", "--config", file], capture_output=True, text=True)
    text = check.stdout + check.stderr
    assert check.returncode != 0 and "L004" in text and "allow_open_admin" in text, text
    file.write_text(file.read_text() + "allow_open_admin = true\n")
    assert subprocess.run([BINARY, "check", "--config", file], capture_output=True).returncode == 0


if __name__ == "__main__":
    run(sys.modules[__name__])
