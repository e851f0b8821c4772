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
