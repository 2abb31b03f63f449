#!/usr/bin/env bash
# Makes component lists of the examples, or of the workspaces named, and has independent programs judge them.
#
#   benches/validate_sbom.sh [WORKSPACE]...
#
# Needs what these commands bring, once, into a folder of your choice:
#
#   python3 -m venv v && v/bin/pip install 'cyclonedx-python-lib[validation]' spdx-tools \
#       ntia-conformance-checker spdx-python-model
#   cargo install sbom-tools --version 0.3.0 --locked --no-default-features --features cli    (optional)
#
# and says where: PYTHON=v/bin/python (the other programs are taken from its folder), SBOM_TOOLS=sbom-tools.
# What is asked:
#   CycloneDX 1.6 and 1.7   the official schemas with all formats, by cyclonedx-python-lib
#   SPDX 2.3                the rules of the specification, by pyspdxtools
#   SPDX 3.0.1              the official bindings: every property known, every name resolved
#   content                 `sbom-tools validate` and `ntia-checker`, which judge what is filled in, not its form:
#                           their verdicts are shown, not asserted
set -euo pipefail
python=${PYTHON:-v/bin/python}
tools=$(dirname "$python")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- examples/glucose_gateway examples/infusion_pump
cargo build -q --release
program=$PWD/target/release/cargo-health-sec
for workspace in "$@"; do
    echo "== $workspace"
    list() { "$program" sbom --manifest-path "$workspace/Cargo.toml" --as-of 2026-11-01 "$@"; }
    list -o "$work/a.cdx.json"
    list --spec-version 1.7 -o "$work/b.cdx.json"
    list --format spdx -o "$work/a.spdx.json"
    list --format spdx3 -o "$work/a.spdx3.json"
    "$python" - "$work"/a.cdx.json "$work"/b.cdx.json <<'PYTHON'
import json, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
for path in sys.argv[1:]:
    text = open(path).read()
    version = json.loads(text)["specVersion"]
    schema = {"1.6": SchemaVersion.V1_6, "1.7": SchemaVersion.V1_7}[version]
    faults = list(JsonStrictValidator(schema).validate_str(text, all_errors=True) or [])
    print(f"CycloneDX {version}: {len(faults)} faults")
    for fault in faults[:5]:
        print("  ", str(fault)[:300])
    if faults:
        sys.exit(1)
PYTHON
    "$tools/pyspdxtools" -i "$work/a.spdx.json" && echo "SPDX 2.3: accepted"
    "$python" - "$work/a.spdx3.json" <<'PYTHON'
import sys
try:
    from spdx_python_model import v3_0_1 as spdx
except ImportError:
    from spdx_python_model.bindings import v3_0_1 as spdx
known = spdx.SHACLObjectSet()
with open(sys.argv[1], "rb") as file:
    spdx.JSONLDDeserializer().read(file, known)
lost = sorted(name for name in known.link() if "/terms/Core/No" not in name)
print(f"SPDX 3.0.1: {len(list(known.foreach()))} objects, {len(lost)} names lead nowhere")
sys.exit(1 if lost else 0)
PYTHON
    "$tools/ntia-checker" -c ntia -q -r json -o "$work/ntia.json" "$work/a.spdx.json" && echo "ntia-checker: conformant" ||
        echo "ntia-checker: not conformant (see the fields that are missing)"
    if command -v "${SBOM_TOOLS:-sbom-tools}" > /dev/null; then
        for standard in ntia fda bsi; do
            "${SBOM_TOOLS:-sbom-tools}" -q validate "$work/a.cdx.json" --standard "$standard" -o json > "$work/verdict.json" 2> /dev/null &&
                echo "sbom-tools $standard: no errors" || echo "sbom-tools $standard: errors"
        done
    fi
done
