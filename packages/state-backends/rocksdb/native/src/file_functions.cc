// What concerns files: flush, compaction, ranges, ingestion, and which files there are.
#include <rocksdb/convenience.h>

#include <climits>

#include "batch.h"
#include "call.h"
#include "database_work.h"
#include "functions.h"

namespace millrace {

using rocksdb::ColumnFamilyHandle;
using rocksdb::Slice;

namespace {

// From `begin` to before `end` of a column family.
struct KeyRange {
  size_t family;
  Slice begin;
  Slice end;
};

KeyRange RangeOf(const Call& call) {
  const KeyRange range{call.Integer(0, "columnFamily"), call.BytesAt(1, "begin").All(),
                       call.BytesAt(2, "end").All()};
  CheckRange(range.begin, range.end);
  return range;
}

napi_value DeleteRange(const Call& call) {
  const KeyRange range = RangeOf(call);
  Database& database = call.Bound<DatabaseHandle>().Opened();
  const ColumnFamily& family = database.Family(range.family);
  if (range.begin != range.end) {
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    Check(database.rocks().DeleteRange(options, family.handle, range.begin, range.end));
  }
  return nullptr;
}

napi_value DeleteFilesInRange(const Call& call) {
  const KeyRange range = RangeOf(call);
  Database& database = call.Bound<DatabaseHandle>().Opened();
  const ColumnFamily& family = database.Family(range.family);
  if (range.begin != range.end) {
    const rocksdb::RangePtr ranges(&range.begin, &range.end);
    const bool include_end = false;
    Check(rocksdb::DeleteFilesInRanges(&database.rocks(), family.handle, &ranges, 1, include_end));
  }
  return nullptr;
}

napi_value Flush(const Call& call) {
  auto& handle = call.Bound<DatabaseHandle>();
  std::vector<ColumnFamilyHandle*> families = handle.Opened().LiveFamilies();
  return StartOn(call.env(), handle, [families = std::move(families)](Database& database) {
    rocksdb::FlushOptions options;
    options.allow_write_stall = true;
    if (!families.empty()) {
      Check(database.rocks().Flush(options, families));
    }
  });
}

std::optional<std::string> BoundOf(const Call& call, size_t i, const char* what) {
  if (!call.Has(i)) {
    return std::nullopt;
  }
  return call.BytesAt(i, what).All().ToString();
}

napi_value CompactRange(const Call& call) {
  const size_t id = call.Integer(0, "columnFamily");
  std::optional<std::string> begin = BoundOf(call, 1, "begin");
  std::optional<std::string> end = BoundOf(call, 2, "end");
  if (begin && end) {
    CheckRange(*begin, *end);
  }
  auto& handle = call.Bound<DatabaseHandle>();
  ColumnFamilyHandle* const family = handle.Opened().Family(id).handle;
  return StartOn(call.env(), handle,
                 [family, begin = std::move(begin), end = std::move(end)](Database& database) {
                   rocksdb::CompactRangeOptions options;
                   options.exclusive_manual_compaction = false;
                   // Files of the last level too: what was deleted or has expired must go.
                   options.bottommost_level_compaction =
                       rocksdb::BottommostLevelCompaction::kForceOptimized;
                   options.canceled = &database.is_closing;
                   const Slice from = begin ? Slice(*begin) : Slice();
                   const Slice to = end ? Slice(*end) : Slice();
                   Check(database.rocks().CompactRange(options, family, begin ? &from : nullptr,
                                                       end ? &to : nullptr));
                 });
}

// `Read` is what one of them is read by.
template <std::string (*Read)(napi_env, napi_value, const char*)>
std::vector<std::string> TextsOf(const Call& call, size_t i, const char* what) {
  std::vector<std::string> texts;
  for (const napi_value element : ElementsOf(call.env(), call[i], what)) {
    texts.push_back(Read(call.env(), element, what));
  }
  if (texts.empty()) {
    FailArgument(std::string(what) + " must not be empty");
  }
  return texts;
}

napi_value CompactFiles(const Call& call) {
  const size_t id = call.Integer(0, "columnFamily");
  std::vector<std::string> files = TextsOf<TextOf>(call, 1, "files");
  const size_t level = call.Integer(2, "outputLevel");
  const size_t bytes = call.Integer(3, "outputFileBytes");
  auto& handle = call.Bound<DatabaseHandle>();
  const ColumnFamily& family = handle.Opened().Family(id);
  if (level >= static_cast<size_t>(family.levels)) {
    FailArgument("outputLevel is " + std::to_string(level) + "; the column family has levels 0 to " +
                 std::to_string(family.levels - 1));
  }
  if (bytes == 0) {
    FailArgument("outputFileBytes must be positive");
  }
  return StartOn(call.env(), handle,
                 [family = family.handle, files = std::move(files), level,
                  bytes](Database& database) {
                   rocksdb::CompactionOptions options;
                   options.compression = rocksdb::kDisableCompressionOption;
                   options.output_file_size_limit = bytes;
                   Check(database.rocks().CompactFiles(options, family, files,
                                                       static_cast<int>(level)));
                 });
}

napi_value Ingest(const Call& call) {
  const size_t id = call.Integer(0, "columnFamily");
  std::vector<std::string> paths = TextsOf<PathOf>(call, 1, "a path");
  auto& handle = call.Bound<DatabaseHandle>();
  ColumnFamilyHandle* const family = handle.Opened().Family(id).handle;
  return StartOn(call.env(), handle, [family, paths = std::move(paths)](Database& database) {
    rocksdb::IngestExternalFileOptions options;
    options.move_files = true;
    // The manifest has it, which RocksDB reads since 5.16; a file is never changed in place.
    options.write_global_seqno = false;
    Check(database.rocks().IngestExternalFile(family, paths, options));
  });
}

napi_value LiveFile(napi_env env, const rocksdb::LiveFileMetaData& file) {
  napi_value object;
  napi_value is_compacted;
  CheckNode(env, napi_create_object(env, &object));
  CheckNode(env, napi_get_boolean(env, file.being_compacted, &is_compacted));
  SetProperty(env, object, "columnFamily", TextValue(env, file.column_family_name));
  SetProperty(env, object, "name", TextValue(env, file.relative_filename));
  SetProperty(env, object, "level", NumberValue(env, file.level));
  SetProperty(env, object, "sizeBytes", NumberValue(env, static_cast<double>(file.size)));
  SetProperty(env, object, "smallestKey", BytesValue(env, file.smallestkey));
  SetProperty(env, object, "largestKey", BytesValue(env, file.largestkey));
  SetProperty(env, object, "beingCompacted", is_compacted);
  return object;
}

napi_value LiveFiles(const Call& call) {
  std::vector<rocksdb::LiveFileMetaData> files;
  call.Bound<DatabaseHandle>().Opened().rocks().GetLiveFilesMetaData(&files);
  napi_value result;
  CheckNode(call.env(), napi_create_array_with_length(call.env(), files.size(), &result));
  for (size_t i = 0; i < files.size(); i++) {
    CheckNode(call.env(), napi_set_element(call.env(), result, static_cast<uint32_t>(i),
                                           LiveFile(call.env(), files[i])));
  }
  return result;
}

}  // namespace

void AddFileFunctions(napi_env env, napi_value object, DatabaseHandle& handle) {
  SetFunction(env, object, "deleteRange", Entry<DeleteRange>, &handle);
  SetFunction(env, object, "deleteFilesInRange", Entry<DeleteFilesInRange>, &handle);
  SetFunction(env, object, "flush", Entry<Flush>, &handle);
  SetFunction(env, object, "compactRange", Entry<CompactRange>, &handle);
  SetFunction(env, object, "compactFiles", Entry<CompactFiles>, &handle);
  SetFunction(env, object, "ingest", Entry<Ingest>, &handle);
  SetFunction(env, object, "liveFiles", Entry<LiveFiles>, &handle);
}

}  // namespace millrace
