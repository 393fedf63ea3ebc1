// Options of a database and its column families: from RocksDB's own option strings.
#pragma once

#include <node_api.h>
#include <rocksdb/options.h>

#include <memory>
#include <optional>
#include <string>

#include "shared_memory.h"
#include "ttl_filter.h"

namespace millrace {

struct ColumnFamilySpec {
  std::string name;
  std::string options;
  std::optional<TtlSpec> ttl;
};

// @throws INVALID_ARGUMENT
TtlSpec TtlSpecOf(napi_env env, napi_value value);

// @throws INVALID_ARGUMENT
ColumnFamilySpec ColumnFamilySpecOf(napi_env env, napi_value value);

// @throws INVALID_ARGUMENT naming the option
rocksdb::DBOptions ParseDbOptions(const std::string& text);
rocksdb::ColumnFamilyOptions ParseColumnFamilyOptions(const std::string& text);

// With the block cache of `memory`, if any, and the filter of the time to live.
rocksdb::ColumnFamilyOptions ColumnFamilyOptionsOf(const ColumnFamilySpec& spec,
                                                   const std::shared_ptr<SharedMemory>& memory,
                                                   const std::shared_ptr<TtlClock>& clock);

}  // namespace millrace
