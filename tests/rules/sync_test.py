#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`kvasir rules` against a server: load adds, diff tells, sync makes equal, print shows.

usage: sync_test.py KVASIR_RULES [TEST]
"""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402
from harness import Kvasir  # noqa: E402

TOOL = sys.argv.pop(1)
ONE = "namespace: team\ngroups:\n- name: a\n  rules:\n  - {record: r, expr: up}\n- name: b\n  rules:\n  - {alert: A, expr: up == 0, for: 5m}\n"
TWO = "namespace: team\ngroups:\n- name: a\n  rules:\n  - {record: r, expr: up * 2}\n"


def rules(kvasir, command, *files, code=0, options=()):
    done = subprocess.run([TOOL, command, "--address", kvasir.url(""), "--id", "test", *options, *map(str, files)], capture_output=True, text=True)
    assert done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_files_and_server_are_made_equal():
    with Kvasir() as kvasir:
        one, two = kvasir.folder / "one.yaml", kvasir.folder / "two.yaml"
        one.write_text(ONE)
        two.write_text(TWO)
        assert rules(kvasir, "print") == "{}\n"
        assert "2 groups to create, 0 to update, 0 to delete" in rules(kvasir, "diff", one, code=1)
        rules(kvasir, "load", one)
        assert rules(kvasir, "diff", one) == "0 groups to create, 0 to update, 0 to delete\n"
        assert "record: r" in rules(kvasir, "print")

        assert rules(kvasir, "diff", two, code=1) == "~ team/a (1 rules)\n- team/b (1 rules)\n0 groups to create, 1 to update, 1 to delete\n"
        rules(kvasir, "load", two)
        assert "alert: A" in rules(kvasir, "print"), "load deletes nothing"
        rules(kvasir, "sync", two, options=["--ignored-namespaces", "team"])
        assert "alert: A" in rules(kvasir, "print")
        rules(kvasir, "sync", two)
        assert "alert: A" not in rules(kvasir, "print") and "up * 2" in rules(kvasir, "print")


def test_errors_say_where():
    with Kvasir() as kvasir:
        bad = kvasir.folder / "bad.yaml"
        bad.write_text("groups:\n- name: a\n  rules:\n  - {record: r, expr: sum(}\n")
        done = subprocess.run([TOOL, "load", "--address", kvasir.url(""), "--id", "test", str(bad)], capture_output=True, text=True)
        assert done.returncode == 1 and "could not parse expression" in done.stderr, done
        done = subprocess.run([TOOL, "print", "--address", "http://127.0.0.1:1", "--id", "test"], capture_output=True, text=True)
        assert done.returncode == 1 and "http://127.0.0.1:1" in done.stderr, done


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
