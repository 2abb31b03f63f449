#!/usr/bin/env python3
"""What a threat model adds to a check, and what it takes to know who wrote what it rests on.

    benches/threats.py --workspace DIR [--rounds 5] [--binary FILE]

--workspace  a Rust workspace in a git repository with its whole history, whose components are downloaded
             (`cargo fetch --locked`); it is cloned, and nothing is written into it; no network is used
--rounds     how often each is run; the table shows medians
--binary     a built cargo-health-sec; without it, `cargo build --release` builds one first

The model is what `threats new` writes, each threat answered by a mitigation with the code of what it affects, and with
other such code in the place of tests that try to get past it, so that git is asked who wrote the files of all of it; and
a review by one person. With and without the model take turns on a warm cache. `history` is what the kinds `history`,
`reviews` and `authors` of `--timings` take: with nothing kept of earlier walks, with everything kept, and with one commit
more that changes one of the files. Counted is user and system time, of the whole command or of these kinds.

Only the standard library of Python 3.9 is needed, a Unix system, and git.
"""

import argparse
import os
import pathlib
import re
import statistics
import subprocess
import tempfile

from compare import Command, build, folder
from places import git

KINDS = ("history", "reviews", "authors")


def main():
    options = arguments()
    binary = options.binary or build()
    with tempfile.TemporaryDirectory(prefix="health-sec-threats-") as scratch:
        scratch = pathlib.Path(scratch)
        copy = scratch / "workspace"
        subprocess.run(["git", "-c", "advice.detachedHead=false", "clone", "-q", "--no-tags", options.workspace, copy], check=True)
        cache = scratch / "cache"
        env = {"CARGO_HEALTH_SEC_CACHE": str(cache)}
        check = Command("check", [binary, "health-sec", "check"], env=env, ends=(0, 1, 2))
        code = model(binary, copy, env)
        policy = copy / "health-sec.toml"
        bare = policy.read_text() if policy.exists() else ""
        linked = bare + '\n[threats]\nmodels = ["threats.toml"]\n'
        policy.write_text(linked)
        git(copy, "add", "--all")
        git(copy, "commit", "-q", "-m", "A model")
        turns = {"without": [], "with": []}
        for kind, text in [("without", bare), ("with", linked)] * (options.rounds + 1):
            policy.write_text(text)
            turns[kind].append(check.run(copy)[0])
        history = {"cold": [], "warm": [], "one commit more": []}
        for number in range(options.rounds):
            for shelf in cache.glob("authors*"):
                shelf.unlink()
            history["cold"].append(timings(binary, copy, env))
            history["warm"].append(timings(binary, copy, env))
            file = source_of(copy, code)
            file.write_text(f"{file.read_text()}\n// A change of the bench: {number}.\n")
            git(copy, "commit", "-q", "-a", "-m", "A change")
            history["one commit more"].append(timings(binary, copy, env))
        table(options, copy, turns, history)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=folder, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--binary", type=lambda text: pathlib.Path(text).resolve(strict=True))
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    return options


def model(binary, copy, env):
    """Writes the model, and gives back the code that it names."""
    subprocess.run([binary, "health-sec", "threats", "new"], cwd=copy, env={**os.environ, **env}, check=True,
                   stdout=subprocess.DEVNULL)
    file = copy / "threats.toml"
    text = file.read_text()
    code = dict(re.findall(r'^\[interface\.([^\]]+)\]$(?:\n(?!\[).*)*?\ncode = \["([^"]+)"\]', text, re.MULTILINE))
    paths = list(code.values())
    affected = re.findall(r'^\[threat\.([^\]]+)\]\n(?:.+\n)*?affects = \["([^"]+)"\]', text, re.MULTILINE)
    for number, (threat, interface) in enumerate(affected):
        head = f"[threat.{threat}]\n"
        start, rest = text.split(head, 1)
        text = start + head + rest.replace('answer = "open"', f'answer = "mitigate"\nby = ["M-{threat}"]', 1)
        text += (f'\n[mitigation.M-{threat}]\nwhat = "It is kept out"\nstate = "in-place"\n'
                 f'code = ["{code[interface]}"]\nthwart = ["{paths[(number + 1) % len(paths)]}"]\n')
    text += '\n[review.first]\non = 2026-01-01\nby = ["somebody@example.com"]\noutcome = "accepted"\n'
    file.write_text(text)
    return paths


def source_of(copy, code):
    """A file of the workspace that the model asks about: the first that the code names by its last module."""
    for path in code:
        module = path.split("::")[-2]
        found = sorted(copy.rglob(f"{module}.rs"))
        if found:
            return found[0]
    return sorted(copy.rglob("lib.rs"))[0]


def timings(binary, copy, env):
    run = subprocess.run([binary, "health-sec", "check", "--timings"], cwd=copy, env={**os.environ, **env},
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    rows = [line.split() for line in run.stderr.splitlines()]
    kinds = [row for row in rows if row and row[0] in KINDS]
    if len(kinds) != len(KINDS):
        raise SystemExit(f"no timings: {run.stderr[-2000:]}")
    return sum(float(row[2]) for row in kinds)


def table(options, copy, turns, history):
    commits = git_output(copy, "rev-list", "--count", "HEAD")
    packages = (copy / "Cargo.lock").read_text().count("[[package]]")
    asked = (copy / "threats.toml").read_text().count("[interface.")
    print(f"\n{options.workspace.name}: {packages} locked packages, {commits} commits, {asked} interfaces; "
          f"median of {options.rounds} rounds, in CPU seconds\n")
    print("| | median | min to max |")
    print("|---|---:|---:|")
    # The first round fills the cache.
    turns = {kind: runs[1:] for kind, runs in turns.items()}
    rows = [(f"check {kind} the model, warm", runs) for kind, runs in turns.items()]
    rows += [(f"history, {kind}", runs) for kind, runs in history.items()]
    for name, runs in rows:
        print(f"| {name} | {statistics.median(runs):.2f} | {min(runs):.2f} to {max(runs):.2f} |")
    more = statistics.median(turns["with"]) - statistics.median(turns["without"])
    print(f"\nthe model adds {more:.2f} s")


def git_output(copy, *words):
    return subprocess.run(["git", "-C", copy, *words], check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
