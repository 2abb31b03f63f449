#!/usr/bin/env python3
"""CPU seconds of `check --staged` for one changed file, on a first run and on later ones.

    benches/staged.py --workspace DIR --file PATH [--rounds 5] [--binary FILE]
    benches/staged.py --sources DIR [--packages 1000] [--rounds 5] [--binary FILE]

--workspace  a Rust workspace; it is copied into a repository of one commit
--file       the file that is changed, from the root
--sources    a folder with Rust sources: a workspace is made of as many packages, each a file of 110 to 500 lines of these,
             with up to three of the packages before it as dependencies; the file of the middle one is changed
--rounds     how many first runs, each with a cache of its own and a later run behind it; all are shown

What a clone has is packed (`git gc`). Each first run has another cache folder, and none is deleted before the end: some file
systems take ten times as long to make files where others have just been deleted.

Only the standard library of Python 3.9 is needed, a Unix system, and git.
"""

import argparse
import pathlib
import random
import sys
import tempfile

from compare import Command, build, folder
from places import copied, git

LINES = range(110, 500)


def main():
    options = arguments()
    binary = options.binary or build()
    with tempfile.TemporaryDirectory(prefix="health-sec-staged-") as scratch:
        scratch = pathlib.Path(scratch)
        if options.sources:
            made = scratch / "made"
            file = made_of(options.sources, options.packages, made)
        else:
            made, file = options.workspace, options.file
        copy = copied(made, scratch / "workspace")
        git(copy, "gc", "-q")
        text = (copy / file).read_text()
        lines = sum(path.read_text(errors="replace").count("\n") for path in copy.rglob("*.rs") if path.is_file())
        print(f"{lines} lines of Rust; {file} changed\n\n| first run | later |\n|---:|---:|")
        for number in range(options.rounds):
            (copy / file).write_text(f"{text}\n// A change of the bench: {number}.\n")
            git(copy, "add", "--all")
            own = {"CARGO_HEALTH_SEC_CACHE": str(scratch / f"cache-{number}")}
            command = Command("staged", [binary, "health-sec", "check", "--staged"], env=own, ends=(0, 1, 2))
            first, later = command.run(copy)[0], command.run(copy)[0]
            print(f"| {first:.2f} | {later:.2f} |", flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    of = parser.add_mutually_exclusive_group(required=True)
    of.add_argument("--workspace", type=folder)
    of.add_argument("--sources", type=folder)
    parser.add_argument("--file")
    parser.add_argument("--packages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--binary", type=lambda text: pathlib.Path(text).resolve(strict=True))
    options = parser.parse_args()
    if options.workspace and not options.file:
        parser.error("--file says which file of the workspace is changed")
    return options


def made_of(sources, packages, to):
    """Makes a workspace of small packages, and returns the file of the middle one."""
    def fits(path):
        text = path.read_text(errors="replace")
        # A file with modules of its own would lack them here.
        return text.count("\n") in LINES and "mod " not in text.split("#[cfg(test)]")[0]

    drawn = random.Random(1)
    found = [path for path in sorted(sources.rglob("*.rs")) if path.is_file() and "target" not in path.parts and fits(path)]
    drawn.shuffle(found)
    if len(found) < packages:
        sys.exit(f"only {len(found)} of the sources have {LINES.start} to {LINES.stop} lines")
    lock = "version = 4\n"
    for number, path in enumerate(found[:packages]):
        uses = sorted({drawn.randrange(number) for _ in range(3)}) if number else []
        home = to / "crates" / name(number)
        (home / "src").mkdir(parents=True)
        (home / "src/lib.rs").write_text(path.read_text(errors="replace"))
        listed = "".join(f'{name(used)} = {{ path = "../{name(used)}" }}\n' for used in uses)
        (home / "Cargo.toml").write_text(
            f'[package]\nname = "{name(number)}"\nversion = "0.1.0"\nedition = "2024"\n\n[dependencies]\n{listed}')
        needs = "".join(f' "{name(used)}",\n' for used in uses)
        lock += f'\n[[package]]\nname = "{name(number)}"\nversion = "0.1.0"\n'
        lock += f"dependencies = [\n{needs}]\n" if uses else ""
    (to / "Cargo.toml").write_text('[workspace]\nmembers = ["crates/*"]\nresolver = "3"\n')
    (to / "Cargo.lock").write_text(lock)
    return f"crates/{name(packages // 2)}/src/lib.rs"


def name(number):
    return f"part-{number:04}"


if __name__ == "__main__":
    main()
