#include "database_work.h"

namespace millrace {

napi_value DatabaseWork::Start(napi_env env, std::unique_ptr<DatabaseWork> work) {
  const napi_value promise = Promise(env, *work);
  work->handle_.WorkBegan();
  Queue(std::move(work));
  return promise;
}

void DatabaseWork::Run() {
  if (!database_->Enter()) {
    FailClosed("the database");
  }
  struct Leaving {
    Database& database;
    ~Leaving() { database.Leave(); }
  } leaving{*database_};
  RunOn(*database_);
}

void DatabaseWork::Ended() noexcept { handle_.WorkEnded(); }

}  // namespace millrace
