#include "result_buffer.h"

#include <cstring>

namespace millrace {

void ResultBuffer::Set(napi_env env, napi_value array) {
  napi_typedarray_type type;
  size_t length;
  void* data;
  napi_value buffer;
  if (napi_get_typedarray_info(env, array, &type, &length, &data, &buffer, nullptr) != napi_ok ||
      type != napi_uint8_array) {
    FailArgument("the result buffer must be a Uint8Array");
  }
  napi_value resizable;
  bool is_resizable = false;
  CheckNode(env, napi_get_named_property(env, buffer, "resizable", &resizable));
  if (napi_get_value_bool(env, resizable, &is_resizable) == napi_ok && is_resizable) {
    FailArgument("the result buffer must be of fixed length");
  }
  napi_ref reference;
  CheckNode(env, napi_create_reference(env, buffer, 1, &reference));
  Release(env);
  buffer_ = reference;
  data_ = static_cast<char*>(data);
  size_ = data == nullptr ? 0 : length;
}

void ResultBuffer::Release(napi_env env) {
  if (buffer_ != nullptr) {
    napi_delete_reference(env, buffer_);
  }
  buffer_ = nullptr;
  data_ = nullptr;
  size_ = 0;
}

size_t ResultBuffer::Room(napi_env env) {
  if (buffer_ == nullptr) {
    return 0;
  }
  napi_value buffer;
  bool is_detached = true;
  if (napi_get_reference_value(env, buffer_, &buffer) != napi_ok ||
      napi_is_detached_arraybuffer(env, buffer, &is_detached) != napi_ok || is_detached) {
    return 0;
  }
  return size_;
}

size_t ResultBuffer::Put(napi_env env, const rocksdb::Slice& result) {
  if (result.size() > Room(env)) {
    return Keep(result.ToString());
  }
  if (!result.empty()) {
    std::memcpy(data_, result.data(), result.size());
  }
  return result.size();
}

size_t ResultBuffer::Keep(std::string result) {
  kept_ = std::move(result);
  return kept_.size();
}

void ResultBuffer::Take(const Bytes& target) {
  if (target.size < kept_.size()) {
    FailArgument("the result has " + std::to_string(kept_.size()) + " bytes, and the array " +
                 std::to_string(target.size));
  }
  kept_.copy(const_cast<char*>(target.data), kept_.size());
  kept_ = std::string();
}

}  // namespace millrace
