#include "work.h"

#include "call.h"
#include "exit.h"

namespace millrace {

napi_value Work::Promise(napi_env env, Work& work) {
  napi_value promise;
  napi_value name;
  work.env_ = env;
  CheckNode(env, napi_create_string_utf8(env, "millrace:rocksdb", NAPI_AUTO_LENGTH, &name));
  CheckNode(env, napi_create_async_work(env, nullptr, name, Execute, Complete, &work,
                                        &work.handle_));
  const napi_status status = napi_create_promise(env, &work.deferred_, &promise);
  if (status != napi_ok) {
    napi_delete_async_work(env, work.handle_);
    CheckNode(env, status);
  }
  return promise;
}

void Work::Queue(std::unique_ptr<Work> work) {
  Work* const queued = work.release();
  // It fails only for a null pointer.
  napi_queue_async_work(queued->env_, queued->handle_);
}

void Work::Execute(napi_env, void* data) noexcept {
  Work* const work = static_cast<Work*>(data);
  try {
    const UseOfRocksDb use;
    work->Run();
  } catch (...) {
    work->failure_ = CurrentFailure();
  }
}

void Work::Complete(napi_env env, napi_status status, void* data) noexcept {
  std::unique_ptr<Work> work(static_cast<Work*>(data));
  if (status != napi_ok && !work->failure_) {
    work->failure_ = Failure{"ABORTED", "the thread ended before the work began"};
  }
  work->Ended();
  work->Settle(env);
  napi_delete_async_work(env, work->handle_);
}

// Each call of Node-API may fail here, as the thread may be ending: then nobody awaits the promise.
void Work::Settle(napi_env env) noexcept {
  if (!failure_) {
    try {
      const napi_value result = Result(env);
      napi_resolve_deferred(env, deferred_, result);
      return;
    } catch (const JavaScriptThrew&) {
      napi_value ignored;
      napi_get_and_clear_last_exception(env, &ignored);
      failure_ = Failure{"OTHER", "its result cannot be made"};
    } catch (...) {
      failure_ = CurrentFailure();
    }
  }
  const napi_value error = ErrorOf(env, *failure_);
  if (error != nullptr) {
    napi_reject_deferred(env, deferred_, error);
  }
}

napi_value Work::Result(napi_env env) { return Undefined(env); }

napi_value Start(napi_env env, std::unique_ptr<Work> work) {
  const napi_value promise = Work::Promise(env, *work);
  Work::Queue(std::move(work));
  return promise;
}

}  // namespace millrace
