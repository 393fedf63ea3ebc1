"""Word count and window count in Bytewax, one worker.

    python bytewax_side.py wordcount|tumbling

Items come in batches of 100,000, and steps take a batch at a time where there is such an operator: of the sizes and
operators that were tried these did best. Keys are strings, as Bytewax wants them. Event time is that of the records
alone: with the system's clock in it, records that are read faster or slower than they were made would be late.
"""

import sys
import time
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from importlib.metadata import version

import bytewax.operators as op
import bytewax.operators.windowing as win
from bytewax.dataflow import Dataflow
from bytewax.inputs import DynamicSource, StatelessSourcePartition
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main

import peer_records
import peer_side

BATCH = 100_000
START = datetime.fromtimestamp(peer_records.T0 / 1000, timezone.utc)


class Batches(DynamicSource):
    """Of a list."""

    def __init__(self, records):
        self.records = records
        self.began_ns = 0

    def build(self, step_id, worker_index, worker_count):
        source = self

        class Partition(StatelessSourcePartition):
            at = 0

            def next_batch(self):
                if self.at == 0:
                    source.began_ns = time.perf_counter_ns()
                if self.at >= len(source.records):
                    raise StopIteration()
                self.at += BATCH
                return source.records[self.at - BATCH : self.at]

        return Partition()


class Adding(DynamicSink):
    """`weight`: of a batch of results."""

    def __init__(self, totals, weight):
        self.totals = totals
        self.weight = weight

    def build(self, step_id, worker_index, worker_count):
        totals, weight = self.totals, self.weight

        class Partition(StatelessSinkPartition):
            def write_batch(self, items):
                totals.add(len(items), weight(items))

        return Partition()


class CountOfWord(op.StatefulBatchLogic):
    def __init__(self, count):
        self.count = count or 0

    def on_batch(self, values):
        before = self.count
        self.count += len(values)
        return range(before + 1, self.count + 1), self.RETAIN

    def snapshot(self):
        return self.count


def word_count(flow, source):
    words = op.input("words", flow, source)
    keyed = op.flat_map_batch("key", words, lambda batch: [(word, word) for word in batch])
    counts = op.stateful_batch("count", keyed, CountOfWord)
    return counts, lambda items: sum(len(word) * count for word, count in items)


def window_count(flow, source):
    clock = win.EventClock(
        ts_getter=lambda record: record[1],
        wait_for_system_duration=timedelta(0),
        now_getter=lambda: START,
        to_system_utc=lambda _: None,
    )
    windower = win.TumblingWindower(length=timedelta(seconds=1), align_to=START)
    records = op.input("records", flow, source)
    keyed = op.key_on("key", records, lambda record: record[0])
    counts = win.fold_window(
        "count", keyed, clock, windower, lambda: 0, lambda count, _: count + 1, lambda a, b: a + b
    )
    return counts.down, lambda items: sum(count * count for _, (_, count) in items)


@lru_cache(maxsize=1)
def timed_records(count):
    """The time of a millisecond is one object, as a connector may keep it."""
    keys = [str(key) for key in range(peer_records.KEYS)]
    times = [START + timedelta(milliseconds=ms) for ms in range(count // peer_records.RECORDS_PER_MS + 1)]
    return [(keys[key], times[ms - peer_records.T0]) for key, ms in peer_records.keyed(count)]


WORKS = {"wordcount": (word_count, peer_records.words), "tumbling": (window_count, timed_records)}


def main():
    program, make = WORKS[sys.argv[1]]

    def count(records):
        flow = Dataflow("count")
        source = Batches(make(records))
        totals = peer_side.Totals()
        results, weight = program(flow, source)
        op.output("out", results, Adding(totals, weight))
        run_main(flow)
        return time.perf_counter_ns() - source.began_ns, totals

    peer_side.serve(f"Bytewax {version('bytewax')}, Python {sys.version.split()[0]}", count)


main()
