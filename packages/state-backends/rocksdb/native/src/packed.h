// Reads what JavaScript packed: integers of 32 bits, little-endian, and bytes.
#pragma once

#include <rocksdb/slice.h>

#include <cstdint>

#include "failure.h"

namespace millrace {

class PackedReader {
 public:
  explicit PackedReader(const rocksdb::Slice& bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool IsAtEnd() const { return at_ == end_; }
  uint8_t Byte() { return static_cast<uint8_t>(*Skip(1)); }
  uint32_t Integer() {
    const auto* const bytes = reinterpret_cast<const uint8_t*>(Skip(4));
    return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | static_cast<uint32_t>(bytes[3]) << 24;
  }
  rocksdb::Slice Slice(size_t size) { return rocksdb::Slice(Skip(size), size); }

 private:
  const char* Skip(size_t size) {
    if (size > static_cast<size_t>(end_ - at_)) {
      FailArgument("packed bytes end within an entry");
    }
    const char* const start = at_;
    at_ += size;
    return start;
  }

  const char* at_;
  const char* end_;
};

// Where there is room for 4 bytes. Returns what follows.
inline char* PackInteger(char* target, uint32_t value) {
  target[0] = static_cast<char>(value);
  target[1] = static_cast<char>(value >> 8);
  target[2] = static_cast<char>(value >> 16);
  target[3] = static_cast<char>(value >> 24);
  return target + 4;
}

}  // namespace millrace
