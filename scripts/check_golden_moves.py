#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that the kept results of two versions have the same values.

Allowed to differ are `/config_sha256`, keys that are only in the new files, and keys that the table
of renamed keys names, whose values must be equal. OLD and NEW are folders of expected results or
revisions of git, whose test/golden/expected is read. The table maps a JSON pointer of the old files
to the one that it, with all that is below it, has now: {"/macs/attention": "/macs/lines"}.

Prints what was compared, or one line a difference with exit status 1; exit status 2 for wrong input.
"""

import argparse
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXPECTED = "test/golden/expected"
MAY_DIFFER = {"/config_sha256"}


def git(*arguments):
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def texts_of(place):
    """The text of each result by the name of its file."""
    folder = pathlib.Path(place)
    if folder.is_dir():
        return {file.name: file.read_text() for file in sorted(folder.glob("*.json"))}
    try:
        files = git("ls-tree", "--name-only", place, EXPECTED + "/").split()
        return {pathlib.Path(file).name: git("show", f"{place}:{file}") for file in files}
    except subprocess.CalledProcessError as error:
        reason = error.stderr.strip().splitlines()[0]
        raise ValueError(f"{place}: neither a folder nor a revision ({reason})") from error


def leaves(value, pointer=""):
    """Each value that has no parts, by its JSON pointer. Numbers are texts: none is rounded."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in parts:
        here = pointer + "/" + str(key).replace("~", "~0").replace("/", "~1")
        if isinstance(part, (dict, list)) and part:
            yield from leaves(part, here)
        else:
            yield here, part


def parsed(text):
    return dict(leaves(json.loads(text, parse_int=lambda x: "i" + x, parse_float=lambda x: "f" + x)))


def renamed(pointer, table):
    """The pointer that a value has now. The longest old pointer that leads to it counts."""
    leading = [old for old in table if (pointer + "/").startswith(old + "/")]
    if not leading:
        return pointer
    old = max(leading, key=len)
    return table[old] + pointer[len(old) :]


def differences(old, new, table):
    """Lines that say what moved, and the pointers that are new."""
    lines = []
    found = set()
    for pointer, value in old.items():
        now = renamed(pointer, table)
        found.add(now)
        if now not in new:
            lines.append(f"{pointer}: is gone" + ("" if now == pointer else f", also as {now}"))
        elif new[now] != value and now not in MAY_DIFFER:
            lines.append(f"{now}: {value} -> {new[now]}")
    return lines, [pointer for pointer in new if pointer not in found]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("old", help="folder of expected results, or a revision")
    parser.add_argument("new", help="likewise")
    parser.add_argument(
        "--renamed",
        default=str(ROOT / "test/golden/renamed_keys.json"),
        help="table of renamed keys (test/golden/renamed_keys.json)",
    )
    line = parser.parse_args()
    try:
        table = json.loads(pathlib.Path(line.renamed).read_text())
        old, new = texts_of(line.old), texts_of(line.new)
        old = {name: parsed(text) for name, text in old.items()}
        new = {name: parsed(text) for name, text in new.items()}
    except (OSError, ValueError) as error:
        parser.error(str(error))
    if not old:
        parser.error(f"{line.old}: no results")
    moved = [f"{name}: is gone" for name in old if name not in new]
    num_values = 0
    added = set()
    for name in old.keys() & new.keys():
        lines, only_new = differences(old[name], new[name], table)
        moved += [f"{name}: {text}" for text in lines]
        added.update(only_new)
        num_values += len(old[name])
    for text in sorted(moved):
        print(text)
    if moved:
        print(f"golden moves: {len(moved)} differences")
        return 1
    num_new = len(new.keys() - old.keys())
    print(
        f"golden moves: {num_values} values of {len(old)} results are equal but for "
        f"{', '.join(sorted(MAY_DIFFER))}; {len(added)} keys and {num_new} results are new"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
