#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Influx clients that people use into a real process: InfluxData's of version 2, and the one of version 1, from npm."""
import sys
import time

from harness import Kvasir, run
from npm import Packages

CLIENTS = Packages("influx", {"@influxdata/influxdb-client": "1.35.0", "influx": "5.12.0"})


def write(kvasir, version, tenant):
    """Gives the time of the samples."""
    now = int(time.time())
    CLIENTS.run("influx_client.cjs", version, str(kvasir.port), tenant, str(now * 1000))
    return now


def test_the_client_of_version_2():
    with Kvasir() as kvasir:
        now = write(kvasir, "v2", "two")
        labels = '{__mimir_source__="influx",__name__="%s",city="new york",region="north"}'
        for name, value in (("weather_temp", "21.5"), ("weather_wind", "-3"), ("weather_rain", "1")):
            assert kvasir.query(name, now, "two") == {labels % name: value}, kvasir.query(name, now, "two")
        assert kvasir.query("weather_note", now, "two") == {}, "a text is no sample"
        assert kvasir.query("count(many) and sum(many) == 1124250", now, "two") == {"{}": "1500"}
        assert kvasir.query("weather_temp", now, "one") == {}


def test_the_client_of_version_1():
    with Kvasir() as kvasir:
        now = write(kvasir, "v1", "one")
        labels = '{__mimir_source__="influx",__name__="%s",city="new york"}'
        for name, value in (("weather_temp", "21.5"), ("weather_wind", "-3")):
            assert kvasir.query(name, now, "one") == {labels % name: value}, kvasir.query(name, now, "one")


def test_what_is_refused_fails_the_write():
    with Kvasir() as kvasir:
        try:
            write(kvasir, "v2", "not/a/tenant")
        except AssertionError as failed:
            assert "400" in str(failed), failed
        else:
            raise AssertionError("a tenant that cannot be was taken")


if __name__ == "__main__":
    if not CLIENTS.install():
        print("skipped: node, or npm and its packages, cannot be had")
        sys.exit(77)
    run(sys.modules["__main__"])
