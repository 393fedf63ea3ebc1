// Writers of sorted files.
#include "call.h"
#include "database_work.h"
#include "functions.h"
#include "packed.h"
#include "sst_writer.h"

namespace millrace {

using rocksdb::Slice;

namespace {

napi_value Add(const Call& call) {
  PackedReader reader(call.BytesAt(0, "rows").Range(0, call.Integer(1, "end")));
  auto& handle = call.Bound<WriterHandle>();
  SstWriter& writer = handle.database.Opened().WriterOf(handle.id);
  while (!reader.IsAtEnd()) {
    const uint32_t key_size = reader.Integer();
    const uint32_t value_size = reader.Integer();
    const Slice key = reader.Slice(key_size);
    writer.Put(key, reader.Slice(value_size));
  }
  return nullptr;
}

class FinishWork final : public DatabaseWork {
 public:
  FinishWork(DatabaseHandle& handle, std::unique_ptr<SstWriter> writer)
      : DatabaseWork(handle), writer_(std::move(writer)) {}

 protected:
  void RunOn(Database&) override {
    // One that fails is deleted with its file.
    const std::unique_ptr<SstWriter> writer = std::move(writer_);
    bytes_ = writer->Finish();
  }
  napi_value Result(napi_env env) override {
    return NumberValue(env, static_cast<double>(bytes_));
  }

 private:
  std::unique_ptr<SstWriter> writer_;
  uint64_t bytes_ = 0;
};

napi_value Finish(const Call& call) {
  auto& handle = call.Bound<WriterHandle>();
  Database& database = handle.database.Opened();
  database.WriterOf(handle.id);
  return DatabaseWork::Start(
      call.env(), std::make_unique<FinishWork>(handle.database, database.TakeWriter(handle.id)));
}

napi_value Abort(const Call& call) {
  auto& handle = call.Bound<WriterHandle>();
  // One that was finished, or closed with its database, is gone already.
  if (handle.database.database != nullptr) {
    handle.database.database->TakeWriter(handle.id);
  }
  return nullptr;
}

napi_value CreateSstFileWriter(const Call& call) {
  const size_t id = call.Integer(0, "columnFamily");
  std::string path = call.Path(1, "path");
  auto& handle = call.Bound<DatabaseHandle>();
  Database& database = handle.Opened();
  auto writer = std::make_unique<SstWriter>(database.rocks(), database.Family(id).handle,
                                            std::move(path));
  WriterHandle& bound = handle.environment.Add(handle, database.AddWriter(std::move(writer)));
  napi_value object;
  CheckNode(call.env(), napi_create_object(call.env(), &object));
  SetFunction(call.env(), object, "add", Entry<Add>, &bound);
  SetFunction(call.env(), object, "finish", Entry<Finish>, &bound);
  SetFunction(call.env(), object, "abort", Entry<Abort>, &bound);
  return object;
}

}  // namespace

void AddSstFunctions(napi_env env, napi_value object, DatabaseHandle& handle) {
  SetFunction(env, object, "createSstFileWriter", Entry<CreateSstFileWriter>, &handle);
}

}  // namespace millrace
