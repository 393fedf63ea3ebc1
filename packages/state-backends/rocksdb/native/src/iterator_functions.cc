// Iterators over ranges, and snapshots.
#include <cstring>
#include <optional>

#include "call.h"
#include "functions.h"
#include "packed.h"

namespace millrace {

using rocksdb::Slice;

namespace {

constexpr size_t kHeadBytes = 4 + 4;

napi_value CreateIterator(const Call& call) {
  const size_t id = call.Integer(0, "columnFamily");
  auto iterator = std::make_unique<RowIterator>();
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  iterator->lower = call.BytesAt(1, "lower").All().ToString();
  if (call.Has(2)) {
    iterator->has_upper = true;
    iterator->upper = call.BytesAt(2, "upper").All().ToString();
    iterator->upper_slice = iterator->upper;
    options.iterate_upper_bound = &iterator->upper_slice;
  }
  std::optional<size_t> snapshot;
  if (call.Has(3)) {
    snapshot = call.Integer(3, "snapshot");
  }
  Database& database = call.Bound<DatabaseHandle>().Opened();
  const ColumnFamily& family = database.Family(id);
  if (snapshot) {
    options.snapshot = database.SnapshotOf(*snapshot);
  }
  if (!iterator->has_upper || iterator->lower < iterator->upper) {
    iterator->rows.reset(database.rocks().NewIterator(options, family.handle));
  }
  return NumberValue(call.env(), static_cast<double>(database.AddIterator(std::move(iterator))));
}

void Position(RowIterator& iterator) {
  if (!iterator.is_positioned) {
    iterator.rows->Seek(iterator.lower);
    iterator.is_positioned = true;
  }
}

// The one row that is too large for the result buffer.
size_t KeepRow(ResultBuffer& result, const rocksdb::Iterator& rows) {
  const Slice key = rows.key();
  const Slice value = rows.value();
  std::string row(kHeadBytes, '\0');
  PackInteger(PackInteger(&row[0], static_cast<uint32_t>(key.size())),
              static_cast<uint32_t>(value.size()));
  row.append(key.data(), key.size()).append(value.data(), value.size());
  return result.Keep(std::move(row));
}

napi_value Next(const Call& call) {
  const size_t id = call.Integer(0, "iterator");
  const size_t limit = call.Integer(1, "rows");
  auto& handle = call.Bound<DatabaseHandle>();
  RowIterator& iterator = handle.Opened().IteratorOf(id);
  if (limit == 0) {
    FailArgument("rows must be positive");
  }
  if (iterator.rows == nullptr) {
    return NumberValue(call.env(), 0);
  }
  Position(iterator);
  rocksdb::Iterator& rows = *iterator.rows;
  const size_t room = handle.result.Room(call.env());
  size_t used = 0;
  for (size_t count = 0; count < limit && rows.Valid(); count++) {
    const Slice key = rows.key();
    const Slice value = rows.value();
    const size_t size = kHeadBytes + key.size() + value.size();
    if (size > room - used) {
      if (used == 0) {
        used = KeepRow(handle.result, rows);
        rows.Next();
      }
      break;
    }
    char* target = handle.result.data() + used;
    target = PackInteger(target, static_cast<uint32_t>(key.size()));
    target = PackInteger(target, static_cast<uint32_t>(value.size()));
    std::memcpy(target, key.data(), key.size());
    std::memcpy(target + key.size(), value.data(), value.size());
    used += size;
    rows.Next();
  }
  // What was read before a failure is not lost: it is thrown when nothing else is left to give.
  if (used == 0) {
    Check(rows.status());
  }
  return NumberValue(call.env(), static_cast<double>(used));
}

napi_value Seek(const Call& call) {
  const size_t id = call.Integer(0, "iterator");
  const Slice key =
      call.BytesAt(1, "bytes").Range(call.Integer(2, "keyStart"), call.Integer(3, "keyEnd"));
  RowIterator& iterator = call.Bound<DatabaseHandle>().Opened().IteratorOf(id);
  if (iterator.rows != nullptr) {
    Slice target = key.compare(iterator.lower) < 0 ? Slice(iterator.lower) : key;
    // RocksDB is not asked for what is beyond the bound that it was given.
    if (iterator.has_upper && target.compare(iterator.upper) > 0) {
      target = iterator.upper;
    }
    iterator.rows->Seek(target);
    iterator.is_positioned = true;
    if (!iterator.rows->Valid()) {
      Check(iterator.rows->status());
    }
  }
  return nullptr;
}

napi_value CloseIterator(const Call& call) {
  const size_t id = call.Integer(0, "iterator");
  call.Bound<DatabaseHandle>().Opened().CloseIterator(id);
  return nullptr;
}

napi_value CreateSnapshot(const Call& call) {
  const size_t id = call.Bound<DatabaseHandle>().Opened().CreateSnapshot();
  return NumberValue(call.env(), static_cast<double>(id));
}

napi_value ReleaseSnapshot(const Call& call) {
  const size_t id = call.Integer(0, "snapshot");
  call.Bound<DatabaseHandle>().Opened().ReleaseSnapshot(id);
  return nullptr;
}

}  // namespace

void AddIteratorFunctions(napi_env env, napi_value object, DatabaseHandle& handle) {
  SetFunction(env, object, "createIterator", Entry<CreateIterator>, &handle);
  SetFunction(env, object, "next", Entry<Next>, &handle);
  SetFunction(env, object, "seek", Entry<Seek>, &handle);
  SetFunction(env, object, "closeIterator", Entry<CloseIterator>, &handle);
  SetFunction(env, object, "createSnapshot", Entry<CreateSnapshot>, &handle);
  SetFunction(env, object, "releaseSnapshot", Entry<ReleaseSnapshot>, &handle);
}

}  // namespace millrace
