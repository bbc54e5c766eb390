#!/usr/bin/env python3
"""Counts the test cases of one `meson test` run and names those that failed.

usage: count_tests.py BUILD

Prints "PASSED FAILED SKIPPED"; the names of failures go to standard error. An executable that died without
telling which case did it counts as one failure.
"""
import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

logs = pathlib.Path(sys.argv[1]) / "meson-logs"
passed = failed = skipped = 0
told = set()  # executables of which a failure has been counted
for suite in ElementTree.parse(logs / "testlog.junit.xml").getroot():
    for case in suite.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            # A suite made from TAP is called "... / NAME"; an executable that spoke none is a case of its own.
            told.add(suite.get("name").split(" / ")[-1])
            told.add(case.get("name").split(" / ")[-1])
            print(f"  FAILED {suite.get('name')}: {case.get('name')}", file=sys.stderr)
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
for line in (logs / "testlog.json").read_text().splitlines():
    test = json.loads(line)
    name = test["name"].split(" / ")[-1].strip()
    if test["result"] not in ("OK", "SKIP", "EXPECTEDFAIL") and name not in told:
        failed += 1
        print(f"  FAILED {name}: {test['result']}", file=sys.stderr)
print(passed, failed, skipped)
