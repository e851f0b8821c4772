# SPDX-License-Identifier: Apache-2.0
"""Configurations of configs/ with another address, buckets in S3, and other settings: files that include them and say what differs."""
import json
import tomllib

BUCKETS = {"bucket": "kvs-blocks", "rule_store": "kvs-ruler", "alertmanager_store": "kvs-alertmanager"}  # Those that tests/services/s3-up makes.


def overlay(base, host="127.0.0.1", s3=None, settings=None):
    """Text of a configuration: `base` listening on `host`; its stores in S3 at the endpoint `s3`, if given (credentials come from the environment);
    and `settings`, by component type: {key: value}."""
    lines = [f"include = [{json.dumps(str(base))}]"]
    if s3:
        lines += ["[[plugins.load]]", 'id = "storage.s3"']
    for name, component in tomllib.loads(base.read_text())["component"].items():
        more = dict((settings or {}).get(component["type"], {}))
        if component.get("listen", "").startswith("127.0.0.1:") and host != "127.0.0.1":
            more["listen"] = host + component["listen"].removeprefix("127.0.0.1")
        if s3 and component["type"] == "storage.filesystem":
            more.update(type="storage.s3", endpoint=s3, bucket_name=BUCKETS[name])
        if more:
            lines += [f"[component.{name}]", "override = true"] + [f"{key} = {json.dumps(value)}" for key, value in more.items()]
    return "\n".join(lines) + "\n"


def aws(settings):
    """Environment of processes that use what s3-up has printed."""
    return dict(AWS_ACCESS_KEY_ID=settings["access_key"], AWS_SECRET_ACCESS_KEY=settings["secret_key"], AWS_REGION=settings["region"])
