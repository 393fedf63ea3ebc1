// acquireSharedMemory, and what it gives.
#if __has_include(<rocksdb/advanced_cache.h>)
#include <rocksdb/advanced_cache.h>
#endif

#include "call.h"
#include "functions.h"

namespace millrace {

namespace {

napi_value CacheUsageBytes(const Call& call) {
  return NumberValue(call.env(),
                     static_cast<double>(call.Bound<MemoryHandle>().Held().cache->GetUsage()));
}

napi_value CachePinnedBytes(const Call& call) {
  return NumberValue(
      call.env(), static_cast<double>(call.Bound<MemoryHandle>().Held().cache->GetPinnedUsage()));
}

napi_value WriteBufferUsageBytes(const Call& call) {
  const auto& manager = *call.Bound<MemoryHandle>().Held().write_buffer_manager;
  return NumberValue(call.env(), static_cast<double>(manager.memory_usage()));
}

napi_value Release(const Call& call) {
  call.Bound<MemoryHandle>().memory.reset();
  return nullptr;
}

SharedMemorySpec SpecOf(napi_env env, napi_value value) {
  SharedMemorySpec spec;
  spec.cache_bytes = IntegerOf(env, PropertyOf(env, value, "cacheBytes"), "cacheBytes");
  spec.write_buffer_bytes =
      IntegerOf(env, PropertyOf(env, value, "writeBufferBytes"), "writeBufferBytes");
  spec.high_priority_pool_ratio =
      NumberOf(env, PropertyOf(env, value, "highPriorityPoolRatio"), "highPriorityPoolRatio");
  if (!(spec.high_priority_pool_ratio >= 0 && spec.high_priority_pool_ratio <= 1)) {
    FailArgument("highPriorityPoolRatio must be from 0 to 1");
  }
  return spec;
}

napi_value AcquireSharedMemory(const Call& call) {
  const napi_env env = call.env();
  const std::string name = call.Text(0, "the name of shared memory");
  size_t id;
  MemoryHandle& handle = call.Bound<Environment>().Add(
      millrace::AcquireSharedMemory(name, SpecOf(env, call[1])), id);
  napi_value object;
  CheckNode(env, napi_create_object(env, &object));
  SetProperty(env, object, "id", NumberValue(env, static_cast<double>(id)));
  SetFunction(env, object, "cacheUsageBytes", Entry<CacheUsageBytes>, &handle);
  SetFunction(env, object, "cachePinnedBytes", Entry<CachePinnedBytes>, &handle);
  SetFunction(env, object, "writeBufferUsageBytes", Entry<WriteBufferUsageBytes>, &handle);
  SetFunction(env, object, "release", Entry<Release>, &handle);
  return object;
}

}  // namespace

void AddSharedMemoryFunction(napi_env env, napi_value object, Environment& environment) {
  SetFunction(env, object, "acquireSharedMemory", Entry<AcquireSharedMemory>, &environment);
}

}  // namespace millrace
