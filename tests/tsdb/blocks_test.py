#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Blocks in both directions: promtool and a Prometheus read what Kvasir's library wrote, and `kvasir tsdb` reads what promtool
wrote. Where a newer Prometheus can be had (see ../promql/servers.py) it is asked as well as the installed one."""
import math
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE.parent / "promql")]
import harness  # noqa: E402
import servers  # noqa: E402

MAKER = harness.BUILD / "tests/tsdb_block_maker"
ULID = "01HF7YAT00TESTBK0CK0000001"  # A name as any other; its time is that of the samples.
BEGIN, STEP, SAMPLES = 1_700_000_000_000, 15_000, 300


def prometheis():
    """Folders that have prometheus and promtool."""
    found = {str(pathlib.Path(p).resolve().parent) for p in (shutil.which("prometheus"), servers.find_prometheus()[0]) if p}
    assert found, "no Prometheus is installed"
    return sorted(pathlib.Path(p) for p in found if (pathlib.Path(p) / "promtool").exists())


def run(*args, code=0):
    done = subprocess.run([str(a) for a in args], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, f"{args}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def kvasir(*args, code=0):
    done = subprocess.run([str(harness.BINARY), "tsdb", *map(str, args)], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, f"tsdb {args}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout if code == 0 else done.stdout + done.stderr


def lines(text):
    return sorted(text.splitlines())


class Folder:
    """A temporary data folder as Prometheus has it, for the time of a test."""

    def __enter__(self):
        self.temp = tempfile.TemporaryDirectory(prefix="kvasir-tsdb-")
        path = pathlib.Path(self.temp.name) / "data"
        (path / "wal").mkdir(parents=True)
        return path

    def __exit__(self, *_):
        self.temp.cleanup()


def make_block(folder):
    run(MAKER, "make", folder / ULID, ULID)
    return folder / ULID


def openmetrics(path):
    """Samples over five hours, so that several blocks come of them; returns how many."""
    text, n = ["# TYPE requests counter"], 0
    for series in range(40):
        labels = f'job="j{series % 3}",instance="host-{series:02}:9090",path="/a \\"b\\" \\\\ é{series % 7}"'
        for i in range(300):
            text.append(f"requests_total{{{labels}}} {i * (series + 1) / 4} {1_700_000_000 + 60 * i}")
            n += 1
    text.append("# TYPE temperature gauge")
    for i in range(300):
        value = ("NaN", "+Inf", "-Inf", "-12.75", "1e-9", "123456789012345")[i % 6]
        text.append(f"temperature {value} {1_700_000_000.5 + 60 * i}")
        n += 1
    path.write_text("\n".join(text + ["# EOF", ""]))
    return n


def test_what_promtool_wrote_is_read_and_dumps_equal():
    for programs in prometheis():
        with Folder() as folder:
            source = folder.parent / "in.om"
            n = openmetrics(source)
            run(programs / "promtool", "tsdb", "create-blocks-from", "openmetrics", source, folder)
            assert len(kvasir("list", folder).splitlines()) > 3
            assert all("sound" in line for line in kvasir("verify", folder).splitlines())
            ours, theirs = kvasir("dump", folder), run(programs / "promtool", "tsdb", "dump", folder)
            assert len(ours.splitlines()) == n
            assert lines(ours) == lines(theirs)
            selector = '{__name__="requests_total",job=~"j[01]",instance!="host-03:9090"}'
            some = kvasir("dump", folder, "--match", selector, "--min-time", 1_700_003_600_000, "--max-time", 1_700_014_400_000)
            theirs = run(programs / "promtool", "tsdb", "dump", "--match", selector, "--min-time=1700003600000",
                         "--max-time=1700014400000", folder)
            assert some and lines(some) == lines(theirs)


def test_what_promtool_wrote_is_written_again_with_the_same_bytes():
    with Folder() as folder:
        source = folder.parent / "in.om"
        openmetrics(source)
        run(prometheis()[0] / "promtool", "tsdb", "create-blocks-from", "openmetrics", source, folder)
        blocks = [b for b in folder.iterdir() if (b / "meta.json").exists()]
        assert len(blocks) > 2
        for block in blocks:
            copy = folder.parent / block.name
            run(MAKER, "copy", block, copy)
            for file in ("index", "chunks/000001", "tombstones", "meta.json"):
                assert (copy / file).read_bytes() == (block / file).read_bytes(), f"{block.name}/{file}"


def test_what_a_prometheus_scraped_is_read_and_written_again_with_the_same_bytes():
    for programs in prometheis():
        with Folder() as folder:
            block = scraped_block(programs / "prometheus", folder)
            assert "sound" in kvasir("verify", block)
            theirs = run(programs / "promtool", "tsdb", "dump", block.parent)
            assert theirs.count("\n") > 500 and set(theirs.splitlines()) <= set(kvasir("dump", block).splitlines())
            copy = folder.parent / block.name
            run(MAKER, "copy", block, copy)
            for file in ("index", "chunks/000001", "tombstones", "meta.json"):
                assert (copy / file).read_bytes() == (block / file).read_bytes(), file


def scraped_block(binary, folder):
    """A server scrapes itself, native histograms included, for some seconds and writes what it has as a block."""
    config = "global: {scrape_interval: 1s}\nscrape_configs: [{job_name: self, static_configs: [{targets: [\"127.0.0.1:%d\"]}]}]\n"
    with Server(binary, folder, config, "--web.enable-admin-api", "--enable-feature=native-histograms") as server:
        harness.wait_until(lambda: float(*server.ask("count_over_time(up[1m])").values() or [0]) >= 3, 60, "three scrapes")
        reply = harness.http(f"{server.api}/api/v1/admin/tsdb/snapshot", "POST", b"")
        assert reply.status == 200, reply.text
        snapshot = folder / "snapshots" / reply.json["data"]["name"]
    (snapshot / "wal").mkdir()  # promtool wants one.
    return next(b for b in snapshot.iterdir() if (b / "meta.json").exists())


class Server:
    """A Prometheus on a data folder. A %d in the configuration becomes its port."""

    def __init__(self, binary, folder, config, *options):
        self.port = harness.free_port()
        self.api = f"http://127.0.0.1:{self.port}"
        self.log = folder.parent / "log"
        config_file = folder.parent / "prometheus.yml"
        config_file.write_text(config.replace("%d", str(self.port)))
        self.command = [str(binary), f"--config.file={config_file}", f"--storage.tsdb.path={folder}",
                        "--storage.tsdb.retention.time=100y", f"--web.listen-address=127.0.0.1:{self.port}", *options]

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        harness.wait_until(self.ready, 60, "Prometheus")
        return self

    def __exit__(self, failure, *_):
        self.process.terminate()
        self.process.wait()
        if failure:
            print(self.log.read_text()[-3000:])

    def ready(self):
        try:
            return harness.http(f"{self.api}/-/ready").status == 200
        except OSError:
            return False

    def ask(self, query, at=None):
        """Result of an instant query: {labels text: value text}."""
        params = {"query": query, **({} if at is None else {"time": at / 1000})}
        reply = harness.http(f"{self.api}/api/v1/query?" + harness.urllib.parse.urlencode(params))
        assert reply.status == 200, reply.text
        return {harness.labels_text(r["metric"]): r["value"][1] for r in reply.json["data"]["result"]}


def test_promtool_takes_our_block():
    with Folder() as folder:
        make_block(folder)
        assert "sound: 11 series, 33 chunks, 3300 samples, 1 tombstones" in kvasir("verify", folder)
        ours = kvasir("dump", folder)
        assert len(ours.splitlines()) == 3300 - 100
        for programs in prometheis():
            listed = run(programs / "promtool", "tsdb", "list", folder)
            assert re.search(rf"{ULID} .* 3300 +33 +11 ", listed), listed
            analysis = run(programs / "promtool", "tsdb", "analyze", folder)
            assert "Label names: 5" in analysis and "5 __name__=test_total" in analysis, analysis
            theirs = run(programs / "promtool", "tsdb", "dump", folder)
            check_dump(ours, theirs)


def check_dump(ours, theirs):
    """promtool 2 prints floats only, and promtool 3 swallows the first histogram of a series, or the first two."""
    def split(text):
        histograms = {line for line in text.splitlines() if "test_histogram" in line}
        return [line for line in lines(text) if line not in histograms], histograms

    (our_floats, our_histograms), (their_floats, their_histograms) = split(ours), split(theirs)
    assert our_floats == their_floats and len(our_floats) == 2600
    assert len(our_histograms) == 600 and not their_histograms - our_histograms
    if their_histograms:
        assert len(our_histograms - their_histograms) <= 3


def test_a_prometheus_answers_from_our_block():
    for programs in prometheis():
        with Folder() as folder:
            make_block(folder)
            with Server(programs / "prometheus", folder, "global: {}\n") as server:
                check_answers(server.ask)


def check_answers(ask):
    at, end = BEGIN + 250 * STEP, BEGIN + (SAMPLES - 1) * STEP
    totals = ask("test_total", at)
    assert len(totals) == 5
    for labels, value in totals.items():
        k = int(re.search(r"host(\d)", labels).group(1))
        assert float(value) == 250 * k, (labels, value)
    assert list(ask("sum(count_over_time(test_total[2h]))", end).values()) == ["1500"]
    assert float(*ask("test_gauge", at).values()) == math.sin(250) * 1e9
    assert ask("test_ends", at) == {} and float(*ask("test_ends", BEGIN + 199 * STEP).values()) == 199
    assert list(ask("count_over_time(test_deleted[2h])", end).values()) == ["200"]
    # Not where a query ends inside a chunk of which a part is deleted: Prometheus 3.5 panics there.
    assert ask("test_deleted", BEGIN + 150 * STEP) == {}
    assert float(*ask("test_deleted", BEGIN + 200 * STEP).values()) == 200
    sums = ask("histogram_sum(test_histogram)", at)
    assert len(sums) == 2 and all(float(v) == 18.5 * 250 for v in sums.values()), sums
    counts = ask("histogram_count(test_histogram)", at)
    assert sorted(float(v) for v in counts.values()) == [5 + 251 + 2, 5 + 3 * 251 + 3]


def test_damage_is_said_with_file_and_offset():
    with Folder() as folder:
        block = make_block(folder)
        for file, at, part in (("index", 100, "series|symbols"), ("chunks/000001", 200, "chunk"), ("tombstones", 6, "tombstones"),
                               ("meta.json", 3, "meta.json")):
            whole = (block / file).read_bytes()
            (block / file).write_bytes(whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1:])
            said = kvasir("verify", folder, code=1)
            assert file in said and re.search(part, said), said
            assert file == "meta.json" or re.search(r"at offset \d+", said), said
            (block / file).write_bytes(whole[:at])
            assert file in kvasir("verify", folder, code=1)
            (block / file).write_bytes(whole)
        assert "sound" in kvasir("verify", folder)
        (block / "chunks/000001").unlink()
        assert "names segment 000001 of 0" in kvasir("verify", folder, code=1)


def test_a_damaged_block_does_not_keep_the_others_from_being_read():
    with Folder() as folder:
        make_block(folder)
        other = ULID[:-1] + "2"
        run(MAKER, "make", folder / other, other)
        (folder / other / "index").write_bytes(b"nothing")
        said = kvasir("dump", folder, code=1)
        assert f"{other}/index" in said and said.count("test_total") == 1500


def test_the_command_explains_itself():
    assert "verify" in kvasir("--help")
    assert "dump" in kvasir("nonsense", "/tmp", code=2)
    kvasir("list", code=2)
    with Folder() as folder:
        assert "no block" in kvasir("list", folder, code=1)
        block = make_block(folder)
        assert "__compactor_shard_id__=1_of_2" in kvasir("list", folder, "--human")
        analysis = kvasir("analyze", block)
        assert "Label names: 5" in analysis and "5 __name__=test_total" in analysis, analysis
        assert "sound" in kvasir("verify", folder, ULID)


if __name__ == "__main__":
    harness.run(sys.modules[__name__])
