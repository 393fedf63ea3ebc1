"""Drives a peer line by line, as peers/peer-side.ts says.

`count RECORDS`: the job over so many records, to its end; `{operations, ns, results, checksum}`.
"""

import json
import sys


class Totals:
    """Of results: how many, and what they weigh."""

    def __init__(self):
        self.results = 0
        self.checksum = 0

    def add(self, results, weight):
        self.results += results
        self.checksum += weight


def serve(ready, count):
    """`count`: of a number of records, the ns from the first record to the last result, and their totals."""
    say({"ready": ready})
    for line in sys.stdin:
        command, *words = line.split()
        if command == "exit":
            break
        if command != "count":
            raise ValueError(f"no command {command}")
        records = int(words[0])
        ns, totals = count(records)
        say({"operations": records, "ns": ns, "results": totals.results, "checksum": totals.checksum})


def say(reply):
    print(json.dumps(reply), flush=True)
