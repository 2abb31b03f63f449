#!/usr/bin/env python3
"""CPU seconds of the gate in each place where it stands, side by side with cargo doing the same work without it.

    benches/places.py --workspace DIR [--rounds 5] [--file PATH] [--binary FILE] [--words WORD...]

--workspace  a Rust workspace with a lock file whose components are downloaded (`cargo fetch --locked`); it is copied,
             and nothing is written into it; no network is used
--rounds     how often a change is made and every command run on it; the table shows medians
--file       the file that is changed, from the root [default: the largest Rust file]
--binary     a built cargo-health-sec; without it, `cargo build --release` builds one first
--words      words for the gate in every place, such as `--strict`

cold: nothing is compiled, and there is no cache of ours; one round. changed: one line more in one file, staged in git.
fresh: the same again, with nothing changed. Each command has a target folder of its own. Counted are user and system
time of the command and of all that it starts. A gate that is closed lets `build` do nothing: its exit code is in the
table, and `build --since HEAD` beside it lets only what is new count.

Only the standard library of Python 3.9 is needed, a Unix system, and git.
"""

import argparse
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

from compare import Command, build, folder

ENDS = (0, 1, 2, 101)


def main():
    options = arguments()
    binary = options.binary or build()
    with tempfile.TemporaryDirectory(prefix="health-sec-places-") as scratch:
        scratch = pathlib.Path(scratch)
        copy = copied(options.workspace, scratch / "workspace")
        commands = places(binary, options.words, scratch)
        file = copy / (options.file or largest(copy))
        measured = {command.name: {"cold": [], "changed": [], "fresh": []} for command in commands}

        def run(command, kind):
            took = command.run(copy)
            measured[command.name][kind].append(took)
            # The whole takes long: what is known so far is said.
            print(f"{kind}: {command.name}: {took[0]:.2f} s, exit {took[2]}", file=sys.stderr, flush=True)

        for command in commands:
            run(command, "cold")
        text = file.read_text()
        for number in range(options.rounds):
            file.write_text(f"{text}\n// A change of the bench: {number}.\n")
            git(copy, "add", "--all")
            for kind in ["changed", "fresh"]:
                for command in commands:
                    run(command, kind)
        table(options, file.relative_to(copy), commands, measured)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=folder, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--file")
    parser.add_argument("--binary", type=lambda text: pathlib.Path(text).resolve(strict=True))
    parser.add_argument("--words", nargs="*", default=[])
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    return options


def copied(workspace, to):
    shutil.copytree(workspace, to, symlinks=True, ignore=shutil.ignore_patterns("target", ".git"))
    subprocess.run(["git", "init", "-q", to], check=True)
    git(to, "add", "--all")
    git(to, "commit", "-q", "-m", "The workspace")
    return to


def git(copy, *words):
    subprocess.run(["git", "-C", copy, "-c", "user.name=bench", "-c", "user.email=bench@localhost",
                    "-c", "commit.gpgsign=false", *words], check=True)


def largest(copy):
    files = [file for file in copy.rglob("*.rs") if "target" not in file.relative_to(copy).parts]
    return max(files, key=lambda file: (file.stat().st_size, file)).relative_to(copy)


def places(binary, words, scratch):
    gate = [binary, "health-sec"]
    lines = [
        ("cargo check", ["cargo", "check", "--workspace", "--offline"]),
        ("cargo clippy", ["cargo", "clippy", "--workspace", "--offline"]),
        ("cargo build", ["cargo", "build", "--workspace", "--offline"]),
        ("health-sec check --staged", [*gate, "check", "--staged", *words]),
        ("health-sec check", [*gate, "check", *words]),
        ("health-sec check --", [*gate, "check", "--offline", *words, "--"]),
        ("health-sec clippy", [*gate, "clippy", "--workspace", "--offline", *words]),
        ("health-sec build", [*gate, "build", "--workspace", "--offline", *words]),
        ("health-sec build --since HEAD", [*gate, "build", "--workspace", "--offline", "--since", "HEAD", *words]),
    ]
    commands = []
    for number, (name, line) in enumerate(lines):
        own = {"CARGO_TARGET_DIR": str(scratch / f"target-{number}"),
               "CARGO_HEALTH_SEC_CACHE": str(scratch / f"cache-{number}")}
        commands.append(Command(name, line, env=own, ends=ENDS))
    return commands


def table(options, file, commands, measured):
    packages = (options.workspace / "Cargo.lock").read_text().count("[[package]]")
    print(f"\n{options.workspace.name}: {packages} locked packages; {file} changed, median of {options.rounds} rounds\n")
    print("| command | cold | changed (min to max) | fresh | exit |")
    print("|---|---:|---:|---:|---:|")
    for command in commands:
        cpu = {kind: [run[0] for run in runs] for kind, runs in measured[command.name].items()}
        changed = cpu["changed"]
        print(f"| {command.name} | {cpu['cold'][0]:.2f} | {statistics.median(changed):.2f} "
              f"({min(changed):.2f} to {max(changed):.2f}) | {statistics.median(cpu['fresh']):.2f} "
              f"| {measured[command.name]['changed'][-1][2]} |")


if __name__ == "__main__":
    main()
