"""The records of the pipelines, by their number: those of pipeline-records.ts and Records.java.

They are made before anything is timed, so that a peer is not charged for arithmetic of Python.
"""

from functools import lru_cache

WORDS = 100_000
KEYS = 10_000
T0 = 1_700_000_000_000
RECORDS_PER_MS = 100
MASK = 0xFFFFFFFF


def mix(i):
    """Murmur3's end: a hash of the number, in [0, 2^32)."""
    h = i & MASK
    h = ((h ^ (h >> 16)) * 0x85EBCA6B) & MASK
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & MASK
    return h ^ (h >> 16)


@lru_cache(maxsize=1)
def words(count):
    table = [f"word-{i}" for i in range(WORDS)]
    return [table[(mix(i) * WORDS) >> 32] for i in range(count)]


@lru_cache(maxsize=1)
def keyed(count):
    """Pairs of a key and a time in ms."""
    return [((mix(i) * KEYS) >> 32, T0 + i // RECORDS_PER_MS) for i in range(count)]
