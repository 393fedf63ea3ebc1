// Where results of the record path go: an array of the caller's, that is kept from being collected.
#pragma once

#include <node_api.h>
#include <rocksdb/slice.h>

#include <string>

#include "call.h"

namespace millrace {

class ResultBuffer {
 public:
  // @throws INVALID_ARGUMENT for an array whose bytes can be resized
  void Set(napi_env env, napi_value array);
  void Release(napi_env env);

  // Bytes that there is room for now: none before `Set`, or once the array was transferred.
  size_t Room(napi_env env);
  char* data() const { return data_; }

  // What did not fit is kept for `Take`. Returns the bytes of the result.
  size_t Put(napi_env env, const rocksdb::Slice& result);
  size_t Keep(std::string result);
  void Take(const Bytes& target);

 private:
  napi_ref buffer_ = nullptr;
  char* data_ = nullptr;
  size_t size_ = 0;
  std::string kept_;
};

}  // namespace millrace
