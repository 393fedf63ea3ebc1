// A call from JavaScript: its arguments, checked, and how its end becomes a result or an exception.
#pragma once

#include <node_api.h>
#include <rocksdb/slice.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "failure.h"

namespace millrace {

// Of a `Uint8Array`; valid until JavaScript runs again.
struct Bytes {
  const char* data;
  size_t size;

  // @throws INVALID_ARGUMENT unless 0 <= start <= end <= size
  rocksdb::Slice Range(size_t start, size_t end) const {
    if (start > end || end > size) {
      FailArgument("bytes " + std::to_string(start) + " to " + std::to_string(end) +
                   " are asked for of an array of " + std::to_string(size));
    }
    return rocksdb::Slice(data + start, end - start);
  }
  rocksdb::Slice All() const { return rocksdb::Slice(data, size); }
};

// Throws what `status` says. For calls of Node-API that only misuse or a pending exception can fail.
void CheckNode(napi_env env, napi_status status);

// Values of JavaScript; each throws INVALID_ARGUMENT naming `what` for a value of another type.
size_t IntegerOf(napi_env env, napi_value value, const char* what);
int64_t SignedOf(napi_env env, napi_value value, const char* what);
double NumberOf(napi_env env, napi_value value, const char* what);
bool BooleanOf(napi_env env, napi_value value, const char* what);
std::string TextOf(napi_env env, napi_value value, const char* what);
// Absolute, as RocksDB writes paths down.
std::string PathOf(napi_env env, napi_value value, const char* what);
Bytes BytesOf(napi_env env, napi_value value, const char* what);
std::vector<napi_value> ElementsOf(napi_env env, napi_value value, const char* what);
bool IsUndefined(napi_env env, napi_value value);
napi_value PropertyOf(napi_env env, napi_value object, const char* name);

napi_value NumberValue(napi_env env, double value);
napi_value TextValue(napi_env env, const std::string& value);
napi_value BytesValue(napi_env env, const std::string& value);
napi_value Undefined(napi_env env);
void SetProperty(napi_env env, napi_value object, const char* name, napi_value value);

class Call {
 public:
  static constexpr size_t kArgumentsMax = 5;

  Call(napi_env env, napi_callback_info info);

  napi_env env() const { return env_; }
  // What the function was bound to.
  template <class T>
  T& Bound() const {
    return *static_cast<T*>(data_);
  }
  napi_value operator[](size_t i) const { return arguments_[i]; }
  size_t Integer(size_t i, const char* what) const { return IntegerOf(env_, arguments_[i], what); }
  Bytes BytesAt(size_t i, const char* what) const { return BytesOf(env_, arguments_[i], what); }
  std::string Text(size_t i, const char* what) const { return TextOf(env_, arguments_[i], what); }
  std::string Path(size_t i, const char* what) const { return PathOf(env_, arguments_[i], what); }
  bool Has(size_t i) const { return !IsUndefined(env_, arguments_[i]); }

 private:
  napi_env env_;
  void* data_;
  napi_value arguments_[kArgumentsMax];
};

void ThrowCurrentFailure(napi_env env) noexcept;

// What Node-API calls: nothing that C++ throws leaves it.
template <napi_value (*Body)(const Call&)>
napi_value Entry(napi_env env, napi_callback_info info) noexcept {
  try {
    return Body(Call(env, info));
  } catch (const JavaScriptThrew&) {
    return nullptr;
  } catch (...) {
    ThrowCurrentFailure(env);
    return nullptr;
  }
}

// Gives `object` the function `name`, bound to `data`, which must live as long as the environment:
// JavaScript may keep a function for longer than what it belongs to.
void SetFunction(napi_env env, napi_value object, const char* name, napi_callback callback,
                 void* data);

}  // namespace millrace
