#!/usr/bin/env python3
"""Judges the documents that validate_sbom.sh has written: their form, and whether every name leads somewhere.

    benches/judge_sbom.py FOLDER SCHEMAS

Everything is asked of programs and schemas of others, but for the references, which no schema looks at: they
are followed here, by code that shares nothing with ours. Prints a line a question; exit code 1 where one
is answered badly.
"""

import json
import pathlib
import sys

import jsonschema
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

FOLDER, SCHEMAS = map(pathlib.Path, sys.argv[1:3])
OUTSIDE = "https://spdx.org/rdf/3.0.1/terms/Core/No"
BAD = []


def say(what, faults):
    faults = list(faults)
    print(f"{what}: {len(faults) or 'no'} faults")
    for fault in faults[:5]:
        print("   ", str(fault)[:300])
    BAD.extend(faults)


def read(name):
    return json.loads((FOLDER / name).read_text())


def strict(name, version):
    say(f"{name}, schema, strict", JsonStrictValidator(version).validate_str((FOLDER / name).read_text(), all_errors=True) or [])


def by_schema(name, schema):
    schema = json.loads((SCHEMAS / f"{schema}.json").read_text())
    checker = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
    say(f"{name}, schema", (f"{'/'.join(map(str, fault.path))}: {fault.message[:200]}" for fault in checker.iter_errors(read(name))))


def twice(names):
    seen = set()
    return [f"{name} stands for two" for name in names if name in seen or seen.add(name)]


def cyclonedx(name):
    document = read(name)
    parts = [document["metadata"]["component"], *document.get("components", []), *document.get("services", [])]
    known = [part["bom-ref"] for part in parts]
    stated = document.get("vulnerabilities", [])
    faults = twice(known + [one["bom-ref"] for one in stated])
    named = [reference for one in document.get("dependencies", []) for reference in [one["ref"], *one.get("dependsOn", [])]]
    for one in document.get("compositions", []):
        named += one.get("assemblies", []) + one.get("dependencies", [])
    named += [affected["ref"] for one in stated for affected in one["affects"]]
    say(f"{name}, references ({len(named)})", faults + [f"{one} leads nowhere" for one in named if one not in set(known)])
    return {part["purl"] for part in parts if "purl" in part}


def spdx2(name):
    document = read(name)
    ids = [part["SPDXID"] for part in document["packages"]]
    known = {*ids, document["SPDXID"], "NONE", "NOASSERTION"}
    named = list(document["documentDescribes"])
    for one in document["relationships"]:
        named += [one["spdxElementId"], one["relatedSpdxElement"]]
    texts = {one["licenseId"] for one in document.get("hasExtractedLicensingInfos", [])}
    licences = {word.strip("()") for part in document["packages"] for word in part["licenseDeclared"].split()}
    faults = [f"{one} leads nowhere" for one in named if one not in known]
    faults += [f"{one} has no text" for one in licences if one.startswith("LicenseRef-") and one not in texts]
    say(f"{name}, references ({len(named)})", twice(ids) + faults)


def spdx3(name):
    from spdx_python_model import v3_0_1 as spdx

    known = spdx.SHACLObjectSet()
    with open(FOLDER / name, "rb") as file:
        spdx.JSONLDDeserializer().read(file, known)
    lost = [f"{one} leads nowhere" for one in known.link() if not one.startswith(OUTSIDE)]
    say(f"{name}, official bindings ({len(list(known.foreach()))} objects)", lost)


def openvex(name, listed):
    named = []
    for one in read(name)["statements"]:
        for product in one["products"]:
            named += [product["@id"], *(part["@id"] for part in product["subcomponents"])]
    say(f"{name}, parts as in the list ({len(named)})", [f"{one} is not in the list" for one in named if one not in listed])


strict("list.cdx.json", SchemaVersion.V1_6)
strict("list-1.7.cdx.json", SchemaVersion.V1_7)
listed = cyclonedx("list.cdx.json")
cyclonedx("list-1.7.cdx.json")
by_schema("list.spdx.json", "spdx-2.3")
spdx2("list.spdx.json")
by_schema("list.spdx3.json", "spdx-3.0.1")
spdx3("list.spdx3.json")
strict("vex.cdx.json", SchemaVersion.V1_6)
cyclonedx("vex.cdx.json")
if (FOLDER / "vex.openvex.json").exists():
    by_schema("vex.openvex.json", "openvex-0.2.0")
    openvex("vex.openvex.json", listed)
else:
    print("vex.openvex.json: not written, since nothing is to be stated")
sys.exit(1 if BAD else 0)
