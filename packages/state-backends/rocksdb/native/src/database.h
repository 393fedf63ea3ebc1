// One open database of RocksDB with all that must be gone before it: iterators, snapshots, column
// families. Knows nothing of JavaScript.
//
// Threads: `Enter`, `Leave` and `Shut` are for any thread; all else is for the thread of JavaScript,
// except that work which has entered may use `rocks()` and handles of column families.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/statistics.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "options.h"
#include "shared_memory.h"
#include "ttl_filter.h"

namespace millrace {

class CheckpointTask;
class SstWriter;

struct OpenSpec {
  std::string path;
  rocksdb::DBOptions options;
  std::vector<ColumnFamilySpec> column_families;
  std::shared_ptr<SharedMemory> memory;
  bool statistics = false;
};

struct ColumnFamily {
  // Null once it is dropped.
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  bool has_merge_operator = false;
  int levels = 0;
  std::shared_ptr<TtlFilterFactory> ttl_filter;
};

// Rows from `lower` to before `upper`.
struct RowIterator {
  std::string lower;
  std::string upper;
  // Of `upper`: RocksDB keeps a pointer to it.
  rocksdb::Slice upper_slice;
  bool has_upper = false;
  bool is_positioned = false;
  // Null where the range is empty.
  std::unique_ptr<rocksdb::Iterator> rows;
};

class Database {
 public:
  // Opens or creates it and drops column families that the spec does not name.
  static std::shared_ptr<Database> Open(OpenSpec spec);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  rocksdb::DB& rocks() { return *rocks_; }
  const std::string& path() const { return path_; }
  // Null where nothing is counted.
  rocksdb::Statistics* statistics() const { return statistics_.get(); }
  TtlClock& ttl_clock() { return *ttl_clock_; }

  // Ids of all kinds: @throws INVALID_ARGUMENT for one that is unknown, CLOSED for one that was closed;
  // of a column family INVALID_ARGUMENT too when it was dropped.
  const ColumnFamily& Family(size_t id) const;
  size_t CreateFamily(const ColumnFamilySpec& spec);
  // Its handle is kept until `DestroyDropped`.
  void DropFamily(size_t id);
  // Once no work runs that may use such a handle.
  void DestroyDropped();
  std::vector<rocksdb::ColumnFamilyHandle*> LiveFamilies() const;

  size_t CreateSnapshot();
  const rocksdb::Snapshot* SnapshotOf(size_t id) const;
  void ReleaseSnapshot(size_t id);

  size_t AddIterator(std::unique_ptr<RowIterator> iterator);
  RowIterator& IteratorOf(size_t id) const;
  void CloseIterator(size_t id);

  size_t AddWriter(std::unique_ptr<SstWriter> writer);
  SstWriter& WriterOf(size_t id) const;
  std::unique_ptr<SstWriter> TakeWriter(size_t id);

  std::shared_ptr<CheckpointTask> checkpoint;

  // Ends manual compactions.
  std::atomic<bool> is_closing{false};

  // Iterators, snapshots and writers: what only the thread of JavaScript may close.
  void CloseReaders();

  // False after `Shut`: then the database must not be used.
  bool Enter();
  void Leave();
  // Waits for all that entered, then closes. Again: does nothing. CloseReaders comes first.
  rocksdb::Status Shut();

 private:
  Database();
  template <class Map>
  typename Map::const_iterator Find(const Map& map, size_t id, const char* what) const;
  void AddFamily(rocksdb::ColumnFamilyHandle* handle, const rocksdb::ColumnFamilyOptions& options);

  std::string path_;
  std::unique_ptr<rocksdb::DB> rocks_;
  std::shared_ptr<SharedMemory> memory_;
  std::shared_ptr<rocksdb::Statistics> statistics_;
  std::shared_ptr<TtlClock> ttl_clock_ = std::make_shared<TtlClock>(kTtlClockUnset);

  std::vector<ColumnFamily> families_;
  std::vector<rocksdb::ColumnFamilyHandle*> dropped_;
  size_t next_id_ = 1;
  std::map<size_t, const rocksdb::Snapshot*> snapshots_;
  std::map<size_t, std::unique_ptr<RowIterator>> iterators_;
  std::map<size_t, std::unique_ptr<SstWriter>> writers_;

  std::mutex mutex_;
  std::condition_variable left_;
  size_t entered_ = 0;
  bool is_shut_ = false;
};

}  // namespace millrace
