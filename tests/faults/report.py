# SPDX-License-Identifier: Apache-2.0
"""What a campaign found, for people: lines while it runs, and the table of docs/reliability.md."""
import re

BEGIN, END = "<!-- campaign: written by `./dev faults --write` -->", "<!-- end of campaign -->"


class Result:
    """Of one scenario: figures for the table, and `failures`, each a sentence."""

    def __init__(self, scenario, seed):
        self.scenario, self.seed, self.hit, self.failures = scenario, seed, [], []
        self.seconds = self.samples = self.refused_writes = self.longest_gap = self.answers = self.refused_reads = self.warned = 0

    def line(self):
        verdict = "ok  " if not self.failures else "FAIL"
        hit = f" [{', '.join(self.hit)}]" if self.hit else ""
        return (f"{verdict}  {self.scenario.name}{hit}: {self.seconds:.0f}s, {self.samples} samples acknowledged ({self.refused_writes} requests sent again, "
                f"longest wait {self.longest_gap:.1f}s), {self.answers} answers right, {self.refused_reads} refused, {self.warned} with a warning"
                + "".join(f"\n      {failure}" for failure in self.failures))

    def row(self):
        outcome = "held" if not self.failures else "**failed**: " + "; ".join(self.failures)[:200]
        return (f"| `{self.scenario.name}` | {self.scenario.text} | {', '.join(self.hit)} | {self.samples:,} | {self.refused_writes} | {self.longest_gap:.1f} s "
                f"| {self.answers} | {self.refused_reads} | {self.warned} | {outcome} |")


def table(results, seed, commit):
    samples, answers = sum(r.samples for r in results), sum(r.answers for r in results)
    wrong = sum(bool(r.failures) for r in results)
    return "\n".join([
        BEGIN, "",
        f"Seed `{seed}`, commit `{commit}`: {len(results)} scenarios, {samples:,} samples acknowledged and found again, {answers:,} answers compared; "
        f"{'all held' if not wrong else f'{wrong} failed'}.", "",
        "| scenario | what goes wrong | hit | samples | sent again | longest wait for an acknowledgement | answers right | refused | warned | |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|---|", *(r.row() for r in results), "", END])


def write(path, text):
    """Puts the table into its place in a page."""
    page = path.read_text()
    new, n = re.subn(re.escape(BEGIN) + ".*" + re.escape(END), lambda _: text, page, flags=re.S)
    assert n == 1, f"{path} has no place for the table: {BEGIN} ... {END}"
    path.write_text(new)
