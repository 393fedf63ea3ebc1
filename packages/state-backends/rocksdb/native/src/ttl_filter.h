// Drops expired entries of state with a time to live while files are compacted.
//
// A timestamp is milliseconds, 8 bytes, big-endian: first in a value and in each element of a list;
// after the null flag in a value of a map.
//
// Flink: FlinkCompactionFilter of frocksdb, and the element filter of RocksDbTtlCompactFiltersManager.
#pragma once

#include <rocksdb/compaction_filter.h>
#include <rocksdb/slice.h>

#include <atomic>
#include <cstdint>
#include <memory>

namespace millrace {

enum class TtlKind { kValue, kList, kMap };

struct TtlSpec {
  TtlKind kind;
  int64_t ttl_ms;
  // Of a list, see NativeTtlSpec.
  int64_t element_bytes;
};

// The time by which it is judged; of one database.
using TtlClock = std::atomic<int64_t>;

constexpr int64_t kTtlClockUnset = INT64_MIN;

std::shared_ptr<rocksdb::CompactionFilterFactory> NewTtlFilterFactory(
    const TtlSpec& spec, std::shared_ptr<TtlClock> clock);

}  // namespace millrace
