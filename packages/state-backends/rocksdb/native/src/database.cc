#include "database.h"

#include "exit.h"
#include "failure.h"
#include "sst_writer.h"

namespace millrace {

using rocksdb::ColumnFamilyHandle;
using rocksdb::Status;

template <class Map>
typename Map::const_iterator Database::Find(const Map& map, size_t id, const char* what) const {
  const auto found = map.find(id);
  if (found == map.end()) {
    const std::string name = std::string(what) + " " + std::to_string(id);
    if (id != 0 && id < next_id_) {
      FailClosed("the " + name);
    }
    FailArgument("there is no " + name);
  }
  return found;
}

Database::Database() = default;

Database::~Database() {
  CloseReaders();
  Shut();
}

const ColumnFamily& Database::Family(size_t id) const {
  if (id >= families_.size() || families_[id].handle == nullptr) {
    FailArgument("there is no column family " + std::to_string(id) + ", or it was dropped");
  }
  return families_[id];
}

size_t Database::CreateFamily(const ColumnFamilySpec& spec) {
  const rocksdb::ColumnFamilyOptions options = ColumnFamilyOptionsOf(spec, memory_, ttl_clock_);
  ColumnFamilyHandle* handle = nullptr;
  Check(rocks_->CreateColumnFamily(options, spec.name, &handle));
  AddFamily(handle, options);
  return families_.size() - 1;
}

void Database::AddFamily(ColumnFamilyHandle* handle,
                         const rocksdb::ColumnFamilyOptions& options) {
  // `ColumnFamilyOptionsOf` sets no other.
  const auto ttl_filter =
      std::static_pointer_cast<TtlFilterFactory>(options.compaction_filter_factory);
  families_.push_back(
      {handle, options.merge_operator != nullptr, options.num_levels, ttl_filter});
}

void Database::DropFamily(size_t id) {
  ColumnFamilyHandle* const handle = Family(id).handle;
  Check(rocks_->DropColumnFamily(handle));
  families_[id].handle = nullptr;
  dropped_.push_back(handle);
}

void Database::DestroyDropped() {
  for (ColumnFamilyHandle* handle : dropped_) {
    rocks_->DestroyColumnFamilyHandle(handle);
  }
  dropped_.clear();
}

std::vector<ColumnFamilyHandle*> Database::LiveFamilies() const {
  std::vector<ColumnFamilyHandle*> handles;
  for (const ColumnFamily& family : families_) {
    if (family.handle != nullptr) {
      handles.push_back(family.handle);
    }
  }
  return handles;
}

size_t Database::CreateSnapshot() {
  const rocksdb::Snapshot* const snapshot = rocks_->GetSnapshot();
  if (snapshot == nullptr) {
    throw Failure{"NOT_SUPPORTED", "the options of this database allow no snapshots"};
  }
  snapshots_[next_id_] = snapshot;
  return next_id_++;
}

const rocksdb::Snapshot* Database::SnapshotOf(size_t id) const {
  return Find(snapshots_, id, "snapshot")->second;
}

void Database::ReleaseSnapshot(size_t id) {
  const auto found = Find(snapshots_, id, "snapshot");
  rocks_->ReleaseSnapshot(found->second);
  snapshots_.erase(found);
}

size_t Database::AddIterator(std::unique_ptr<RowIterator> iterator) {
  iterators_[next_id_] = std::move(iterator);
  return next_id_++;
}

RowIterator& Database::IteratorOf(size_t id) const {
  return *Find(iterators_, id, "iterator")->second;
}

void Database::CloseIterator(size_t id) { iterators_.erase(Find(iterators_, id, "iterator")); }

size_t Database::AddWriter(std::unique_ptr<SstWriter> writer) {
  writers_[next_id_] = std::move(writer);
  return next_id_++;
}

SstWriter& Database::WriterOf(size_t id) const {
  return *Find(writers_, id, "writer of a file")->second;
}

std::unique_ptr<SstWriter> Database::TakeWriter(size_t id) {
  const auto found = writers_.find(id);
  if (found == writers_.end()) {
    return nullptr;
  }
  std::unique_ptr<SstWriter> writer = std::move(found->second);
  writers_.erase(found);
  return writer;
}

void Database::CloseReaders() {
  is_closing = true;
  iterators_.clear();
  writers_.clear();
  for (const auto& [id, snapshot] : snapshots_) {
    rocks_->ReleaseSnapshot(snapshot);
  }
  snapshots_.clear();
}

bool Database::Enter() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (is_shut_) {
    return false;
  }
  entered_++;
  return true;
}

void Database::Leave() {
  const std::lock_guard<std::mutex> lock(mutex_);
  entered_--;
  left_.notify_all();
}

Status Database::Shut() {
  std::unique_lock<std::mutex> lock(mutex_);
  is_shut_ = true;
  left_.wait(lock, [this] { return entered_ == 0; });
  if (rocks_ == nullptr) {
    return Status::OK();
  }
  ForgetOpen(rocks_.get());
  DestroyDropped();
  for (ColumnFamily& family : families_) {
    if (family.handle != nullptr) {
      rocks_->DestroyColumnFamilyHandle(family.handle);
      family.handle = nullptr;
    }
  }
  const Status closed = rocks_->Close();
  rocks_.reset();
  return closed.IsNotSupported() ? Status::OK() : closed;
}

}  // namespace millrace
