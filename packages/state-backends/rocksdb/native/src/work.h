// Work on the thread pool with a promise.
#pragma once

#include <node_api.h>

#include <memory>
#include <optional>

#include "failure.h"

namespace millrace {

class Work {
 public:
  virtual ~Work() = default;
  Work() = default;
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  // Gives the work its promise; it starts with `Queue`, which takes it over.
  static napi_value Promise(napi_env env, Work& work);
  static void Queue(std::unique_ptr<Work> work);

 protected:
  // On a thread of the pool; what it throws rejects the promise.
  virtual void Run() = 0;
  // On the thread of JavaScript, after Run, also when JavaScript cannot run any more.
  virtual void Ended() noexcept {}
  // What the promise gives; not after a failure.
  virtual napi_value Result(napi_env env);

 private:
  static void Execute(napi_env env, void* data) noexcept;
  static void Complete(napi_env env, napi_status status, void* data) noexcept;
  void Settle(napi_env env) noexcept;

  napi_env env_ = nullptr;
  napi_deferred deferred_ = nullptr;
  napi_async_work handle_ = nullptr;
  std::optional<Failure> failure_;
};

// Both in one.
napi_value Start(napi_env env, std::unique_ptr<Work> work);

}  // namespace millrace
