#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`kvasir tsdb` on buckets: blocks of a Prometheus go in, once, and are looked at where they are."""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]
import blocks_test as tsdb  # noqa: E402
from blocks_test import Folder, harness, kvasir, lines, run  # noqa: E402


def filled(folder):
    source = folder.parent / "in.om"
    n = tsdb.openmetrics(source)
    run(tsdb.prometheis()[0] / "promtool", "tsdb", "create-blocks-from", "openmetrics", source, folder)
    return n


def test_import_is_idempotent_and_loses_nothing():
    with Folder() as folder:
        n = filled(folder)
        bucket = folder.parent / "bucket"
        bucket.mkdir()
        url = f"file://{bucket}"
        first = kvasir("import", "--tenant", "team-a", folder, url)
        blocks = [b.name for b in folder.iterdir() if (b / "meta.json").exists()]
        assert sorted(p.name for p in (bucket / "team-a").iterdir()) == sorted(blocks)
        assert f"[1/{len(blocks)}]" in first and first.count(" series, ") == len(blocks)
        for block in blocks:
            assert (bucket / "team-a" / block / "index").read_bytes() == (folder / block / "index").read_bytes()
            meta = json.loads((bucket / "team-a" / block / "meta.json").read_text())
            assert {"rel_path": "index", "size_bytes": (folder / block / "index").stat().st_size} in meta["thanos"]["files"]
            assert meta["thanos"]["source"] == "kvasir-import" and meta["thanos"]["segment_files"] == ["000001"]
            assert not (bucket / "team-a" / block / "tombstones").exists()
        # Half of an upload is completed, and what is whole stays.
        (bucket / "team-a" / blocks[0] / "meta.json").unlink()
        again = kvasir("import", "--tenant", "team-a", folder, url)
        assert again.count("is there already") == len(blocks) - 1 and again.count(" series, ") == 1

        assert len(kvasir("list", "--tenant", "team-a", url).splitlines()) == len(blocks) + 1
        assert kvasir("verify", "--tenant", "team-a", url).count("sound") == len(blocks)
        dumped = kvasir("dump", "--tenant", "team-a", url)
        assert len(dumped.splitlines()) == n and lines(dumped) == lines(kvasir("dump", folder))
        assert "Label names:" in kvasir("analyze", "--tenant", "team-a", url, blocks[0])
        assert "no block" in kvasir("list", "--tenant", "nobody", url, code=1)


def of_blocks(folder):
    """What tells that two folders have the same blocks, whatever their names."""
    metas = [json.loads(m.read_text()) for m in folder.glob("*/meta.json")]
    return sorted((m["minTime"], m["maxTime"], m["stats"]["numSeries"], m["stats"]["numSamples"], m["compaction"]["level"]) for m in metas)


TRICKY = r"""# HELP reqs Requests \\ "of" \n clients.
# TYPE reqs counter
# UNIT up_seconds seconds
reqs_total{b="2",a="x \"y\" \\\\ \n é"} 1.5e3 1700000000.1234 # {trace="z"} 1 2.5
reqs_total{a="x \"y\" \\\\ \n é",b="2"} +1e-5 1700000001
reqs_total{a="",b="3",} NaN 1700000002.9999
up_seconds -Inf 7.5
plain:name{} 5e-324 7200
plain:name{} -0 7199.999
plain:name 1 1700000000
# EOF
"""


def test_text_becomes_the_blocks_that_promtool_makes_of_it():
    for programs in tsdb.prometheis():
        # Prometheus 2 did not take a comma behind the last label.
        tricky = TRICKY.replace(",}", "}") if "version 2" in run(programs / "prometheus", "--version") else TRICKY
        for write in (tsdb.openmetrics, lambda path: path.write_text(tricky)):
            with Folder() as folder:
                source = folder.parent / "in.om"
                write(source)
                run(programs / "promtool", "tsdb", "create-blocks-from", "openmetrics", source, folder)
                bucket = folder.parent / "bucket"
                url = f"file://{bucket}"
                first = kvasir("import", "--tenant", "t", source, url)
                ours = bucket / "t"
                assert of_blocks(ours) == of_blocks(folder) and of_blocks(ours), (of_blocks(ours), of_blocks(folder))
                assert first.count(" series, ") == len(of_blocks(folder)), first
                assert lines(kvasir("dump", ours)) == lines(kvasir("dump", folder))
                (ours / "wal").mkdir()
                assert lines(run(programs / "promtool", "tsdb", "dump", ours)) == lines(run(programs / "promtool", "tsdb", "dump", folder))
                again = kvasir("import", "--tenant", "t", source, url)
                assert again.count("is there already") == len(of_blocks(folder)) and " series, " not in again, again


def test_text_that_is_wrong_is_refused_as_promtool_does():
    wrong = {"m 1 1\n": "# EOF", "m 1\n# EOF\n": "expected timestamp for series m, got none", "m 1 1\n\n# EOF\n": "line 2",
             'm{a="1",a="2"} 1 1\n# EOF\n': "not unique", "m 1_0 1\n# EOF\n": "is no number", "m 1 1\n# EOF\nm 1 1\n": "after # EOF",
             "# TYPE m count\n# EOF\n": "invalid metric type", "# TYPE m gauge\n# UNIT m seconds\nm 1 1\n# EOF\n": "no suffix"}
    for text, message in wrong.items():
        with Folder() as folder:
            source = folder.parent / "in.om"
            source.write_text(text)
            run(tsdb.prometheis()[-1] / "promtool", "tsdb", "create-blocks-from", "openmetrics", source, folder, code=1)
            said = kvasir("import", source, f"file://{folder.parent}/bucket", code=1)
            assert message in said and "in.om" in said, (text, said)
    with Folder() as folder:
        source = folder.parent / "in.om"
        source.write_text("m 2 20000\nm 1 -7.5\n# EOF\n")  # Of these promtool keeps one.
        kvasir("import", source, f"file://{folder.parent}/bucket")
        assert kvasir("dump", f"file://{folder.parent}/bucket").splitlines() == ['{__name__="m"} 1 -7500', '{__name__="m"} 2 20000000']
    with Folder() as folder:
        (folder.parent / "in.om").write_text("m 1 1\nm 2 1\n# EOF\n")
        assert '{__name__="m"} has two values at 1000 ms: 1 and 2' in kvasir("import", folder.parent / "in.om", f"file://{folder.parent}/bucket", code=1)


def test_what_is_damaged_or_has_deletions_stays_out():
    with Folder() as folder:
        filled(folder)
        blocks = sorted(b for b in folder.iterdir() if (b / "meta.json").exists())
        segment = blocks[0] / "chunks/000001"
        segment.chmod(0o644)
        segment.write_bytes(segment.read_bytes()[:-7])
        tsdb.make_block(folder)
        bucket = folder.parent / "bucket"
        bucket.mkdir()
        said = kvasir("import", "--tenant", "t", folder, f"file://{bucket}", code=1)
        assert said.count("left out") == 2 and "chunks/000001" in said and "clean_tombstones" in said, said
        assert not (bucket / "t" / blocks[0].name).exists() and not (bucket / "t" / tsdb.ULID).exists()
        assert (bucket / "t" / blocks[1].name / "meta.json").exists()


def test_urls_that_are_none_say_why():
    assert "neither s3://" in kvasir("list", "gopher://x", code=1)
    assert "absolute" in kvasir("list", "file://x", code=1)
    assert "no bucket" in kvasir("list", "s3://", code=1)
    assert "no_such_key" in kvasir("list", "s3://b?no_such_key=1", code=1)
    assert "import takes" in kvasir("import", "/tmp", code=2)


if __name__ == "__main__":
    harness.run(sys.modules[__name__])
