// A block cache and a write buffer manager charged to it, by name, for all threads of the process.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/write_buffer_manager.h>

#include <memory>
#include <string>

namespace millrace {

struct SharedMemorySpec {
  size_t cache_bytes;
  size_t write_buffer_bytes;
  double high_priority_pool_ratio;
};

struct SharedMemory {
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> write_buffer_manager;
};

// The one that is held under this name, or else a new one. It lives as long as any holder: handles
// of JavaScript, and databases that were opened with it.
std::shared_ptr<SharedMemory> AcquireSharedMemory(const std::string& name,
                                                  const SharedMemorySpec& spec);

}  // namespace millrace
