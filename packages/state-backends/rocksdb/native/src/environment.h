// What one environment of Node (the main thread, or a worker thread) holds of the addon.
#pragma once

#include <node_api.h>

#include <map>
#include <memory>
#include <vector>

#include "database.h"
#include "result_buffer.h"
#include "shared_memory.h"
#include "work.h"

namespace millrace {

class Environment;

// What the functions of a NativeDatabase are bound to. Lives to the end of the environment, as
// JavaScript may keep a function; a closed one is some words of memory.
struct DatabaseHandle {
  DatabaseHandle(Environment& environment, std::shared_ptr<Database> opened)
      : environment(environment), database(std::move(opened)) {}

  // Once all arguments of a call are read: reading an object runs its getters, which may close the
  // database, and what was taken of it before would be gone.
  //
  // @throws CLOSED
  Database& Opened() {
    if (database == nullptr) {
      FailClosed("the database");
    }
    return *database;
  }
  // Work on the database, from the making of its promise to its end.
  void WorkBegan() { works++; }
  void WorkEnded();
  // Closes at once, waiting for what runs: for the end of the environment.
  void Shut();

  Environment& environment;
  // Null once it is closed.
  std::shared_ptr<Database> database;
  // Being closed.
  std::shared_ptr<Database> closing;
  ResultBuffer result;
  size_t works = 0;
  // Begun once no work is left.
  std::vector<std::unique_ptr<Work>> closers;
};

struct WriterHandle {
  DatabaseHandle& database;
  size_t id;
};

struct MemoryHandle {
  // @throws CLOSED
  SharedMemory& Held() {
    if (memory == nullptr) {
      FailClosed("the shared memory");
    }
    return *memory;
  }

  // Null once it is released.
  std::shared_ptr<SharedMemory> memory;
};

class Environment {
 public:
  // Makes that of `env`, with its clean-up hook.
  static Environment& Create(napi_env env);

  DatabaseHandle& Add(std::shared_ptr<Database> database);
  WriterHandle& Add(DatabaseHandle& database, size_t writer);
  MemoryHandle& Add(std::shared_ptr<SharedMemory> memory, size_t& id);
  // @throws INVALID_ARGUMENT, CLOSED
  std::shared_ptr<SharedMemory> MemoryOf(size_t id);

  // Waits for what runs. Again does nothing.
  void CloseAll();

 private:
  std::vector<std::unique_ptr<DatabaseHandle>> databases_;
  std::vector<std::unique_ptr<WriterHandle>> writers_;
  std::vector<std::unique_ptr<MemoryHandle>> memories_;
};

}  // namespace millrace
