// get, multiGet, put, merge, delete, write: what a record costs.
#include <vector>

#include "batch.h"
#include "call.h"
#include "functions.h"
#include "packed.h"

namespace millrace {

using rocksdb::PinnableSlice;
using rocksdb::Slice;
using rocksdb::Status;

namespace {

constexpr uint32_t kAbsent = 0xffffffff;
// Of a WriteBatch that is kept for the next; what a larger one took is given back.
constexpr size_t kBatchBytesKept = 4 * 1024 * 1024;

rocksdb::WriteOptions Unlogged() {
  rocksdb::WriteOptions options;
  // Checkpoints are what is durable.
  options.disableWAL = true;
  return options;
}

// Bytes from argument 2 to argument 3 of argument 1.
Slice KeyOf(const Call& call) {
  return call.BytesAt(1, "bytes").Range(call.Integer(2, "keyStart"), call.Integer(3, "keyEnd"));
}

// From the end of the key to argument 4.
Slice ValueOf(const Call& call) {
  return call.BytesAt(1, "bytes").Range(call.Integer(3, "keyEnd"), call.Integer(4, "valueEnd"));
}

napi_value Get(const Call& call) {
  const size_t id = call.Integer(0, "columnFamily");
  const Slice key = KeyOf(call);
  auto& handle = call.Bound<DatabaseHandle>();
  Database& database = handle.Opened();
  const ColumnFamily& family = database.Family(id);
  PinnableSlice value;
  const Status status =
      database.rocks().Get(rocksdb::ReadOptions(), family.handle, key, &value);
  if (status.IsNotFound()) {
    return NumberValue(call.env(), -1);
  }
  Check(status);
  return NumberValue(call.env(), static_cast<double>(handle.result.Put(call.env(), value)));
}

void PackValues(char* target, const std::vector<PinnableSlice>& values,
                const std::vector<Status>& statuses) {
  for (size_t i = 0; i < values.size(); i++) {
    if (!statuses[i].ok()) {
      target = PackInteger(target, kAbsent);
      continue;
    }
    target = PackInteger(target, static_cast<uint32_t>(values[i].size()));
    if (!values[i].empty()) {
      std::memcpy(target, values[i].data(), values[i].size());
      target += values[i].size();
    }
  }
}

napi_value MultiGet(const Call& call) {
  const size_t id = call.Integer(0, "columnFamily");
  const Slice packed = call.BytesAt(1, "keys").Range(0, call.Integer(2, "keysEnd"));
  const size_t count = call.Integer(3, "count");
  auto& handle = call.Bound<DatabaseHandle>();
  Database& database = handle.Opened();
  const ColumnFamily& family = database.Family(id);
  // Before anything is allocated for them.
  if (count > packed.size() / 4) {
    FailArgument("packed bytes end within an entry");
  }
  PackedReader reader(packed);
  std::vector<Slice> keys(count);
  for (Slice& key : keys) {
    key = reader.Slice(reader.Integer());
  }
  if (!reader.IsAtEnd()) {
    FailArgument("packed bytes hold more keys than their count says");
  }
  if (count == 0) {
    return NumberValue(call.env(), 0);
  }
  std::vector<PinnableSlice> values(count);
  std::vector<Status> statuses(count);
  database.rocks().MultiGet(rocksdb::ReadOptions(), family.handle, count, keys.data(),
                            values.data(), statuses.data());
  size_t bytes = 0;
  for (size_t i = 0; i < count; i++) {
    if (!statuses[i].IsNotFound()) {
      Check(statuses[i]);
      bytes += values[i].size();
    }
    bytes += 4;
  }
  if (bytes <= handle.result.Room(call.env())) {
    PackValues(handle.result.data(), values, statuses);
    return NumberValue(call.env(), static_cast<double>(bytes));
  }
  std::string result(bytes, '\0');
  PackValues(&result[0], values, statuses);
  return NumberValue(call.env(), static_cast<double>(handle.result.Keep(std::move(result))));
}

napi_value Put(const Call& call) {
  const size_t id = call.Integer(0, "columnFamily");
  const Slice key = KeyOf(call);
  const Slice value = ValueOf(call);
  Database& database = call.Bound<DatabaseHandle>().Opened();
  Check(database.rocks().Put(Unlogged(), database.Family(id).handle, key, value));
  return nullptr;
}

napi_value Merge(const Call& call) {
  const size_t id = call.Integer(0, "columnFamily");
  const Slice key = KeyOf(call);
  const Slice value = ValueOf(call);
  Database& database = call.Bound<DatabaseHandle>().Opened();
  const ColumnFamily& family = database.Family(id);
  CheckMerges(family);
  Check(database.rocks().Merge(Unlogged(), family.handle, key, value));
  return nullptr;
}

napi_value Delete(const Call& call) {
  const size_t id = call.Integer(0, "columnFamily");
  const Slice key = KeyOf(call);
  Database& database = call.Bound<DatabaseHandle>().Opened();
  Check(database.rocks().Delete(Unlogged(), database.Family(id).handle, key));
  return nullptr;
}

napi_value Write(const Call& call) {
  const Slice operations = call.BytesAt(0, "operations").Range(0, call.Integer(1, "end"));
  Database& database = call.Bound<DatabaseHandle>().Opened();
  static thread_local rocksdb::WriteBatch batch;
  batch.Clear();
  FillBatch(batch, database, operations);
  const Status status = database.rocks().Write(Unlogged(), &batch);
  if (batch.GetDataSize() > kBatchBytesKept) {
    batch = rocksdb::WriteBatch();
  }
  Check(status);
  return nullptr;
}

napi_value SetResultBuffer(const Call& call) {
  auto& handle = call.Bound<DatabaseHandle>();
  handle.Opened();
  handle.result.Set(call.env(), call[0]);
  return nullptr;
}

napi_value TakeResult(const Call& call) {
  const Bytes target = call.BytesAt(0, "target");
  auto& handle = call.Bound<DatabaseHandle>();
  handle.Opened();
  handle.result.Take(target);
  return nullptr;
}

}  // namespace

void AddRecordFunctions(napi_env env, napi_value object, DatabaseHandle& handle) {
  SetFunction(env, object, "setResultBuffer", Entry<SetResultBuffer>, &handle);
  SetFunction(env, object, "takeResult", Entry<TakeResult>, &handle);
  SetFunction(env, object, "get", Entry<Get>, &handle);
  SetFunction(env, object, "multiGet", Entry<MultiGet>, &handle);
  SetFunction(env, object, "put", Entry<Put>, &handle);
  SetFunction(env, object, "merge", Entry<Merge>, &handle);
  SetFunction(env, object, "delete", Entry<Delete>, &handle);
  SetFunction(env, object, "write", Entry<Write>, &handle);
}

}  // namespace millrace
