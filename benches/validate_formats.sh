#!/usr/bin/env bash
# Writes reports in every format and has independent programs judge them.
#
#   benches/validate_formats.sh [WORKSPACE]...    the examples, where none is named
#
#   SARIF     Microsoft's multitool (its count of errors: its exit code says nothing of them), sarif-tools, and the
#             limits that GitHub sets: runs, results, rules, places, tags, and bytes once they are packed
#   JUnit     junitparser, and the XSD of the Jenkins plugin xunit: the one that pytest's sources carry, or JUNIT_XSD
#   GitLab    the fields that it asks for, and the same rules and places as sarif-tools makes of the SARIF
#   action.yml, templates/gate.yml, .pre-commit-hooks.yaml: check-jsonschema and pre-commit
#
# Needs python3; node for the multitool. What it installs, it installs into `target/format-validators`, or $VALIDATORS.
# What is not at hand is skipped, and said. PROGRAM names a built cargo-health-sec; without it one is built.
set -euo pipefail
cd "$(dirname "$0")/.."

validators=${VALIDATORS:-target/format-validators}
day=2026-11-22
skipped=0
skip() { echo "SKIPPED: $*" >&2; skipped=1; }

if [ ! -x "$validators/py/bin/sarif" ]; then
    python3 -m venv "$validators/py"
    "$validators/py/bin/pip" install -q sarif-tools==3.0.5 junitparser==5.0.3 check-jsonschema==0.39.0 lxml pre-commit==4.7.0
fi
if [ ! -d "$validators/node_modules" ] && command -v npm >/dev/null; then
    (cd "$validators" && npm i --silent @microsoft/sarif-multitool@5.7.0) || true
    chmod u+x "$validators"/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool || true
fi
py=$validators/py/bin
JUNIT_XSD=${JUNIT_XSD:-$validators/junit-10.xsd}
if [ ! -f "$JUNIT_XSD" ]; then
    # Its source distribution holds the file.
    "$py/pip" download -q --no-deps --no-binary pytest -d "$validators" pytest==8.3.5 || true
    tar xzOf "$validators/pytest-8.3.5.tar.gz" pytest-8.3.5/testing/example_scripts/junit-10.xsd > "$JUNIT_XSD" || rm -f "$JUNIT_XSD"
fi
multitool=$validators/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
if [ -z "${PROGRAM:-}" ]; then
    cargo build --quiet --locked
    PROGRAM=target/debug/cargo-health-sec
fi
[ $# -gt 0 ] || set -- examples/infusion_pump examples/glucose_gateway
to=$(mktemp -d)
trap 'rm -rf "$to"' EXIT

for workspace; do
    echo "== $workspace"
    codes=""
    for format in sarif junit gitlab github markdown rustc json; do
        code=0
        "$PROGRAM" check --as-of $day --manifest-path "$workspace/Cargo.toml" --format $format -o "$to/report.$format" -q || code=$?
        codes="$codes $code"
    done
    [ "$(tr ' ' '\n' <<< "$codes" | sort -u | grep -c .)" = 1 ] || { echo "exit codes differ:$codes"; exit 1; }
    if [ -x "$multitool" ]; then
        cp "$to/report.sarif" "$to/in.sarif"
        "$multitool" validate "$to/in.sarif" --output "$to/judged.sarif" --log ForceOverwrite > /dev/null || true
        "$py/python" - "$to/judged.sarif" << 'PYTHON'
import collections, json, sys
run = json.load(open(sys.argv[1]))["runs"][0]
levels = collections.Counter((r.get("level", "warning"), r["ruleId"]) for r in run.get("results", []))
print("multitool:", dict(levels) or "nothing to say")
sys.exit(any(level == "error" for level, _ in levels))
PYTHON
    else
        skip "the SARIF multitool is not at hand"
    fi
    "$py/python" - "$to/report.sarif" "$to/report.json" << 'PYTHON'
import gzip, json, sys
raw = open(sys.argv[1], "rb").read()
runs = json.loads(raw)["runs"]
report = json.load(open(sys.argv[2]))
packed = len(gzip.compress(raw))
results = [result for run in runs for result in run["results"]]
rules = max(len(run["tool"]["driver"]["rules"]) for run in runs)
tags = max(len(rule.get("properties", {}).get("tags", [])) for run in runs for rule in run["tool"]["driver"]["rules"])
places = max((len(r["locations"]) + len(r.get("relatedLocations", [])) for r in results), default=0)
print(f"sarif: {len(results)} results of {len(report['findings'])} findings, {rules} rules, at most {places} places and {tags} tags, {packed} bytes packed")
assert len(runs) <= 20 and rules <= 25_000 and places <= 1_000 and tags <= 20 and packed <= 10_000_000
assert all(len(run["results"]) <= 5_000 for run in runs), "of more than 5000 GitHub drops the rest"
PYTHON
    "$py/sarif" codeclimate "$to/report.sarif" -o "$to/climate.json" > /dev/null
    "$py/python" - "$to" << 'PYTHON'
import json, sys, collections
from junitparser import JUnitXml
to = sys.argv[1]
ours = json.load(open(f"{to}/report.gitlab"))
for entry in ours:
    assert entry["severity"] in ("info", "minor", "major", "critical", "blocker"), entry
    assert entry["description"] and entry["fingerprint"] and entry["location"]["lines"]["begin"] >= 1, entry
assert len({entry["fingerprint"] for entry in ours}) == len(ours), "fingerprints are shared"
sarif = json.load(open(f"{to}/report.sarif"))["runs"][0]["results"]
told = [r for r in sarif if r["level"] != "note" and not r["suppressions"]]
assert len(told) == len(ours), (len(told), len(ours))
place = lambda entry: (entry["check_name"], entry["location"]["path"].split("/")[-1], entry["location"]["lines"]["begin"])
theirs = collections.Counter(map(place, json.load(open(f"{to}/climate.json"))))
missing = collections.Counter(map(place, ours)) - theirs
print("gitlab:", len(ours), "entries;", sum(missing.values()), "of them not in sarif-tools' conversion")
assert not missing, missing
junit = JUnitXml.fromfile(f"{to}/report.junit")
cases = [case for suite in junit for case in suite]
print("junit:", len(cases), "cases,", junit.failures, "failed,", junit.errors, "errors,", junit.skipped, "skipped")
PYTHON
    if [ -f "$JUNIT_XSD" ]; then
        "$py/python" - "$JUNIT_XSD" "$to/report.junit" << 'PYTHON'
import sys
from lxml import etree
etree.XMLSchema(etree.parse(sys.argv[1])).assertValid(etree.parse(sys.argv[2]))
print("junit: valid by the XSD")
PYTHON
    else
        skip "junit-10.xsd is not at hand"
    fi
done
"$py/check-jsonschema" --builtin-schema vendor.github-actions action.yml
# The head of a component is no part of the pipeline that it becomes.
sed '1,/^---$/d' templates/gate.yml > "$to/gate.yml"
"$py/check-jsonschema" --builtin-schema vendor.gitlab-ci "$to/gate.yml"
"$py/pre-commit" validate-manifest .pre-commit-hooks.yaml
echo "all of it holds$([ $skipped = 0 ] || echo ', but for what was skipped')"
