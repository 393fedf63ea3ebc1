// What goes wrong, on its way to JavaScript: thrown in C++, and turned into an `Error` with `code`
// where a function that JavaScript called ends (call.h), or where its promise is settled (work.h).
#pragma once

#include <node_api.h>
#include <rocksdb/status.h>

#include <string>

namespace millrace {

struct Failure {
  // One of NativeErrorCode in src/binding/native-addon.ts.
  const char* code;
  std::string message;
};

// JavaScript has thrown already: the function only has to return.
struct JavaScriptThrew {};

[[noreturn]] void FailArgument(const std::string& message);
[[noreturn]] void FailClosed(const std::string& what);

// Throws unless it is ok.
void Check(const rocksdb::Status& status);
Failure FailureOf(const rocksdb::Status& status);

// The failure that is being handled: for `catch (...)` alone.
Failure CurrentFailure();

// An `Error` with `code`, or null where JavaScript cannot run any more.
napi_value ErrorOf(napi_env env, const Failure& failure);

}  // namespace millrace
