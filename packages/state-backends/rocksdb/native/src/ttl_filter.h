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
#include <mutex>
#include <optional>
#include <utility>

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

// Of one column family. Without a spec its compactions drop nothing, and cost nothing.
class TtlFilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  explicit TtlFilterFactory(std::shared_ptr<TtlClock> clock) : clock_(std::move(clock)) {}

  // For compactions that begin later.
  void SetSpec(const TtlSpec& spec);

  const char* Name() const override { return "MillraceTtlFilterFactory"; }

  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override;

 private:
  const std::shared_ptr<TtlClock> clock_;
  std::mutex mutex_;
  std::optional<TtlSpec> spec_;
};

}  // namespace millrace
