#include "call.h"

#include <cmath>

namespace millrace {

namespace {

constexpr double kIntegerMax = 9007199254740991;  // Number.MAX_SAFE_INTEGER

[[noreturn]] void FailType(const char* what, const char* wanted) {
  FailArgument(std::string(what) + " must be " + wanted);
}

}  // namespace

void CheckNode(napi_env env, napi_status status) {
  if (status == napi_ok) {
    return;
  }
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (pending || status == napi_pending_exception || status == napi_cannot_run_js) {
    throw JavaScriptThrew{};
  }
  const napi_extended_error_info* info = nullptr;
  napi_get_last_error_info(env, &info);
  const bool explained = info != nullptr && info->error_message != nullptr;
  throw Failure{"OTHER", std::string("Node-API: ") + (explained ? info->error_message : "failed")};
}

double NumberOf(napi_env env, napi_value value, const char* what) {
  double number;
  if (napi_get_value_double(env, value, &number) != napi_ok) {
    FailType(what, "a number");
  }
  return number;
}

size_t IntegerOf(napi_env env, napi_value value, const char* what) {
  const double number = NumberOf(env, value, what);
  // Also false for NaN. Never by napi_get_value_uint32, which takes -1 and 2^32 + 5 too.
  if (!(number >= 0 && number <= kIntegerMax) ||
      number != static_cast<double>(static_cast<uint64_t>(number))) {
    FailType(what, "a whole number from 0");
  }
  return static_cast<size_t>(number);
}

int64_t SignedOf(napi_env env, napi_value value, const char* what) {
  const double number = NumberOf(env, value, what);
  if (!(std::fabs(number) <= kIntegerMax) ||
      number != static_cast<double>(static_cast<int64_t>(number))) {
    FailType(what, "a whole number");
  }
  return static_cast<int64_t>(number);
}

bool BooleanOf(napi_env env, napi_value value, const char* what) {
  bool result;
  if (napi_get_value_bool(env, value, &result) != napi_ok) {
    FailType(what, "true or false");
  }
  return result;
}

std::string TextOf(napi_env env, napi_value value, const char* what) {
  size_t length;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) {
    FailType(what, "a string");
  }
  std::string text(length, '\0');
  // One byte more for the zero that it writes: std::string has it.
  CheckNode(env, napi_get_value_string_utf8(env, value, &text[0], length + 1, &length));
  if (text.find('\0') != std::string::npos) {
    FailType(what, "without a zero character");
  }
  return text;
}

std::string PathOf(napi_env env, napi_value value, const char* what) {
  std::string path = TextOf(env, value, what);
  if (path.empty() || path[0] != '/') {
    FailType(what, "an absolute path");
  }
  return path;
}

Bytes BytesOf(napi_env env, napi_value value, const char* what) {
  napi_typedarray_type type;
  size_t length;
  void* data;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) != napi_ok ||
      type != napi_uint8_array) {
    FailType(what, "a Uint8Array");
  }
  // Of an empty or detached array the pointer may be null, which RocksDB's memcmp must not see.
  return {data == nullptr ? "" : static_cast<const char*>(data), data == nullptr ? 0 : length};
}

std::vector<napi_value> ElementsOf(napi_env env, napi_value value, const char* what) {
  uint32_t length;
  if (napi_get_array_length(env, value, &length) != napi_ok) {
    FailType(what, "an array");
  }
  std::vector<napi_value> elements(length);
  for (uint32_t i = 0; i < length; i++) {
    CheckNode(env, napi_get_element(env, value, i, &elements[i]));
  }
  return elements;
}

bool IsUndefined(napi_env env, napi_value value) {
  napi_valuetype type;
  CheckNode(env, napi_typeof(env, value, &type));
  return type == napi_undefined;
}

napi_value PropertyOf(napi_env env, napi_value object, const char* name) {
  napi_valuetype type;
  CheckNode(env, napi_typeof(env, object, &type));
  if (type != napi_object) {
    FailArgument(std::string("what should hold '") + name + "' must be an object");
  }
  napi_value value;
  CheckNode(env, napi_get_named_property(env, object, name, &value));
  return value;
}

napi_value NumberValue(napi_env env, double value) {
  napi_value result;
  CheckNode(env, napi_create_double(env, value, &result));
  return result;
}

napi_value TextValue(napi_env env, const std::string& value) {
  napi_value result;
  CheckNode(env, napi_create_string_utf8(env, value.data(), value.size(), &result));
  return result;
}

napi_value BytesValue(napi_env env, const std::string& value) {
  void* data;
  napi_value buffer;
  napi_value result;
  CheckNode(env, napi_create_arraybuffer(env, value.size(), &data, &buffer));
  value.copy(static_cast<char*>(data), value.size());
  CheckNode(env,
            napi_create_typedarray(env, napi_uint8_array, value.size(), buffer, 0, &result));
  return result;
}

napi_value Undefined(napi_env env) {
  napi_value result;
  CheckNode(env, napi_get_undefined(env, &result));
  return result;
}

void SetProperty(napi_env env, napi_value object, const char* name, napi_value value) {
  CheckNode(env, napi_set_named_property(env, object, name, value));
}

Call::Call(napi_env env, napi_callback_info info) : env_(env) {
  size_t count = kArgumentsMax;
  CheckNode(env, napi_get_cb_info(env, info, &count, arguments_, nullptr, &data_));
}

void ThrowCurrentFailure(napi_env env) noexcept {
  try {
    const napi_value error = ErrorOf(env, CurrentFailure());
    if (error != nullptr) {
      napi_throw(env, error);
    }
  } catch (...) {
    napi_throw_error(env, "MEMORY_LIMIT", "there is no memory left to say what failed");
  }
}

void SetFunction(napi_env env, napi_value object, const char* name, napi_callback callback,
                 void* data) {
  napi_value function;
  CheckNode(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, data, &function));
  SetProperty(env, object, name, function);
}

}  // namespace millrace
