# SPDX-License-Identifier: Apache-2.0
"""A receiver of Alertmanager's webhooks that remembers what it was told, by path, and when."""
import http.server
import json
import threading
import time


class AlertReceiver:
    def __init__(self, host="127.0.0.1"):
        received = self.received = {}
        self.when = {}
        self.status = 200
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if outer.status == 200:
                    received.setdefault(self.path, []).append(body)
                    outer.when.setdefault(self.path, []).append(time.time())
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer((host, 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://{host}:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def told(self, path):
        """One text a message: the alerts by their label `n`, firing with + and resolved with -."""
        return [" ".join(sorted(a["labels"].get("n", "?") + ("+" if a["status"] == "firing" else "-") for a in m["alerts"]))
                for m in list(self.received.get(path, []))]

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
