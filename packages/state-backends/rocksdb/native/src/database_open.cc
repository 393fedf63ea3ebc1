// Opening a database, on a thread of the pool.
#include <set>

#include "database.h"
#include "exit.h"
#include "failure.h"
#include "log_file.h"

namespace millrace {

using rocksdb::ColumnFamilyDescriptor;
using rocksdb::ColumnFamilyHandle;
using rocksdb::ColumnFamilyOptions;
using rocksdb::DB;
using rocksdb::Status;

namespace {

// Of a folder that holds a database; none of one that holds none.
std::vector<std::string> ExistingFamilies(const rocksdb::DBOptions& options,
                                          const std::string& path) {
  std::vector<std::string> names;
  // Its absence alone means that there is none: all else that may be wrong, Open says better.
  if (options.env->FileExists(path + "/CURRENT").ok()) {
    Check(DB::ListColumnFamilies(options, path, &names));
  }
  return names;
}

std::unique_ptr<DB> OpenRocks(const rocksdb::DBOptions& options, const std::string& path,
                              const std::vector<ColumnFamilyDescriptor>& families,
                              std::vector<ColumnFamilyHandle*>& handles) {
#if ROCKSDB_MAJOR >= 11
  std::unique_ptr<DB> rocks;
  Check(DB::Open(options, path, families, &handles, &rocks));
  return rocks;
#else
  DB* rocks = nullptr;
  Check(DB::Open(options, path, families, &handles, &rocks));
  return std::unique_ptr<DB>(rocks);
#endif
}

}  // namespace

std::shared_ptr<Database> Database::Open(OpenSpec spec) {
  std::shared_ptr<Database> database(new Database());
  database->path_ = spec.path;
  database->memory_ = spec.memory;
  rocksdb::DBOptions& options = spec.options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.info_log = LogFile::Open(options, spec.path);
  if (spec.memory != nullptr) {
    options.write_buffer_manager = spec.memory->write_buffer_manager;
  }
  if (spec.statistics) {
    database->statistics_ = rocksdb::CreateDBStatistics();
    database->statistics_->set_stats_level(rocksdb::StatsLevel::kExceptHistogramOrTimers);
    options.statistics = database->statistics_;
  }

  std::vector<ColumnFamilyDescriptor> families;
  std::set<std::string> named;
  for (const ColumnFamilySpec& family : spec.column_families) {
    if (!named.insert(family.name).second) {
      FailArgument("the column family '" + family.name + "' is named twice");
    }
    families.emplace_back(family.name,
                          ColumnFamilyOptionsOf(family, spec.memory, database->ttl_clock_));
  }
  // RocksDB opens all or nothing: those that nobody asked for are opened to be dropped.
  std::vector<std::string> others = ExistingFamilies(options, spec.path);
  others.push_back(rocksdb::kDefaultColumnFamilyName);
  for (const std::string& name : others) {
    if (named.insert(name).second) {
      families.emplace_back(name, ColumnFamilyOptions());
    }
  }

  std::vector<ColumnFamilyHandle*> handles;
  database->rocks_ = OpenRocks(options, spec.path, families, handles);
  RememberOpen(database->rocks_.get());
  for (size_t i = 0; i < handles.size(); i++) {
    if (i < spec.column_families.size()) {
      database->AddFamily(handles[i], families[i].options);
    } else {
      database->dropped_.push_back(handles[i]);
    }
  }
  for (size_t i = spec.column_families.size(); i < handles.size(); i++) {
    if (families[i].name != rocksdb::kDefaultColumnFamilyName) {
      Check(database->rocks_->DropColumnFamily(handles[i]));
    }
  }
  database->DestroyDropped();
  return database;
}

}  // namespace millrace
