# SPDX-License-Identifier: Apache-2.0
"""What tests of notifiers share: a server that records requests, an Alertmanager, and notify_once."""
import contextlib
import datetime
import http.server
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness

TYPES = ["discord", "email", "msteams", "msteamsv2", "opsgenie", "pagerduty", "pushover", "slack", "sns", "telegram", "victorops", "webex", "webhook"]


class Recorder:
    """Answers every request as the services do that are happy with it."""

    def __init__(self):
        self.requests, self.lock = [], threading.Lock()
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                with recorder.lock:
                    recorder.requests.append({"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body})
                reply = b"ok"
                if "/telegram/" in self.path:
                    reply = b'{"ok":true,"result":{"message_id":1,"chat":{"id":1}}}'
                if "/sns" in self.path:
                    reply = (b'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId>'
                             b'</PublishResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></PublishResponse>')
                self.send_response(200)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            do_POST = do_PUT = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self):
        with self.lock:
            taken, self.requests = self.requests, []
        return taken

    def count(self):
        with self.lock:
            return len(self.requests)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@contextlib.contextmanager
def alertmanager(binary, config, external_url):
    """A running Alertmanager; gives the address of its API."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-am-"))
    (folder / "am.yml").write_text(config)
    port = harness.free_port()
    log = open(folder / "log", "w")
    process = subprocess.Popen([binary, f"--config.file={folder}/am.yml", f"--storage.path={folder}/data", "--cluster.listen-address=",
                                f"--web.listen-address=127.0.0.1:{port}", f"--web.external-url={external_url}", "--web.route-prefix=/"],
                               stdout=log, stderr=log)
    try:
        base = f"http://127.0.0.1:{port}"

        def ready():
            assert process.poll() is None, (folder / "log").read_text()
            try:
                return harness.http(f"{base}/-/ready").status == 200
            except OSError:
                return False
        harness.wait_until(ready, what="Alertmanager to be ready")
        yield base
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def alertmanagers():
    """Those there are, newest last: Debian's, and the one that tests/promql/get-peers unpacked."""
    found = [shutil.which("prometheus-alertmanager"), harness.ROOT / "build/peers/root/usr/bin/prometheus-alertmanager"]
    return [str(f) for f in found if f and pathlib.Path(f).exists()]


def milliseconds(text):
    if text.startswith("0001"):
        return 0
    return round(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def group_of(webhook):
    """What notify_once takes, from what a webhook of Alertmanager's got."""
    return {"key": webhook["groupKey"], "external_url": webhook["externalURL"], "labels": webhook["groupLabels"],
            "reason": webhook.get("notification_reason", ""),
            "alerts": [{"labels": a["labels"], "annotations": a["annotations"], "starts_ms": milliseconds(a["startsAt"]),
                        "ends_ms": milliseconds(a["endsAt"]), "generator_url": a["generatorURL"], "fingerprint": a["fingerprint"]}
                       for a in webhook["alerts"]]}


def notify_once(config, receiver, group, settings=""):
    """Runs it with all notifiers; gives its exit code and what it printed. `settings` are TOML, by type: {"pushover": "api_url = ..."}."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "am.yml").write_text(config)
        (folder / "group.json").write_text(json.dumps(group))
        toml = "config_version = 1\n" + "".join(f'[[plugins.load]]\nid = "notifier.{t}"\n' for t in TYPES)
        for t in TYPES:
            toml += f'[component.{t}]\ntype = "notifier.{t}"\n' + (settings or {}).get(t, "") + "\n"
        (folder / "notifiers.toml").write_text(toml)
        done = subprocess.run([harness.BUILD / "tests/alertmanager/notify_once", harness.BUILD / "lib/kvasir/plugins", folder / "notifiers.toml",
                               folder / "am.yml", receiver, folder / "group.json"], capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout + done.stderr
