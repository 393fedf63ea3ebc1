// What `require` gives: NativeAddon of src/binding/native-addon.ts.
#include <rocksdb/convenience.h>
#include <rocksdb/version.h>

#include "call.h"
#include "exit.h"
#include "functions.h"

namespace millrace {

namespace {

// BINDING_VERSION of src/binding/native-addon.ts.
constexpr double kBindingVersion = 2;

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

napi_value EndProcess(const Call& call) {
  call.Bound<Environment>().CloseAll();
  StopAll();
  return nullptr;
}

void CloseAtExit(napi_env env, Environment& environment) {
  napi_value global;
  CheckNode(env, napi_get_global(env, &global));
  const napi_value process = PropertyOf(env, global, "process");
  const napi_value event = TextValue(env, "exit");
  napi_value listener;
  CheckNode(env, napi_create_function(env, "closeRocksDb", NAPI_AUTO_LENGTH, Entry<EndProcess>,
                                      &environment, &listener));
  const napi_value arguments[] = {event, listener};
  CheckNode(env, napi_call_function(env, process, PropertyOf(env, process, "on"), 2, arguments,
                                    nullptr));
}

}  // namespace

void FillAddon(napi_env env, napi_value exports) {
  StayLoaded();
  Environment& environment = Environment::Create(env);
  if (IsMainThread()) {
    CloseAtExit(env, environment);
  }
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
