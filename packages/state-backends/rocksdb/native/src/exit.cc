#include "exit.h"

#include <dlfcn.h>
#include <rocksdb/convenience.h>
#include <rocksdb/env.h>

#include <cstdlib>
#include <mutex>
#include <set>

namespace millrace {

namespace {

struct OpenDatabases {
  std::mutex mutex;
  std::set<rocksdb::DB*> all;
};

// Never destroyed: threads may still be here when the process ends.
OpenDatabases& Open() {
  static OpenDatabases* const open = new OpenDatabases();
  return *open;
}

// Only stops: another thread may still be in a call, which then gets an error.
void StopBackgroundWork() {
  const std::lock_guard<std::mutex> lock(Open().mutex);
  for (rocksdb::DB* rocks : Open().all) {
    rocksdb::CancelAllBackgroundWork(rocks, true);
  }
}

void StayLoaded() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&StayLoaded), &info) != 0) {
    // The handle is kept on purpose.
    dlopen(info.dli_fname, RTLD_NOW | RTLD_NODELETE);
  }
}

}  // namespace

void PrepareForExit() {
  static std::once_flag once;
  std::call_once(once, [] {
    StayLoaded();
    // Its static object joins RocksDB's threads when it is destroyed. What is registered later runs
    // earlier, so it must exist before the next line.
    rocksdb::Env::Default();
    std::atexit(StopBackgroundWork);
  });
}

void RememberOpen(rocksdb::DB* rocks) {
  const std::lock_guard<std::mutex> lock(Open().mutex);
  Open().all.insert(rocks);
}

void ForgetOpen(rocksdb::DB* rocks) {
  const std::lock_guard<std::mutex> lock(Open().mutex);
  Open().all.erase(rocks);
}

}  // namespace millrace
