# SPDX-License-Identifier: Apache-2.0
"""Judges JSON documents by a JSON Schema (draft 7), with an implementation that is not the project's.

Reads the schema, then documents, a line each. Answers each document with a line: a JSON string that
says what is wrong with it, empty if nothing is.
"""

import json
import sys

from jsonschema import Draft7Validator, validators


def is_integer(_, value):
    """As the project's readers have it: 2.0 is a number, but no integer."""
    return isinstance(value, int) and not isinstance(value, bool)


def main():
    types = Draft7Validator.TYPE_CHECKER.redefine("integer", is_integer)
    schema = json.loads(sys.stdin.readline())
    Draft7Validator.check_schema(schema)
    validator = validators.extend(Draft7Validator, type_checker=types)(schema)
    for line in iter(sys.stdin.readline, ""):
        errors = (
            "/" + "/".join(map(str, error.absolute_path)) + ": " + error.message[:200] + "\n"
            for error in validator.iter_errors(json.loads(line))
        )
        print(json.dumps("".join(errors)), flush=True)


main()
