"""Word count and window count in Pathway, one thread.

    python pathway_side.py wordcount|tumbling streaming|static FOLDER

- streaming: records come from a Python connector, with a commit each 100 ms; its results are what changed in a commit.
- static: a CSV file, read by Pathway itself; each result once.
"""

import logging
import os
import sys
import time
from importlib.metadata import version

os.environ["PATHWAY_THREADS"] = "1"
logging.disable(logging.WARNING)

import pathway as pw
from pathway.internals.parse_graph import G

import peer_records
import peer_side

COMMIT_MS = 100


class Word(pw.Schema):
    word: str


class Keyed(pw.Schema):
    key: int
    time: int


class Records(pw.io.python.ConnectorSubject):
    def __init__(self, records):
        super().__init__()
        self.records = records
        self.began_ns = 0


class Words(Records):
    def run(self):
        self.began_ns = time.perf_counter_ns()
        for word in self.records:
            self.next(word=word)


class KeyedRecords(Records):
    def run(self):
        self.began_ns = time.perf_counter_ns()
        for key, at in self.records:
            self.next(key=key, time=at)


class WordTotals(peer_side.Totals):
    """A commit has only the last count of a word. What each record's count weighs follows from it."""

    def change(self, key, row, time, is_addition):
        count = row["count"]
        sign = 1 if is_addition else -1
        self.add(sign * count, sign * len(row["word"]) * count * (count + 1) // 2)


class WindowTotals(peer_side.Totals):
    def change(self, key, row, time, is_addition):
        count = row["count"]
        sign = 1 if is_addition else -1
        self.add(sign, sign * count * count)


def word_count(words, streaming):
    counts = words.groupby(words.word).reduce(words.word, count=pw.reducers.count())
    return counts, WordTotals()


def window_count(records, streaming):
    """A window of a stream gives its result once, when it is over."""
    windows = records.windowby(
        records.time,
        window=pw.temporal.tumbling(duration=1000, origin=peer_records.T0),
        behavior=pw.temporal.exactly_once_behavior() if streaming else None,
        instance=records.key,
    )
    return windows.reduce(key=pw.this._pw_instance, count=pw.reducers.count()), WindowTotals()


WORKS = {
    "wordcount": (word_count, peer_records.words, Words, Word),
    "tumbling": (window_count, peer_records.keyed, KeyedRecords, Keyed),
}


def write_csv(path, schema, records):
    with open(path, "w") as file:
        file.write(",".join(schema.column_names()) + "\n")
        if schema is Word:
            file.writelines(f"{word}\n" for word in records)
        else:
            file.writelines(f"{key},{at}\n" for key, at in records)


def main():
    work, mode, folder = sys.argv[1:]
    program, make, subject_of, schema = WORKS[work]
    streaming = mode == "streaming"

    def count(count_of_records):
        G.clear()
        records = make(count_of_records)
        if streaming:
            subject = subject_of(records)
            table = pw.io.python.read(subject, schema=schema, autocommit_duration_ms=COMMIT_MS)
        else:
            path = os.path.join(folder, "records.csv")
            write_csv(path, schema, records)
            table = pw.io.csv.read(path, schema=schema, mode="static")
        results, totals = program(table, streaming)
        pw.io.subscribe(results, totals.change)
        began_ns = time.perf_counter_ns()
        pw.run(monitoring_level=pw.MonitoringLevel.NONE)
        if streaming:
            began_ns = subject.began_ns
        return time.perf_counter_ns() - began_ns, totals

    peer_side.serve(f"Pathway {version('pathway')}, Python {sys.version.split()[0]}", count)


main()
