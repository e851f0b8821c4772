#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Side-by-side benchmark of remote-write servers on one machine.

Loads the same series into each server with rwload, then runs the same PromQL
queries against each in turn (A B C, A B C, ...), and prints one JSON document
and a table: milliseconds of wall and of CPU time for each query, and how many
times more each of the others takes than the first server. Costs are CPU time of
the server's process tree, so a noisy neighbour moves them far less than it moves
wall time; of a query it is the mean of all rounds, because a collector of garbage
works for several queries at once.

usage: compare.py --servers servers.json [--only a,b] [--series N] [--scrapes K]
                  [--interval-ms MS] [--queries queries.txt] [--rounds R]
                  [--rw 1|2] [--churn F] [--labels N] [--out result.json]

servers.json: {"name": {"cmd": ["prog", "--dir={dir}", "--port={port}"], "port": 9001,
  "push": "/api/v1/write", "query": "/api/v1", "ready": "/-/ready", "tenant": "",
  "env": {}, "rw2": true, "config": {"file.yaml": "text with {dir} and {port}"}}}
"""
import argparse, json, os, shutil, signal, statistics, subprocess, sys, tempfile, time, urllib.parse, urllib.request

from bench import cpu_seconds


def tree(pid):
    """The process and all its descendants."""
    kids, todo, out = {}, [pid], []
    for p in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{p}/stat") as f:
                kids.setdefault(int(f.read().rsplit(")", 1)[1].split()[1]), []).append(int(p))
        except OSError:
            pass
    while todo:
        out.append(todo.pop())
        todo += kids.get(out[-1], [])
    return out


def cpu(pid):
    return cpu_seconds(*tree(pid))


def rss(pid, key="VmRSS"):
    """Resident KiB. RssAnon leaves out file mappings, which the kernel can drop."""
    total = 0
    for p in tree(pid):
        try:
            with open(f"/proc/{p}/status") as f:
                for line in f:
                    if line.startswith(key + ":"):
                        total += int(line.split()[1])
        except OSError:
            pass
    return total


def disk(path):
    total = 0
    for d, _, files in os.walk(path):
        for f in files:
            try:
                total += os.stat(os.path.join(d, f)).st_blocks * 512
            except OSError:
                pass
    return total


class Server:
    def __init__(self, name, spec, base):
        self.name, self.spec, self.dir = name, spec, os.path.join(base, name)
        os.makedirs(self.dir)
        sub = lambda s: os.path.expandvars(s).replace("{dir}", self.dir).replace("{port}", str(spec["port"]))
        for f, text in spec.get("config", {}).items():
            with open(os.path.join(self.dir, f), "w") as out:
                out.write(sub(text))
        self.log = open(os.path.join(base, name + ".log"), "w")
        self.cmd = [sub(c) for c in spec["cmd"]]
        self.start()

    def start(self):
        env = dict(os.environ, **{k: v.replace("{dir}", self.dir).replace("{port}", str(self.spec["port"])) for k, v in self.spec.get("env", {}).items()})
        t0 = time.time()
        self.p = subprocess.Popen(self.cmd, stdout=self.log, stderr=self.log, env=env, cwd=self.dir, preexec_fn=os.setsid)
        for _ in range(3000):
            if self.p.poll() is not None:
                raise SystemExit(f"{self.name} exited {self.p.returncode}: see {self.log.name}")
            try:
                if urllib.request.urlopen(self.url(self.spec["ready"]), timeout=2).status == 200:
                    return time.time() - t0
            except OSError:
                pass
            time.sleep(0.1)
        raise SystemExit(f"{self.name} did not become ready")

    def stop(self, sig=signal.SIGTERM):
        os.killpg(self.p.pid, sig)
        try:
            self.p.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.p.pid, signal.SIGKILL)

    def url(self, path):
        return f"http://127.0.0.1:{self.spec['port']}{path}"

    def get(self, path, post=True, **params):
        query = urllib.parse.urlencode(params)
        url = self.url(self.spec["query"] + path)
        req = urllib.request.Request(url, data=query.encode()) if post else urllib.request.Request(f"{url}?{query}")
        if self.spec.get("tenant"):
            req.add_header("X-Scope-OrgID", self.spec["tenant"])
        t0 = time.perf_counter()
        try:
            with urllib.request.urlopen(req, timeout=300) as r:
                body = r.read()
        except urllib.error.HTTPError as e:
            return time.perf_counter() - t0, None, e.read()[:300].decode(errors="replace")
        except OSError as e:
            return time.perf_counter() - t0, None, repr(e)
        return time.perf_counter() - t0, body, None


def main():
    a = argparse.ArgumentParser()
    here = os.path.dirname(os.path.abspath(__file__))
    a.add_argument("--servers", required=True)
    a.add_argument("--only", default="")
    a.add_argument("--rwload", default=os.environ.get("RWLOAD", os.path.join(here, "rwload")))
    a.add_argument("--series", type=int, default=100000)
    a.add_argument("--scrapes", type=int, default=120)
    a.add_argument("--interval-ms", type=int, default=15000)
    a.add_argument("--labels", type=int, default=10)
    a.add_argument("--churn", type=float, default=0)
    a.add_argument("--rw", type=int, default=1)
    a.add_argument("--batch", type=int, default=2000)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--queries", default=os.path.join(here, "queries.txt"))
    a.add_argument("--restart", action="store_true", help="also kill -9 and time the restart")
    a.add_argument("--out", default="")
    o = a.parse_args()
    specs = json.load(open(o.servers))
    names = [n for n in (o.only.split(",") if o.only else specs)]
    base = tempfile.mkdtemp(prefix="compare-")
    servers, result = {}, {"args": vars(o), "servers": {}}
    try:
        for n in names:
            servers[n] = Server(n, specs[n], base)
        start_ms = int(time.time() * 1000) - o.interval_ms * o.scrapes
        for n, s in servers.items():
            c0, r0 = cpu(s.p.pid), rss(s.p.pid)
            rw = o.rw if s.spec.get("rw2") else 1
            cmd = [o.rwload, "--url", s.url(s.spec["push"]), "--series", str(o.series), "--scrapes", str(o.scrapes), "--start-ms", str(start_ms),
                   "--interval-ms", str(o.interval_ms), "--labels", str(o.labels), "--churn", str(o.churn), "--rw", str(rw), "--batch", str(o.batch), "--seed", str(o.seed)]
            if s.spec.get("tenant"):
                cmd += ["--tenant", s.spec["tenant"]]
            p = subprocess.run(cmd, capture_output=True, text=True)
            if p.stderr:
                print(f"{n}: {p.stderr[:1000]}", file=sys.stderr)
            load = json.loads(p.stdout.strip() or "{}")
            time.sleep(3)
            used, million = cpu(s.p.pid) - c0, max(load.get("samples", 0), 1) / 1e6
            result["servers"][n] = {"load": load, "cpu_s_per_million_samples": round(used / million, 4), "rss_kib": rss(s.p.pid), "rss_anon_kib": rss(s.p.pid, "RssAnon"),
                                    "peak_rss_kib": rss(s.p.pid, "VmHWM"), "rss_bytes_per_series": round((rss(s.p.pid) - r0) * 1024 / o.series),
                                    "disk_bytes_per_sample": round(disk(s.dir) / million / 1e6, 3), "queries": {}}
            print(n, json.dumps({k: v for k, v in result["servers"][n].items() if k != "queries"}), file=sys.stderr, flush=True)
        end = start_ms / 1000 + (o.scrapes - 1) * o.interval_ms / 1000
        for line in open(o.queries):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            kind, span, step, expr = line.split(None, 3)
            answers = {}
            for _ in range(o.rounds):
                for n, s in servers.items():
                    c0 = cpu(s.p.pid)
                    if kind == "range":
                        t, body, err = s.get("/query_range", query=expr, start=end - float(span), end=end, step=step)
                    elif kind == "instant":
                        t, body, err = s.get("/query", query=expr, time=end)
                    else:
                        t, body, err = s.get("/" + expr, post=False, **{"start": end - float(span), "end": end})
                    q = result["servers"][n]["queries"].setdefault(line, {"wall_s": [], "cpu_s": [], "error": None, "bytes": 0, "series": None})
                    q["wall_s"].append(round(t, 4))
                    q["cpu_s"].append(round(cpu(s.p.pid) - c0, 6))
                    q["error"] = err
                    if body:
                        q["bytes"] = len(body)
                        if kind in ("range", "instant"):
                            rows = json.loads(body)["data"]["result"]
                            q["series"] = len(rows)
                            answers[n] = sorted((json.dumps({k: v for k, v in r["metric"].items()}, sort_keys=True), r.get("values") or [r.get("value")]) for r in rows) if rows and isinstance(rows[0], dict) else rows
                        else:
                            answers[n] = json.loads(body)["data"]
            result["servers"][names[0]]["queries"][line]["agrees"] = {n: close(answers.get(names[0]), answers.get(n)) for n in names[1:]}
        if o.restart:
            for n, s in servers.items():
                s.stop(signal.SIGKILL)
                result["servers"][n]["restart_after_kill_s"] = round(s.start(), 2)
    finally:
        for s in servers.values():
            try:
                s.stop()
            except OSError:
                pass
        if not os.environ.get("KEEP"):
            shutil.rmtree(base, ignore_errors=True)
    table(result, names)
    if o.out:
        json.dump(result, open(o.out, "w"), indent=1)


def close(a, b):
    """Same series, same timestamps, values equal to a relative 1e-9."""
    if a is None or b is None or len(a) != len(b):
        return False
    for x, y in zip(a, b):
        if not isinstance(x, tuple):
            return a == b
        if x[0] != y[0] or len(x[1]) != len(y[1]):
            return False
        for (t1, v1), (t2, v2) in zip(x[1], y[1]):
            f1, f2 = float(v1), float(v2)
            if abs(t1 - t2) > 1e-3 or not (f1 == f2 or abs(f1 - f2) <= 1e-9 * max(abs(f1), abs(f2)) or (f1 != f1 and f2 != f2)):
                return False
    return True


def table(result, names):
    print(f"{'':58s}" + "".join(f"{n[:14]:>16s}" for n in names))
    for k in ("cpu_s_per_million_samples", "rss_bytes_per_series", "rss_anon_kib", "peak_rss_kib", "disk_bytes_per_sample", "restart_after_kill_s"):
        if any(k in result["servers"][n] for n in names):
            print(f"{k:58s}" + "".join(f"{result['servers'][n].get(k, '-'):>16}" for n in names))
    print(f"{'samples_per_second':58s}" + "".join(f"{result['servers'][n]['load'].get('samples_per_second', '-'):>16}" for n in names))
    print("\nquery: wall ms, median, and CPU ms, mean; with how many times those of " + names[0])
    head = f"{'':70s}" + "".join(f"{n[:10] + ' wall':>16s}{'CPU':>9s}" + ("" if n == names[0] else f"{'x wall':>9s}{'x CPU':>8s}") for n in names)
    print(head)
    times = {n: {"wall": [], "cpu": []} for n in names[1:]}
    for q, first in result["servers"][names[0]]["queries"].items():
        row = f"{q[:69]:70s}"
        wall0, cpu0 = costs(first)
        for n in names:
            r = result["servers"][n]["queries"][q]
            wall, used = costs(r)
            row += f"{'ERR':>16s}{'':9s}" if r["error"] else f"{1000 * wall:16.1f}{1000 * used:9.2f}"
            if n != names[0]:
                times[n]["wall"].append(wall / wall0)
                times[n]["cpu"].append(used / cpu0)
                row += f"{wall / wall0:9.1f}{used / cpu0:8.1f}"
        bad = [n for n, ok in first.get("agrees", {}).items() if not ok]
        print(row + ("  differs from " + ",".join(bad) if bad else ""))
    for n in names[1:]:
        print(f"median of {n}: {statistics.median(times[n]['wall']):.1f} times the wall time, {statistics.median(times[n]['cpu']):.1f} times the CPU time")


def costs(query):
    """Seconds of wall and of CPU time of one repetition."""
    return statistics.median(query["wall_s"]), statistics.mean(query["cpu_s"])


if __name__ == "__main__":
    main()
