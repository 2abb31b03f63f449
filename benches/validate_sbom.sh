#!/usr/bin/env bash
# Makes component lists and statements on vulnerabilities, and has independent programs judge them.
#
#   benches/validate_sbom.sh [WORKSPACE]...       this project and its examples, where none is named
#
# Asked is:
#   tests          the library's tests against every official schema, OpenVEX and SPDX 3.0.1 among them
#   form           CycloneDX 1.6 and 1.7: cyclonedx-python-lib, strict, with all formats
#                  SPDX 2.3: pyspdxtools; SPDX 3.0.1: the official bindings and the schema; OpenVEX: the schema
#   names          every reference in every document leads to an element of it, statements name parts as the
#                  lists do (benches/judge_sbom.py, which shares no code with us)
#   twice          another run, its day told by SOURCE_DATE_EPOCH, writes the same bytes
#   content        ntia-checker and sbom-tools judge what is filled in, not its form: shown, not asserted
#
# Needs python3. What it installs, it installs into a folder of its own, `target/validators`, or $VALIDATORS;
# the commands are those of `prepare` below. Two packages are only unpacked, for the schemas they carry:
# fixproof (OpenVEX) and lib4sbom (the others). sbom-tools is asked where it is at hand:
#
#   cargo install sbom-tools --version 0.3.0 --locked --no-default-features --features cli
#
# PROGRAM names a built cargo-health-sec; without it one is built.
set -euo pipefail
cd "$(dirname "$0")/.."

validators=${VALIDATORS:-target/validators}
schemas=$validators/schemas
day=2026-11-01
epoch=1793491200

prepare() {
    [ -e "$schemas/openvex-0.2.0.json" ] && return
    python3 -m venv "$validators"
    "$validators/bin/pip" install -q 'cyclonedx-python-lib[validation]==11.12.0' spdx-tools==0.8.5 \
        ntia-conformance-checker==6.0.0 spdx-python-model==0.0.6 jsonschema==4.26.0
    "$validators/bin/pip" download -q --no-deps --only-binary=:all: --python-version 3.13 \
        -d "$validators/wheels" lib4sbom==0.10.4 fixproof==0.2.0
    for wheel in "$validators"/wheels/*.whl; do
        python3 -m zipfile -e "$wheel" "$validators/unpacked"
    done
    mkdir -p "$schemas"
    local of="$validators/unpacked/lib4sbom/schemas"
    cp "$of/cyclonedx/bom-1.6.schema.json" "$schemas/cyclonedx-1.6.json"
    cp "$of/cyclonedx/bom-1.7.schema.json" "$schemas/cyclonedx-1.7.json"
    cp "$of/spdx/2.3-schema.json" "$schemas/spdx-2.3.json"
    cp "$of/spdx/3.0-schema.json" "$schemas/spdx-3.0.1.json"
    cp "$validators/unpacked/fixproof/schemas/official/openvex.schema.json" "$schemas/openvex-0.2.0.json"
}

# Exit code 2 of `vex` says that not all could be looked at; it writes all the same.
write() {
    local to=$1
    shift
    "$program" "$@" --manifest-path "$workspace/Cargo.toml" -o "$to" || [ $? = 2 ]
}

documents() {
    local to=$1
    shift
    write "$to/list.cdx.json" sbom "$@"
    write "$to/list-1.7.cdx.json" sbom --spec-version 1.7 "$@"
    write "$to/list.spdx.json" sbom --format spdx "$@"
    write "$to/list.spdx3.json" sbom --format spdx3 "$@"
    write "$to/vex.openvex.json" vex "$@"
    write "$to/vex.cdx.json" vex --format cyclonedx "$@"
}

# Says what a program found, and whether that counts.
judged() {
    local what=$1
    shift
    if "$@" > "$work/said" 2>&1; then
        echo "$what: accepted"
    else
        echo "$what: REFUSED"
        head -n 20 "$work/said"
        failed=1
    fi
}

shown() {
    local what=$1
    shift
    if "$@" > "$work/said" 2>&1; then echo "$what: conformant"; else echo "$what: not conformant"; fi
}

prepare
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
if [ -z "${PROGRAM:-}" ]; then
    cargo build -q --release --locked
    PROGRAM=${CARGO_TARGET_DIR:-target}/release/cargo-health-sec
fi
program=$(realpath "$PROGRAM")
OFFICIAL_SCHEMAS=$(realpath "$schemas") judged "tests against the schemas" cargo test --lib --locked keep_to_the_schema
[ $# -gt 0 ] || set -- . examples/glucose_gateway examples/infusion_pump
sbom_tools=${SBOM_TOOLS:-sbom-tools}
for workspace in "$@"; do
    echo
    echo "== $workspace"
    rm -rf "$work/a" "$work/b"
    mkdir "$work/a" "$work/b"
    documents "$work/a" --as-of "$day" 2> "$work/remarks" || { cat "$work/remarks" && exit 1; }
    SOURCE_DATE_EPOCH=$epoch documents "$work/b" 2> /dev/null
    judged "twice the same bytes" diff -rq "$work/a" "$work/b"
    "$validators/bin/python" benches/judge_sbom.py "$work/a" "$schemas" || failed=1
    judged "SPDX 2.3, pyspdxtools" "$validators/bin/pyspdxtools" -i "$work/a/list.spdx.json"
    shown "NTIA by ntia-checker, SPDX 2.3" "$validators/bin/ntia-checker" -c ntia -q "$work/a/list.spdx.json"
    shown "NTIA by ntia-checker, SPDX 3.0.1" \
        "$validators/bin/ntia-checker" -s spdx3 -c ntia -q "$work/a/list.spdx3.json"
    command -v "$sbom_tools" > /dev/null || { echo "sbom-tools is not at hand: not asked" && continue; }
    for list in list.cdx.json list-1.7.cdx.json list.spdx3.json; do
        for standard in ntia fda bsi cisa-2026; do
            shown "$standard by sbom-tools, $list" \
                "$sbom_tools" -q validate "$work/a/$list" --standard "$standard" -o json
        done
    done
done
exit "$failed"
