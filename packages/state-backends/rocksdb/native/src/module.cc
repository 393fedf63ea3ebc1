// What `require` gives: NativeAddon of src/binding/native-addon.ts.
#include <rocksdb/convenience.h>
#include <rocksdb/version.h>

#include "call.h"
#include "exit.h"
#include "functions.h"

namespace millrace {

namespace {

// BINDING_VERSION of src/binding/native-addon.ts.
constexpr double kBindingVersion = 1;

const char* NameOf(rocksdb::CompressionType type) {
  switch (type) {
    case rocksdb::kNoCompression:
      return "kNoCompression";
    case rocksdb::kSnappyCompression:
      return "kSnappyCompression";
    case rocksdb::kZlibCompression:
      return "kZlibCompression";
    case rocksdb::kBZip2Compression:
      return "kBZip2Compression";
    case rocksdb::kLZ4Compression:
      return "kLZ4Compression";
    case rocksdb::kLZ4HCCompression:
      return "kLZ4HCCompression";
    case rocksdb::kXpressCompression:
      return "kXpressCompression";
    case rocksdb::kZSTD:
      return "kZSTD";
    default:
      return nullptr;
  }
}

napi_value Compressions(napi_env env) {
  napi_value result;
  uint32_t count = 0;
  CheckNode(env, napi_create_array(env, &result));
  for (const rocksdb::CompressionType type : rocksdb::GetSupportedCompressions()) {
    const char* const name = NameOf(type);
    if (name != nullptr) {
      CheckNode(env, napi_set_element(env, result, count++, TextValue(env, name)));
    }
  }
  return result;
}

}  // namespace

void FillAddon(napi_env env, napi_value exports) {
  PrepareForExit();
  Environment& environment = Environment::Create(env);
  SetProperty(env, exports, "bindingVersion", NumberValue(env, kBindingVersion));
  SetProperty(env, exports, "rocksdbVersion", TextValue(env, rocksdb::GetRocksVersionAsString()));
  SetProperty(env, exports, "compressions", Compressions(env));
  AddSharedMemoryFunction(env, exports, environment);
  AddOpenFunctions(env, exports, environment);
}

}  // namespace millrace

NAPI_MODULE_INIT() {
  try {
    millrace::FillAddon(env, exports);
    return exports;
  } catch (const millrace::JavaScriptThrew&) {
    return nullptr;
  } catch (...) {
    millrace::ThrowCurrentFailure(env);
    return nullptr;
  }
}
