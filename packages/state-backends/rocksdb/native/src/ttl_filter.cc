#include "ttl_filter.h"

#include <algorithm>
#include <string>

namespace millrace {

namespace {

using rocksdb::CompactionFilter;
using rocksdb::Slice;

constexpr size_t kTimestampBytes = 8;
constexpr size_t kNullFlagBytes = 1;
constexpr char kDelimiter = ',';

bool IsExpired(const char* timestamp_bytes, int64_t ttl_ms, int64_t now_ms) {
  uint64_t bits = 0;
  for (size_t i = 0; i < kTimestampBytes; i++) {
    bits = bits << 8 | static_cast<uint8_t>(timestamp_bytes[i]);
  }
  const int64_t timestamp = static_cast<int64_t>(bits);
  // As in Flink: a sum that would overflow never comes.
  const int64_t ttl = timestamp > 0 ? std::min(INT64_MAX - timestamp, ttl_ms) : ttl_ms;
  return timestamp + ttl <= now_ms;
}

// Reads Flink's variable-length integer: seven bits a byte, lowest first.
bool SkipVarint(const Slice& bytes, size_t& at, uint32_t& value) {
  value = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    if (at >= bytes.size()) {
      return false;
    }
    const uint8_t byte = static_cast<uint8_t>(bytes[at++]);
    value |= static_cast<uint32_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) {
      return true;
    }
  }
  return false;
}

// A string of Flink: its length and one more (0 is null), then each UTF-16 unit, all as varints.
bool SkipString(const Slice& bytes, size_t& at) {
  uint32_t length_and_one;
  if (!SkipVarint(bytes, at, length_and_one)) {
    return false;
  }
  for (uint32_t i = 1; i < length_and_one; i++) {
    uint32_t unit;
    if (!SkipVarint(bytes, at, unit)) {
      return false;
    }
  }
  return true;
}

class TtlFilter final : public CompactionFilter {
 public:
  TtlFilter(const TtlSpec& spec, std::shared_ptr<TtlClock> clock)
      : spec_(spec), clock_(std::move(clock)) {}

  const char* Name() const override { return "MillraceTtlFilter"; }

  Decision FilterV2(int, const Slice&, ValueType type, const Slice& value, std::string* new_value,
                    std::string*) const override {
    const int64_t now_ms = clock_->load(std::memory_order_relaxed);
    const bool is_value = type == ValueType::kValue;
    if (now_ms == kTtlClockUnset || (!is_value && type != ValueType::kMergeOperand)) {
      return Decision::kKeep;
    }
    switch (spec_.kind) {
      case TtlKind::kValue:
        return is_value ? Judge(value, 0, now_ms) : Decision::kKeep;
      case TtlKind::kMap:
        return is_value ? Judge(value, kNullFlagBytes, now_ms) : Decision::kKeep;
      case TtlKind::kList:
        return JudgeList(value, now_ms, new_value);
    }
    return Decision::kKeep;
  }

 private:
  Decision Judge(const Slice& value, size_t offset, int64_t now_ms) const {
    return value.size() >= offset + kTimestampBytes &&
                   IsExpired(value.data() + offset, spec_.ttl_ms, now_ms)
               ? Decision::kRemove
               : Decision::kKeep;
  }

  // Elements are in the order of their timestamps as a rule, so the expired ones are first: what is
  // kept begins at the first that is alive. As in Flink, expired ones after it stay.
  Decision JudgeList(const Slice& list, int64_t now_ms, std::string* new_value) const {
    size_t at = 0;
    while (at < list.size()) {
      if (list.size() - at < kTimestampBytes) {
        return Decision::kKeep;
      }
      if (!IsExpired(list.data() + at, spec_.ttl_ms, now_ms)) {
        break;
      }
      const size_t end = EndOfElement(list, at);
      if (end == 0 || (end < list.size() && list[end] != kDelimiter)) {
        return Decision::kKeep;
      }
      at = end + 1;
    }
    if (at == 0) {
      return Decision::kKeep;
    }
    if (at >= list.size()) {
      return Decision::kRemove;
    }
    new_value->assign(list.data() + at, list.size() - at);
    return Decision::kChangeValue;
  }

  // 0 where it cannot be told.
  size_t EndOfElement(const Slice& list, size_t start) const {
    if (spec_.element_bytes < 0) {
      return 0;
    }
    if (spec_.element_bytes > 0) {
      const size_t bytes = static_cast<size_t>(spec_.element_bytes);
      return bytes <= list.size() - start ? start + bytes : 0;
    }
    size_t at = start + kTimestampBytes;
    return SkipString(list, at) ? at : 0;
  }

  const TtlSpec spec_;
  const std::shared_ptr<TtlClock> clock_;
};

}  // namespace

void TtlFilterFactory::SetSpec(const TtlSpec& spec) {
  const std::lock_guard<std::mutex> lock(mutex_);
  spec_ = spec;
}

std::unique_ptr<CompactionFilter> TtlFilterFactory::CreateCompactionFilter(
    const CompactionFilter::Context&) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return spec_ ? std::make_unique<TtlFilter>(*spec_, clock_) : nullptr;
}

}  // namespace millrace
