#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an operator does: check before running, look, reload under load, stop."""
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

import harness
from harness import BINARY, ROOT, Kvasir


def command(*args, env=None):
    import os
    p = subprocess.run([BINARY, *args], capture_output=True, text=True, timeout=60, env=dict(os.environ, **(env or {})))
    return p.returncode, p.stdout, p.stderr


def test_every_configuration_that_ships_checks_out():
    for config in sorted((ROOT / "configs").glob("*.toml")):
        code, out, err = command("check", "--config", str(config))
        assert code == 0, f"{config.name}: {out}{err}"


def test_check_names_every_mistake_and_touches_nothing(tmp="/tmp"):
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        text = (ROOT / "configs/all-in-one.toml").read_text()
        text = text.replace('type = "sink.validate"', 'type = "sink.validte"').replace('index = "index"', 'index = "limits"')
        text = text.replace("[component.index]", "[component.index]\nregex_cache_entrys = 5")
        broken = pathlib.Path(folder) / "broken.toml"
        broken.write_text(text)
        code, out, err = command("check", "--config", str(broken), env={"KVASIR_DATA_DIR": folder + "/data"})
        said = out + err
        assert code == 1, said
        for part in ("broken.toml:", "sink.validate", "kvs.indexer/1", "regex_cache_entries", "^"):
            assert part in said, f"no {part!r} in:\n{said}"
        assert not (pathlib.Path(folder) / "data").exists()
        code, out, err = command("run", "--config", str(broken), env={"KVASIR_DATA_DIR": folder + "/data"})
        assert code != 0 and "sink.validate" in out + err


def test_the_command_explains_itself():
    code, out, err = command("--help")
    assert code == 0
    for name in ("run", "check", "graph", "plugins list", "describe", "config reference", "plugin-check", "version"):
        assert name in out + err, name
        code, page, err_page = command(*name.split(), "--help")
        assert code == 0 and "usage" in page + err_page, name
    code, out, err = command("describe", "net.http")
    assert code == 0 and "listen" in out and "kvs.http_routes/1" in out, out + err
    code, out, err = command("describe", "net.htp")
    assert code != 0 and "net.http" in out + err
    code, out, err = command("graph", "--config", str(ROOT / "configs/all-in-one.toml"), "--format", "mermaid")
    assert code == 0 and "flowchart" in out and "validate" in out and "-->" in out, out + err
    code, out, err = command("config", "reference")
    assert code == 0 and "max_body" in out and "head" in out


def test_pages_are_served_and_only_ready_when_all_is():
    with Kvasir() as kvasir:
        assert kvasir.get("/ready", None).status == 200
        assert kvasir.get("/-/healthy", None).status == 200
        services = kvasir.get("/services", None)
        assert services.status == 200 and "head" in services.text
        assert "flowchart" in kvasir.get("/graph", None, format="mermaid").text
        metrics = kvasir.get("/metrics", None)
        assert "process_resident_memory_bytes" in metrics.text and "cortex_request_duration_seconds_bucket" in metrics.text
        openmetrics = kvasir.get("/metrics", None, headers={"Accept": "application/openmetrics-text; version=1.0.0"})
        assert openmetrics.text.rstrip().endswith("# EOF") and "openmetrics" in openmetrics.headers["content-type"]


def test_a_reload_changes_what_changed_and_drops_no_request():
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        text = (ROOT / "configs/all-in-one.toml").read_text()
        config = pathlib.Path(folder) / "kvasir.toml"
        config.write_text(text)
        with Kvasir(str(config)) as kvasir:
            now = int(time.time() * 1000)
            failures, pushed, halt = [], [0], threading.Event()

            def load():
                t = now
                while not halt.is_set():
                    t += 10
                    try:
                        reply = kvasir.push([({"__name__": "during_reload"}, [(t - 60_000, 1)])])
                        if reply.status != 200:
                            failures.append((reply.status, reply.text))
                        pushed[0] += 1
                    except OSError as e:
                        failures.append(repr(e))
            thread = threading.Thread(target=load)
            thread.start()
            for n in range(5):
                config.write_text(text.replace('type = "engine.promql"', f'type = "engine.promql"\nlookback_delta = "{n + 1}m"'))
                before = pushed[0]
                if n % 2:
                    assert harness.http(kvasir.url("/-/reload"), "POST").status == 200
                else:
                    kvasir.process.send_signal(signal.SIGHUP)
                harness.wait_until(lambda: pushed[0] > before + 20, 60, "requests during a reload")
            config.write_text(text.replace('type = "engine.promql"', 'type = "engine.promq"'))
            reply = harness.http(kvasir.url("/-/reload"), "POST")
            assert reply.status >= 400 and "engine.promql" in reply.text, reply.text
            halt.set()
            thread.join()
            assert not failures, failures[:3]
            assert float(kvasir.query("count_over_time(during_reload[10m])", now / 1000)["{}"]) > 50


def test_a_stop_is_clean_and_quick():
    with Kvasir() as kvasir:
        began = time.monotonic()
        assert kvasir.stop() == 0
        assert time.monotonic() - began < 10
        assert not re.search(r"level=error", kvasir.log_text()), kvasir.log_text()


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
