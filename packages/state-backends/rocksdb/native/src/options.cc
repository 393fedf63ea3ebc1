#include "options.h"

#include <rocksdb/comparator.h>
#include <rocksdb/convenience.h>
#include <rocksdb/table.h>

#include "call.h"

namespace millrace {

namespace {

constexpr int kLevelsMax = 100;
constexpr int kCacheShardBitsMax = 19;  // Of RocksDB's LRU cache.

rocksdb::ConfigOptions Strict() {
  rocksdb::ConfigOptions config;
  config.ignore_unknown_options = false;
  config.ignore_unsupported_options = false;
  return config;
}

[[noreturn]] void FailOption(const char* name, const char* wanted) {
  FailArgument(std::string("option '") + name + "' must be " + wanted);
}

// RocksDB meets these values with an assertion, or with memory that nobody has.
void CheckUnchecked(const rocksdb::ColumnFamilyOptions& options) {
  if (options.num_levels < 1 || options.num_levels > kLevelsMax) {
    FailOption("num_levels", "from 1 to 100");
  }
  if (options.compression == rocksdb::kDisableCompressionOption) {
    FailOption("compression", "a compression, or kNoCompression");
  }
  for (const rocksdb::CompressionType type : options.compression_per_level) {
    if (type == rocksdb::kDisableCompressionOption) {
      FailOption("compression_per_level", "of compressions, or kNoCompression");
    }
  }
  const auto* const table = options.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>();
  if (table == nullptr) {
    return;
  }
  if (table->block_restart_interval < 1) {
    FailOption("block_restart_interval", "positive");
  }
  if (table->index_block_restart_interval < 1) {
    FailOption("index_block_restart_interval", "positive");
  }
}

}  // namespace

TtlSpec TtlSpecOf(napi_env env, napi_value value) {
  const std::string kind = TextOf(env, PropertyOf(env, value, "kind"), "ttl.kind");
  TtlSpec spec{};
  if (kind == "value") {
    spec.kind = TtlKind::kValue;
  } else if (kind == "list") {
    spec.kind = TtlKind::kList;
  } else if (kind == "map") {
    spec.kind = TtlKind::kMap;
  } else {
    FailArgument("ttl.kind is '" + kind + "'; it must be value, list or map");
  }
  spec.ttl_ms = SignedOf(env, PropertyOf(env, value, "ttlMs"), "ttl.ttlMs");
  if (spec.ttl_ms <= 0) {
    FailArgument("ttl.ttlMs must be positive");
  }
  spec.element_bytes =
      SignedOf(env, PropertyOf(env, value, "elementBytes"), "ttl.elementBytes");
  if (spec.element_bytes > 0 && spec.element_bytes < 8) {
    FailArgument("ttl.elementBytes must hold 8 bytes of a timestamp");
  }
  return spec;
}

ColumnFamilySpec ColumnFamilySpecOf(napi_env env, napi_value value) {
  ColumnFamilySpec spec;
  spec.name = TextOf(env, PropertyOf(env, value, "name"), "the name of a column family");
  if (spec.name.empty()) {
    FailArgument("the name of a column family must not be empty");
  }
  spec.options = TextOf(env, PropertyOf(env, value, "options"), "options of a column family");
  const napi_value ttl = PropertyOf(env, value, "ttl");
  if (!IsUndefined(env, ttl)) {
    spec.ttl = TtlSpecOf(env, ttl);
  }
  return spec;
}

rocksdb::DBOptions ParseDbOptions(const std::string& text) {
  rocksdb::DBOptions options;
  Check(rocksdb::GetDBOptionsFromString(Strict(), rocksdb::DBOptions(), text, &options));
  if (options.table_cache_numshardbits > kCacheShardBitsMax) {
    FailOption("table_cache_numshardbits", "19 at the most");
  }
  return options;
}

rocksdb::ColumnFamilyOptions ParseColumnFamilyOptions(const std::string& text) {
  rocksdb::ColumnFamilyOptions options;
  Check(rocksdb::GetColumnFamilyOptionsFromString(Strict(), rocksdb::ColumnFamilyOptions(), text,
                                                  &options));
  // Ranges are checked in byte order before RocksDB sees them, and rows are laid out for it.
  if (options.comparator != rocksdb::BytewiseComparator()) {
    FailArgument("option 'comparator': column families are in byte order");
  }
  CheckUnchecked(options);
  return options;
}

rocksdb::ColumnFamilyOptions ColumnFamilyOptionsOf(const ColumnFamilySpec& spec,
                                                   const std::shared_ptr<SharedMemory>& memory,
                                                   const std::shared_ptr<TtlClock>& clock) {
  rocksdb::ColumnFamilyOptions options = ParseColumnFamilyOptions(spec.options);
  if (memory != nullptr) {
    const auto* const table = options.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>();
    if (table != nullptr) {
      rocksdb::BlockBasedTableOptions shared = *table;
      shared.block_cache = memory->cache;
      shared.no_block_cache = false;
      options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(shared));
    }
  }
  const auto ttl_filter = std::make_shared<TtlFilterFactory>(clock);
  if (spec.ttl) {
    ttl_filter->SetSpec(*spec.ttl);
  }
  options.compaction_filter_factory = ttl_filter;
  return options;
}

}  // namespace millrace
