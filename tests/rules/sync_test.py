#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`kvasir rules` against a server: load adds, diff tells, sync makes equal, print shows; and what else mimirtool does.

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


def rules(kvasir, command, *operands, code=0, options=(), errors=""):
    done = subprocess.run([TOOL, command, "--address", kvasir.url(""), "--id", "test", *options, *map(str, operands)], capture_output=True, text=True)
    assert done.returncode == code and errors in done.stderr, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_files_and_server_are_made_equal():
    """In mimirtool's words, which scripts read."""
    with Kvasir() as kvasir:
        one, two = kvasir.folder / "one.yaml", kvasir.folder / "two.yaml"
        one.write_text(ONE)
        two.write_text(TWO)
        assert rules(kvasir, "print", errors="no rule groups currently exist") == ""
        assert rules(kvasir, "diff", one) == (
            "Changes are indicated with the following symbols:\n  + created\n\nThe following changes will be made if the provided rule set is synced:\n"
            "+ Namespace: team\n  + Group: a\n  + Group: b\n\nDiff Summary: 2 Groups Created, 0 Groups Updated, 0 Groups Deleted\n")
        assert rules(kvasir, "load", one) == "group: 'a', ns: 'team'\ngroup: 'b', ns: 'team'\n"
        assert rules(kvasir, "diff", one, options=["--exit-code"]) == "no changes detected\n"
        assert "record: r" in rules(kvasir, "print")

        wanted = ("Changes are indicated with the following symbols:\n  ~ updated\n  - deleted\n\nThe following changes will be made if the provided rule set is synced:\n"
                  "~ Namespace: team\n  ~ Group: a\n  - Group: b\n\nDiff Summary: 0 Groups Created, 1 Groups Updated, 1 Groups Deleted\n")
        assert rules(kvasir, "diff", two) == wanted
        assert rules(kvasir, "diff", two, options=["--exit-code"], code=1) == wanted
        verbose = rules(kvasir, "diff", two, options=["--verbose"]).splitlines()
        assert "+       expr: up * 2" in verbose and "-       expr: up" in verbose, verbose
        rules(kvasir, "load", two)
        assert "alert: A" in rules(kvasir, "print"), "load deletes nothing"
        for options in (["--ignored-namespaces", "x,team"], ["--namespaces", "x"], ["--namespaces-regex", "^x"], ["--ignored-namespaces-regex", "ea"]):
            assert rules(kvasir, "sync", two, options=options) == "\nSync Summary: 0 Groups Created, 0 Groups Updated, 0 Groups Deleted\n"
        assert "alert: A" in rules(kvasir, "print")
        rules(kvasir, "sync", two, options=["--namespaces", "team", "--ignored-namespaces", "x"], code=2, errors="only one namespace option")
        assert rules(kvasir, "sync", two, options=["--namespaces-regex", "^te"]) == "\nSync Summary: 0 Groups Created, 0 Groups Updated, 1 Groups Deleted\n"
        assert "alert: A" not in rules(kvasir, "print") and "up * 2" in rules(kvasir, "print")
        rules(kvasir, "sync", code=2, errors="needs a rule file")
        assert "up * 2" in rules(kvasir, "print"), "no file is no wish to have no rules"


def test_namespaces_are_documents_files_and_folders():
    with Kvasir() as kvasir:
        folder = kvasir.folder / "rules"
        (folder / "below").mkdir(parents=True)
        (folder / "named.yml").write_text("# Nothing yet.\n---\n" + ONE + "---\nnamespace: other/one\n" + TWO.split("\n", 1)[1])
        (folder / "below/file.yaml").write_text(TWO.split("\n", 1)[1])
        (folder / "notes.txt").write_text("no rules")
        out = rules(kvasir, "diff", options=["--rule-dirs", folder])
        assert [line for line in out.splitlines() if "Namespace" in line] == ["+ Namespace: file", "+ Namespace: other/one", "+ Namespace: team"], out
        rules(kvasir, "sync", options=["--rule-dirs", folder])
        saved = kvasir.folder / "saved"
        saved.mkdir()
        assert rules(kvasir, "print", options=["--output-dir", saved]) == ""
        assert sorted(f.name for f in saved.iterdir()) == ["file.yaml", "other_one.yaml", "team.yaml"]
        assert rules(kvasir, "diff", options=["--rule-dirs", saved]) == "no changes detected\n"

        assert "record: r" in rules(kvasir, "get", "other/one", "a")
        assert rules(kvasir, "get", "other/one", "none", errors="does not currently exist") == ""
        rules(kvasir, "delete", "team", "b")
        rules(kvasir, "delete", "team", "b")
        rules(kvasir, "delete-namespace", "other/one")
        rules(kvasir, "delete-namespace", "other/one")
        out = rules(kvasir, "print")
        assert "team:" in out and "alert: A" not in out and "other/one" not in out, out

        (folder / "again.yaml").write_text(ONE)
        rules(kvasir, "sync", options=["--rule-dirs", folder], code=1, errors="namespace team has been read from another file or document already")
        (folder / "again.yaml").unlink()
        (folder / "named.yml").write_text(ONE + "---\ngroups:\n- name: a\n  rules:\n  - {record: r, expr: sum(}\n")
        rules(kvasir, "diff", options=["--rule-dirs", folder], code=1, errors="13:23: ")


def test_what_means_the_same_is_the_same():
    with Kvasir() as kvasir:
        file = kvasir.folder / "team.yaml"
        file.write_text("groups:\n- name: a\n  rules: [{record: r, expr: up}]\n")
        rules(kvasir, "sync", file)
        file.write_text("groups:\n- name: a\n  query_offset: 0s\n  rules: [{record: r, expr: up}]\n")
        assert rules(kvasir, "diff", file) == "no changes detected\n"
        file.write_text("groups:\n- name: a\n  limit: 7\n  rules: [{record: r, expr: up}]\n")
        assert "~ Group: a" in rules(kvasir, "diff", file)


def test_what_was_set_for_mimirtool_counts():
    with Kvasir() as kvasir:
        file = kvasir.folder / "team.yaml"
        file.write_text(TWO)
        environment = {"MIMIR_ADDRESS": kvasir.url(""), "MIMIR_TENANT_ID": "test"}
        for command in ("load", "print"):
            done = subprocess.run([TOOL, command] + [str(file)] * (command == "load"), capture_output=True, text=True, env=environment)
            assert done.returncode == 0, done
        assert "up * 2" in done.stdout and "up * 2" in rules(kvasir, "print")


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
