// Work on an open database: `close` waits for it, and after the end it does nothing.
#pragma once

#include <memory>
#include <utility>

#include "environment.h"

namespace millrace {

class DatabaseWork : public Work {
 public:
  explicit DatabaseWork(DatabaseHandle& handle) : handle_(handle), database_(handle.database) {}

  // @throws CLOSED
  static napi_value Start(napi_env env, std::unique_ptr<DatabaseWork> work);

 protected:
  virtual void RunOn(Database& database) = 0;

  void Run() final;
  void Ended() noexcept final;

 private:
  DatabaseHandle& handle_;
  const std::shared_ptr<Database> database_;
};

// Of a function (Database&) that gives nothing.
template <class Function>
class SimpleWork final : public DatabaseWork {
 public:
  SimpleWork(DatabaseHandle& handle, Function function)
      : DatabaseWork(handle), function_(std::move(function)) {}

 protected:
  void RunOn(Database& database) override { function_(database); }

 private:
  Function function_;
};

template <class Function>
napi_value StartOn(napi_env env, DatabaseHandle& handle, Function function) {
  return DatabaseWork::Start(
      env, std::make_unique<SimpleWork<Function>>(handle, std::move(function)));
}

}  // namespace millrace
