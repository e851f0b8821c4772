#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adds X-Scope-OrgID to what it forwards. Debian 12's Prometheus reads `headers` of remote_write and does not send them, so its
requests need somebody who names their tenant, as a gateway would.

    with TenantProxy("http://127.0.0.1:9009", "cluster-1") as proxy:
        ...                 # remote_write: [{url: http://127.0.0.1:{proxy.port}/api/v1/push}]

usage: tenant_proxy.py PORT TARGET TENANT
"""
import http.client
import http.server
import sys
import threading
import urllib.parse

HOP_BY_HOP = {"connection", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}


class TenantProxy:
    def __init__(self, target, tenant, port=0):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self.handler(urllib.parse.urlsplit(target).netloc, tenant))
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]

    @staticmethod
    def handler(address, tenant):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
                headers["X-Scope-OrgID"] = tenant
                connection = http.client.HTTPConnection(address, timeout=60)
                try:
                    connection.request(self.command, self.path, body, headers)
                    reply = connection.getresponse()
                    status, fields, answer = reply.status, reply.getheaders(), reply.read()
                except OSError as error:
                    status, fields, answer = 502, [], str(error).encode()
                finally:
                    connection.close()
                self.send_response_only(status)
                for name, value in fields:
                    if name.lower() not in HOP_BY_HOP:
                        self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_DELETE = forward

            def log_message(self, *args):
                pass

        return Handler

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.server.shutdown()
        self.server.server_close()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    TenantProxy(sys.argv[2], sys.argv[3], int(sys.argv[1])).server.serve_forever()
