// Checkpoints, and closing.
#include "call.h"
#include "checkpoint_task.h"
#include "database_work.h"
#include "functions.h"

namespace millrace {

namespace {

napi_value CreateCheckpoint(const Call& call) {
  std::string path = call.Path(0, "path");
  auto& handle = call.Bound<DatabaseHandle>();
  Database& database = handle.Opened();
  if (database.checkpoint != nullptr && !database.checkpoint->IsDone()) {
    throw Failure{"BUSY", "a checkpoint of " + database.path() + " is still being written"};
  }
  auto task = std::make_shared<CheckpointTask>(database, std::move(path));
  const napi_value promise = StartOn(call.env(), handle, [task](Database&) {
    task->Finish();
    if (task->failure()) {
      throw *task->failure();
    }
  });
  database.checkpoint = task;
  return promise;
}

napi_value WaitForCheckpoint(const Call& call) {
  const std::shared_ptr<CheckpointTask> task = call.Bound<DatabaseHandle>().Opened().checkpoint;
  if (task != nullptr) {
    task->Finish();
  }
  return nullptr;
}

class CloseWork final : public Work {
 public:
  explicit CloseWork(DatabaseHandle& handle) : handle_(handle), database_(handle.closing) {}

 protected:
  void Run() override {
    if (database_ != nullptr) {
      Check(database_->Shut());
    }
  }
  void Ended() noexcept override { handle_.closing.reset(); }

 private:
  DatabaseHandle& handle_;
  const std::shared_ptr<Database> database_;
};

napi_value Close(const Call& call) {
  auto& handle = call.Bound<DatabaseHandle>();
  if (handle.database != nullptr) {
    handle.result.Release(call.env());
    handle.database->CloseReaders();
    handle.closing = std::move(handle.database);
  }
  auto work = std::make_unique<CloseWork>(handle);
  const napi_value promise = Work::Promise(call.env(), *work);
  if (handle.works > 0) {
    handle.closers.push_back(std::move(work));
  } else {
    Work::Queue(std::move(work));
  }
  return promise;
}

}  // namespace

void AddCheckpointFunctions(napi_env env, napi_value object, DatabaseHandle& handle) {
  SetFunction(env, object, "createCheckpoint", Entry<CreateCheckpoint>, &handle);
  SetFunction(env, object, "waitForCheckpoint", Entry<WaitForCheckpoint>, &handle);
}

void AddCloseFunction(napi_env env, napi_value object, DatabaseHandle& handle) {
  SetFunction(env, object, "close", Entry<Close>, &handle);
}

}  // namespace millrace
