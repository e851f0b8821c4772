#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A compactor over a bucket in a folder: blocks that promtool wrote become fewer, and promtool finds the same samples in them."""
import json
import pathlib
import shutil
import sys
import tempfile

import harness
from harness import promtool

TENANT = "team-a"
BEGIN = 1_700_000_000


def config(folder):
    text = (harness.ROOT / "configs/compactor.toml").read_text()
    path = folder / "compactor.toml"
    path.write_text(text + 'compaction_interval = "200ms"\ncleanup_interval = "200ms"\n'
                    'first_level_compaction_wait_period = "0s"\ndeletion_delay = "0s"\ndeletion_request_age = "0s"\n')
    return path


def make_blocks(folder, name, series):
    """Seven hours of samples as promtool cuts them, into the tenant's folder; what promtool dumps of them."""
    data, source = folder / name, folder / f"{name}.om"
    (data / "wal").mkdir(parents=True)
    text = ["# TYPE requests counter"]
    for s in series:
        text += [f'requests_total{{instance="host-{s}"}} {i * (s + 1)} {BEGIN + 60 * i + s}' for i in range(420)]
    source.write_text("\n".join(text + ["# EOF", ""]))
    promtool("tsdb", "create-blocks-from", "openmetrics", source, data)
    return data


def dump(folder):
    return sorted(promtool("tsdb", "dump", folder).splitlines())


def blocks_of(bucket):
    return sorted(p.parent for p in bucket.glob(f"{TENANT}/*/meta.json"))


def dump_bucket(folder, bucket):
    """promtool's view of the tenant's blocks; it wants them in a folder of their own."""
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    (copy / "wal").mkdir(parents=True)
    for block in blocks_of(bucket):
        shutil.copytree(block, copy / block.name)
    return dump(copy)


def settled(kvasir, bucket, level):
    def is_settled():
        jobs = kvasir.get(f"/compactor/tenant/{TENANT}/planned_jobs", headers={"Accept": "application/json"})
        assert jobs.status == 200, jobs.text
        markers = list(bucket.glob(f"{TENANT}/markers/*"))
        try:
            metas = [json.loads((b / "meta.json").read_text()) for b in blocks_of(bucket)]
        except FileNotFoundError:  # A block that is being deleted.
            return False
        return not jobs.json["jobs"] and not markers and metas and all(m["compaction"]["level"] >= level for m in metas)
    return is_settled


def test_blocks_are_compacted_and_promtool_finds_the_same_samples():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kvasir-compactor-"))
    bucket = folder / "data/bucket"
    # Two replicas, and one with series of its own.
    one, two = make_blocks(folder, "one", range(0, 5)), make_blocks(folder, "two", range(3, 8))
    expected = sorted(set(dump(one)) | set(dump(two)))
    sources = [b for data in (one, two) for b in data.iterdir() if (b / "meta.json").exists()]
    for block in sources:
        shutil.copytree(block, bucket / TENANT / block.name)
    assert len(sources) > 6, sources

    kvasir = harness.Kvasir(config(folder), folder)
    try:
        harness.wait_until(settled(kvasir, bucket, 2), 90, "blocks to be compacted")
        assert len(blocks_of(bucket)) < len(sources) / 2, blocks_of(bucket)
        assert dump_bucket(folder, bucket) == expected
        promtool("tsdb", "list", folder / "copy")
        assert kvasir.get("/compactor/tenants", headers={"Accept": "application/json"}).json == {"tenants": [TENANT]}
        assert (bucket / TENANT / "bucket-index.json.gz").exists()

        request = {"version": 1, "id": "01M82E9KMRX73RA3MW4EXRZN8W", "selectors": ['{instance="host-4"}'],
                   "start_ms": 0, "end_ms": (BEGIN + 100_000) * 1000, "created_at_ms": 1}
        deletions = bucket / TENANT / "deletions"
        deletions.mkdir()
        (deletions / f"{request['id']}.json").write_text(json.dumps(request))
        harness.wait_until(lambda: not list(deletions.glob("*.json")), 90, "the request to be forgotten")
        assert dump_bucket(folder, bucket) == [line for line in expected if 'host-4"' not in line]

        reply = harness.http(kvasir.url("/compactor/delete_tenant"), "POST", b"", {"X-Scope-OrgID": TENANT})
        assert reply.status == 200, reply.text
        harness.wait_until(lambda: kvasir.get("/compactor/delete_tenant_status", TENANT).json["blocks_deleted"], 90, "the tenant's blocks to go")
        assert not blocks_of(bucket)
        assert kvasir.stop() == 0, kvasir.log_text()[-3000:]
    finally:
        kvasir.stop()


def upload(kvasir, block, tenant, spoil=False):
    """The steps of `mimirtool backfill`; how the block ended."""
    def post(step, body, **params):
        path = f"/api/v1/upload/block/{block.name}/{step}" + ("?path=" + params["path"] if params else "")
        return harness.http(kvasir.url(path), "POST", body, {"X-Scope-OrgID": tenant})
    meta = json.loads((block / "meta.json").read_text())
    files = ["chunks/000001", "index"]
    sizes = [{"rel_path": f, "size_bytes": (block / f).stat().st_size} for f in files]
    meta["thanos"] = {"version": 1, "labels": {}, "downsample": {"resolution": 0}, "source": "", "files": sizes + [{"rel_path": "meta.json"}]}
    assert post("files", b"x", path="index").status == 404
    assert post("start", b"{").status == 400
    assert post("start", json.dumps(meta).encode()).status == 200
    assert post("files", b"x", path="index").status == 400, "a wrong size"
    assert post("files", b"x", path="../index").status == 400
    for file in files:
        body = bytearray((block / file).read_bytes())
        if spoil and file == "index":
            body[len(body) // 2] ^= 1
        assert post("files", bytes(body), path=file).status == 200
    assert post("finish", b"").status == 200
    result = {}

    def has_ended():
        nonlocal result
        reply = kvasir.get(f"/api/v1/upload/block/{block.name}/check", tenant)
        assert reply.status == 200, reply.text
        result = reply.json
        return result["result"] in ("complete", "failed")
    harness.wait_until(has_ended, 60, "the block to be validated")
    if not spoil:
        assert post("start", json.dumps(meta).encode()).status == 409
    return result


def test_blocks_are_uploaded_and_damaged_ones_are_not():
    with tempfile.TemporaryDirectory(prefix="kvasir-upload-") as folder:
        blocks_are_uploaded(pathlib.Path(folder))


def blocks_are_uploaded(folder):
    bucket = folder / "data/bucket"
    data = make_blocks(folder, "one", range(0, 3))
    good, bad = sorted(b for b in data.iterdir() if (b / "meta.json").exists())[:2]
    path = config(folder)
    path.write_text(path.read_text() + "block_upload_enabled = true\n")
    kvasir = harness.Kvasir(path, folder)
    try:
        assert kvasir.get(f"/api/v1/upload/block/{good.name}/check", TENANT).status == 404
        assert upload(kvasir, good, TENANT) == {"result": "complete"}
        failed = upload(kvasir, bad, TENANT, spoil=True)
        assert failed["result"] == "failed" and "index" in failed["error"], failed
        assert [b.name for b in blocks_of(bucket)] == [good.name]
        expected = sorted(line for line in promtool("tsdb", "dump", data).splitlines())
        ours = dump_bucket(folder, bucket)
        assert ours and set(ours) <= set(expected)
        assert kvasir.stop() == 0, kvasir.log_text()[-3000:]
    finally:
        kvasir.stop()


if __name__ == "__main__":
    if not shutil.which("promtool"):
        sys.exit(77)
    harness.run(sys.modules["__main__"])
