#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""http_config of a receiver, against real peers: certificates in both directions, versions of TLS, proxies for plain and encrypted receivers,
tokens of OAuth2 over TLS."""
import base64
import contextlib
import http.server
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.parse

import notify
from notify import harness

GROUP = {"key": '{}:{alertname="Down"}', "external_url": "http://am.example", "labels": {"alertname": "Down"},
         "alerts": [{"labels": {"alertname": "Down"}, "annotations": {}, "starts_ms": 1767323045678, "ends_ms": 0, "generator_url": "http://g",
                     "fingerprint": "956fbf9253780420"}]}


class Authority:
    """Makes certificates that it vouches for."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.ca, self.key = folder / f"{name}.pem", folder / f"{name}.key"
        self.openssl("req", "-x509", *self.new_key(self.key), "-days", "2", "-subj", f"/CN={name}", "-out", self.ca)

    @staticmethod
    def new_key(path):
        return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path

    @staticmethod
    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    def make(self, name):
        """Paths of a certificate and its key."""
        cert, key, request, more = (self.folder / f"{self.name}-{name}.{end}" for end in ("pem", "key", "csr", "ext"))
        self.openssl("req", *self.new_key(key), "-subj", f"/CN={name}", "-out", request)
        more.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        self.openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.key, "-CAcreateserial", "-days", "2", "-extfile", more, "-out", cert)
        return cert, key


class Server:
    """Answers 200 and keeps what it was asked; a proxy, too: for requests with a whole address, and for CONNECT."""

    def __init__(self, context=None, answer=b"{}"):
        requests = self.requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                peer = self.connection.getpeercert() if context else None
                requests.append({"target": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}, "body": body,
                                 "peer": dict(p[0] for p in peer["subject"])["commonName"] if peer else None})
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def do_CONNECT(self):
                requests.append({"target": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}, "body": "", "peer": None})
                host, port = self.path.split(":")
                with socket.create_connection((host, int(port))) as there:
                    self.send_response(200)
                    self.end_headers()
                    back = threading.Thread(target=self.carry, args=(there, self.connection))
                    back.start()
                    self.carry(self.connection, there)
                    back.join()
                self.close_connection = True

            @staticmethod
            def carry(source, sink):
                with contextlib.suppress(OSError):
                    while data := source.recv(65536):
                        sink.sendall(data)
                    sink.shutdown(socket.SHUT_WR)

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                pass  # A handshake that fails is what some tests are about.

            def finish_request(self, request, address):
                super().finish_request(context.wrap_socket(request, server_side=True) if context else request, address)

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def serving(authority, clients=None, newest=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.make("server"))
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients.ca)
    if newest:
        context.maximum_version = newest
    return context


def block(path):
    """A file as a quoted scalar of YAML."""
    return "'" + path.read_text().strip().replace("\n", "\n\n    ") + "\n\n    '"


def send(url, http_config):
    config = f"route: {{receiver: r}}\nreceivers:\n- name: r\n  webhook_configs:\n  - {{url: '{url}', http_config: {http_config}}}\n"
    return notify.notify_once(config, "r", GROUP)


@contextlib.contextmanager
def authorities():
    with tempfile.TemporaryDirectory() as folder:
        yield Authority(pathlib.Path(folder), "ours"), Authority(pathlib.Path(folder), "strangers")


def test_certificates_in_both_directions():
    with authorities() as (ours, strangers), Server(serving(ours, clients=ours)) as server:
        url = f"https://localhost:{server.port}/hook"
        cert, key = ours.make("kvasir")
        other_cert, other_key = strangers.make("kvasir")
        mine = f"cert: {block(cert)}, key: {block(key)}"
        code, output = send(url, f"{{tls_config: {{ca: {block(ours.ca)}, {mine}}}}}")
        assert (code, output) == (0, "webhook: sent\n"), output
        assert [(r["target"], r["peer"]) for r in server.requests] == [("/hook", "kvasir")], server.requests
        for tls in (f"{{ca: {block(ours.ca)}}}",  # Without a certificate of its own.
                    f"{{ca: {block(ours.ca)}, cert: {block(other_cert)}, key: {block(other_key)}}}",
                    f"{{ca: {block(strangers.ca)}, {mine}}}",
                    f"{{{mine}}}"):  # Nobody of the system's authorities vouches for it.
            code, output = send(url, f"{{tls_config: {tls}}}")
            assert code == 1 and "PRIVATE KEY" not in output, output
        code, output = send(url, f"{{tls_config: {{insecure_skip_verify: true, {mine}}}}}")
        assert code == 0, output
        assert len(server.requests) == 2, server.requests


def test_versions_of_tls():
    with authorities() as (ours, _), Server(serving(ours, newest=ssl.TLSVersion.TLSv1_2)) as server:
        url = f"https://localhost:{server.port}/hook"
        assert send(url, f"{{tls_config: {{ca: {block(ours.ca)}, min_version: TLS12}}}}")[0] == 0
        code, output = send(url, f"{{tls_config: {{ca: {block(ours.ca)}, min_version: TLS13}}}}")
        assert code == 1 and len(server.requests) == 1, output


def test_proxies():
    with authorities() as (ours, _), Server() as plain, Server(serving(ours)) as encrypted, Server() as proxy:
        through = f"proxy_url: 'http://127.0.0.1:{proxy.port}'"
        # Named by its address: what the proxy is told is the whole of it.
        code, output = send(f"http://127.0.0.1:{plain.port}/hook?a=b", f"{{{through}, basic_auth: {{username: me, password: secret}}}}")
        assert code == 0, output
        (request,) = proxy.requests
        assert request["target"] == f"http://127.0.0.1:{plain.port}/hook?a=b" and "Down" in request["body"], request
        assert request["headers"]["authorization"] == "Basic " + base64.b64encode(b"me:secret").decode()
        assert not plain.requests

        # An encrypted one is a tunnel: the proxy sees the headers that are for it, and nothing of the request.
        proxy.requests.clear()
        code, output = send(f"https://localhost:{encrypted.port}/hook",
                            f"{{{through}, proxy_connect_header: {{X-Tunnel: [let-me]}}, bearer_token: abc, tls_config: {{ca: {block(ours.ca)}}}}}")
        assert code == 0, output
        (request,) = proxy.requests
        assert request["target"] == f"localhost:{encrypted.port}" and request["headers"]["x-tunnel"] == "let-me", request
        assert "authorization" not in request["headers"], request
        (request,) = encrypted.requests
        assert request["headers"]["authorization"] == "Bearer abc" and "x-tunnel" not in request["headers"], request

        proxy.requests.clear()
        code, output = send(f"http://127.0.0.1:{plain.port}/hook", f"{{{through}, no_proxy: 'example.org,127.0.0.1'}}")
        assert code == 0 and not proxy.requests and len(plain.requests) == 1, output
        # One that is not there is tried again later.
        code, output = send(f"http://127.0.0.1:{plain.port}/hook", f"{{proxy_url: 'http://127.0.0.1:{harness.free_port()}'}}")
        assert code == 1 and "again later" in output and len(plain.requests) == 1, output


def test_tokens_over_tls():
    token = b'{"access_token": "t-1", "token_type": "Bearer", "expires_in": 3600}'
    with authorities() as (ours, strangers), Server(serving(strangers), token) as issuer, Server(serving(ours)) as server:
        def config(ca):
            return (f"{{tls_config: {{ca: {block(ours.ca)}}}, oauth2: {{client_id: me, client_secret: secret, scopes: [a, b], "
                    f"endpoint_params: {{audience: alerts}}, token_url: 'https://localhost:{issuer.port}/token', tls_config: {{ca: {block(ca)}}}}}}}")
        url = f"https://localhost:{server.port}/hook"
        code, output = send(url, config(strangers.ca))
        assert code == 0, output
        (request,) = issuer.requests
        form = urllib.parse.parse_qs(request["body"])
        assert (form["grant_type"], form["scope"], form["audience"]) == (["client_credentials"], ["a b"], ["alerts"]), request
        assert request["headers"]["authorization"] == "Basic " + base64.b64encode(b"me:secret").decode() or form.get("client_secret") == ["secret"], request
        assert [r["headers"]["authorization"] for r in server.requests] == ["Bearer t-1"], server.requests
        # Whom the receiver's certificate comes from says nothing about the issuer's.
        code, output = send(url, config(ours.ca))
        assert code == 1 and "secret" not in output and len(server.requests) == 1, output


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
