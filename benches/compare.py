#!/usr/bin/env python3
"""CPU seconds and peak memory of `cargo health-sec`, side by side with installed peers.

    benches/compare.py --workspace DIR --advisory-db DIR [--rounds 5] [--binary FILE]

--workspace    a Rust workspace with a lock file whose components are downloaded (`cargo fetch --locked`);
               nothing is written into it, no network is used
--advisory-db  a checkout or a copy of https://github.com/RustSec/advisory-db, given to every tool
--rounds       how often each command runs; the table shows medians
--binary       a built cargo-health-sec; without it, `cargo build --release` builds one first

Measured are user and system time of the command and of every process it starts and waits for, and the
largest resident set of any one of them (wait4). The commands take turns, so that a busy machine is
busy for all of them. `first run` has an empty cache of ours, `second run` the one that the first left;
the system's file cache is warm for all, since one round runs before the count begins. The peers
(cargo-deny, cargo-audit) are used as installed; one that is missing is named and left out.

Only the standard library of Python 3.9 is needed, a Unix system, and git.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
UPSTREAM = "https://github.com/RustSec/advisory-db"


def main():
    options = arguments()
    binary = options.binary or build()
    with tempfile.TemporaryDirectory(prefix="health-sec-compare-") as folder:
        scratch = pathlib.Path(folder)
        commands = ours(binary, options, scratch) + peers(options, scratch)
        measured = {command.name: [] for command in commands}
        for counted in [False] + [True] * options.rounds:
            for command in commands:
                result = command.run(options.workspace)
                if counted:
                    measured[command.name].append(result)
    table(options, [(command, measured[command.name]) for command in commands])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=folder, required=True)
    parser.add_argument("--advisory-db", type=folder, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--binary", type=lambda text: pathlib.Path(text).resolve(strict=True))
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    return options


def folder(text):
    path = pathlib.Path(text).resolve()
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is no folder")
    return path


def build():
    subprocess.run(["cargo", "build", "--release", "--locked"], cwd=HERE.parent, check=True)
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    return HERE.parent / target / "release" / "cargo-health-sec"


class Command:
    """A command line and what its exit codes mean."""

    def __init__(self, name, words, before=None, env=None, ends=(0, 1)):
        self.name, self.words, self.before, self.ends = name, [str(word) for word in words], before, ends
        self.env = {**os.environ, **(env or {})}

    def run(self, workspace):
        if self.before:
            self.before()
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(self.words, cwd=workspace, env=self.env, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=said)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode not in self.ends:
                said.seek(0)
                sys.stderr.write(said.read().decode(errors="replace")[-2000:])
                sys.exit(f"{self.name}: `{' '.join(self.words)}` ended with {process.returncode}")
        # Linux counts kilobytes, macOS bytes.
        unit = 1 if sys.platform == "darwin" else 1024
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6, process.returncode


def ours(binary, options, scratch):
    cache = scratch / "cache"
    words = [binary, "--offline", "--locked", "--advisory-db", options.advisory_db]
    env = {"CARGO_HEALTH_SEC_CACHE": str(cache)}
    ends = (0, 1, 2)  # met, not met, could not tell: all of them are whole runs

    def forget():
        shutil.rmtree(cache, ignore_errors=True)

    register = [binary, "components", "--format", "json", *words[1:]]
    return [
        Command("cargo health-sec, first run", words, before=forget, env=env, ends=ends),
        Command("cargo health-sec, second run", words, env=env, ends=ends),
        Command("cargo health-sec components, first run", register, before=forget, env=env),
        Command("cargo health-sec components, second run", register, env=env),
    ]


def peers(options, scratch):
    found = []
    repository = as_repository(options.advisory_db, scratch / "advisory-db")
    if installed("cargo-deny"):
        # cargo-deny fetches the database itself; git is told that it lives here.
        env = {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.file://{repository}.insteadOf",
            "GIT_CONFIG_VALUE_0": UPSTREAM,
        }
        config = scratch / "deny.toml"
        config.write_text(
            f'[advisories]\ndb-path = "{scratch / "deny-db"}"\ndb-urls = ["{UPSTREAM}"]\n'
            'git-fetch-with-cli = true\n'
        )
        subprocess.run(["cargo-deny", "--config", config, "fetch", "db"], cwd=options.workspace,
                       env={**os.environ, **env}, check=True)
        words = ["cargo-deny", "--config", config, "--offline", "--locked", "check"]
        # The exit code of a failed `check` tells which checks failed, one bit each.
        found.append(Command("cargo deny check", words, env=env, ends=range(16)))
        found.append(Command("cargo deny check advisories", words + ["advisories"], env=env, ends=range(16)))
    if installed("cargo-audit"):
        words = ["cargo-audit", "audit", "--no-fetch", "--stale", "--db", repository]
        found.append(Command("cargo audit", words))
    return found


def installed(program):
    if shutil.which(program):
        return True
    print(f"!! {program} is not installed: it is LEFT OUT of the comparison (`cargo install {program}`)",
          file=sys.stderr)
    return False


def as_repository(database, place):
    """A git repository with one commit of the database: the peers take nothing else."""
    shutil.copytree(database, place, ignore=shutil.ignore_patterns(".git"))
    subprocess.run(["chmod", "-R", "u+w", place], check=True)
    git = ["git", "-C", place, "-c", "user.name=compare", "-c", "user.email=compare@localhost",
           "-c", "commit.gpgsign=false"]
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "The database"]):
        subprocess.run(git + words, check=True)
    return place


def table(options, measured):
    packages = (options.workspace / "Cargo.lock").read_text().count("[[package]]")
    medians = {command.name: statistics.median(cpu for cpu, _, _ in runs) for command, runs in measured}
    first = medians["cargo health-sec, first run"]
    deny = medians.get("cargo deny check")
    print(f"\n{options.workspace.name}: {packages} locked packages, median of {options.rounds} rounds\n")
    print("| command | CPU s (min to max) | peak MB | of our first run | of cargo deny check | exit |")
    print("|---|---:|---:|---:|---:|---:|")
    for command, runs in measured:
        cpus = [cpu for cpu, _, _ in runs]
        median = medians[command.name]
        of_deny = f"{median / deny:.2f}" if deny else "-"
        peak = statistics.median(memory for _, memory, _ in runs)
        print(f"| {command.name} | {median:.2f} ({min(cpus):.2f} to {max(cpus):.2f}) | {peak:.0f} "
              f"| {median / first:.2f} | {of_deny} | {runs[-1][2]} |")


if __name__ == "__main__":
    main()
