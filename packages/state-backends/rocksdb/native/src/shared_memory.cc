#include "shared_memory.h"

#include <map>
#include <mutex>

namespace millrace {

namespace {

struct Registry {
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<SharedMemory>> by_name;
};

// Never destroyed: threads may still be here when the process ends.
Registry& TheRegistry() {
  static Registry* const registry = new Registry();
  return *registry;
}

std::shared_ptr<SharedMemory> Make(const SharedMemorySpec& spec) {
  auto memory = std::make_shared<SharedMemory>();
  // As Flink does it: not strict, as RocksDB fails reads and writes at a strict limit.
  memory->cache = rocksdb::NewLRUCache(spec.cache_bytes, -1, false, spec.high_priority_pool_ratio);
  memory->write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(spec.write_buffer_bytes, memory->cache);
  return memory;
}

}  // namespace

std::shared_ptr<SharedMemory> AcquireSharedMemory(const std::string& name,
                                                  const SharedMemorySpec& spec) {
  Registry& registry = TheRegistry();
  const std::lock_guard<std::mutex> lock(registry.mutex);
  for (auto it = registry.by_name.begin(); it != registry.by_name.end();) {
    it = it->second.expired() ? registry.by_name.erase(it) : std::next(it);
  }
  std::weak_ptr<SharedMemory>& held = registry.by_name[name];
  std::shared_ptr<SharedMemory> memory = held.lock();
  if (memory == nullptr) {
    memory = Make(spec);
    held = memory;
  }
  return memory;
}

}  // namespace millrace
