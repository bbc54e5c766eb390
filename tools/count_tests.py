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
suites_with_failures = set()
for suite in ElementTree.parse(logs / "testlog.junit.xml").getroot():
    for case in suite.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            suites_with_failures.add(suite.get("name").split(".")[-1])
            print(f"  FAILED {case.get('name')}", file=sys.stderr)
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
for line in (logs / "testlog.json").read_text().splitlines():
    test = json.loads(line)
    name = test["name"].split(" / ")[-1]
    if test["result"] not in ("OK", "SKIP", "EXPECTEDFAIL") and name not in suites_with_failures:
        failed += 1
        print(f"  FAILED {name}: {test['result']}", file=sys.stderr)
print(passed, failed, skipped)
