#!/usr/bin/env python3
"""Runs the code rules on published crates: pairs of a vulnerable and a fixed version, and well-kept crates.

    benches/pairs.py PAIRS DEST [--binary FILE] [--out DIR] [--only TEXT] [--half a|b] [--per-pair]

PAIRS     the folder with `pairs.open.jsonl`, `fp_corpus.json`, `fetch_pairs.py` and `score.py`
DEST      where `fetch_pairs.py` has put, or will put, the crates (`src/`, `fp/src/`)
--binary  a built cargo-health-sec; without it, `cargo build --release` builds one first
--out     where the SARIF files go, a file a crate version [default: DEST/sarif]
--only    only crates with this text in their folder's name
--half    score one half of the pairs alone: `a` or `b`, by the checksum of the advisory's id. Rules are
          worked on with the misses of half `a` in view; half `b` says whether they hold for others

A crate version is inspected as the workspace it is: no lock file, no network; what its sources show does not
depend on either. Facts are kept in DEST/facts, so that a second run only checks. `pairs_rules.json` beside this script says
which rules speak of which class of fault; rules that judge the workspace rather than its code (pinned
toolchain, stale advisory data) and register rules do not count.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def main():
    options = arguments()
    binary = options.binary or build()
    if not (options.dest / "src").exists():
        fetch = [options.pairs / "fetch_pairs.py", options.pairs / "pairs.open.jsonl", options.dest]
        subprocess.run([sys.executable, *fetch, "--fp", options.pairs / "fp_corpus.json"], check=True)
    out = options.out or options.dest / "sarif"
    rules = rule_map(binary)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = []
        for folder in ["src", "fp/src"]:
            (out / folder).mkdir(parents=True, exist_ok=True)
            for crate in sorted((options.dest / folder).iterdir()):
                if (options.only or "") in crate.name and (crate / "Cargo.toml").exists():
                    jobs.append(pool.submit(inspect, binary, crate, out / folder / f"{crate.name}.sarif", options.dest / "facts"))
        failed = [job.result() for job in jobs if job.result()]
    for line in failed:
        print("no report:", line, file=sys.stderr)
    score(options, out, rules)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=lambda text: pathlib.Path(text).resolve(strict=True))
    parser.add_argument("dest", type=pathlib.Path)
    parser.add_argument("--binary", type=lambda text: pathlib.Path(text).resolve(strict=True))
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--only")
    parser.add_argument("--half", choices=["a", "b"])
    parser.add_argument("--per-pair", action="store_true")
    return parser.parse_args()


def build():
    subprocess.run(["cargo", "build", "--release", "--locked"], cwd=HERE.parent, check=True)
    return HERE.parent / "target/release/cargo-health-sec"


def rule_map(binary):
    """The map with every rule that does not speak of code put among those that don't count."""
    rules = json.loads((HERE / "pairs_rules.json").read_text())
    listed = subprocess.run([binary, "rules", "--format", "json"], check=True, stdout=subprocess.PIPE)
    listed = json.loads(listed.stdout)
    known = {rule["id"] for rule in listed}
    for name in {name for names in rules.values() for name in names} - known:
        sys.exit(f"pairs_rules.json names no rule: {name}")
    counted = {rule["id"] for rule in listed if rule["family"] == "code" and rule["tier"] != "register"}
    rules["-ignore"] = sorted(known - counted)
    return {kind: [f"^{name}$" for name in names] for kind, names in rules.items()}


def inspect(binary, crate, report, facts):
    command = [binary, "check", "--manifest-path", crate / "Cargo.toml", "--no-verify"]
    # Output that the gate fails is what we came for; only without a report is something wrong.
    report.unlink(missing_ok=True)
    command += ["--format", "sarif", "--output", report]
    kept = dict(os.environ, CARGO_HEALTH_SEC_CACHE=str(facts))
    done = subprocess.run(command, env=kept, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return None if report.exists() else f"{crate.name}: {done.stderr.decode(errors='replace')[:200]}"


def score(options, out, rules):
    with tempfile.TemporaryDirectory(prefix="health-sec-pairs-") as folder:
        mapped = pathlib.Path(folder) / "rules.json"
        mapped.write_text(json.dumps(rules))
        pairs = pathlib.Path(folder) / "pairs.jsonl"
        lines = (options.pairs / "pairs.open.jsonl").read_text().splitlines()
        pairs.write_text("\n".join(line for line in lines if options.half in (None, half(line))))
        command = [sys.executable, options.pairs / "score.py", "--pairs", pairs, "--sarif", out / "src"]
        command += ["--rules", mapped, "--fp", out / "fp/src", "--fp-list", options.pairs / "fp_corpus.json"]
        subprocess.run(command + ["--per-pair"] * options.per_pair, check=True)


def half(line):
    digest = hashlib.sha256(json.loads(line)["id"].encode()).digest()
    return "ab"[digest[0] & 1]


main()
