#include "exit.h"

#include <dlfcn.h>
#include <pthread.h>
#include <rocksdb/convenience.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <set>

#include "failure.h"

namespace millrace {

namespace {

struct Process {
  std::mutex mutex;
  std::set<rocksdb::DB*> open;
  size_t uses = 0;
  std::condition_variable unused;
  bool is_ending = false;
};

// Never destroyed: threads may still be here when the process ends.
Process& TheProcess() {
  static Process* const process = new Process();
  return *process;
}

void CancelBackgroundWork(Process& process) {
  for (rocksdb::DB* rocks : process.open) {
    rocksdb::CancelAllBackgroundWork(rocks, true);
  }
}

}  // namespace

void StayLoaded() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&StayLoaded), &info) != 0) {
    // The handle is kept on purpose.
    dlopen(info.dli_fname, RTLD_NOW | RTLD_NODELETE);
  }
}

void StopAll() {
  Process& process = TheProcess();
  std::unique_lock<std::mutex> lock(process.mutex);
  process.is_ending = true;
  // So that flushes and compactions that a thread of the pool waits for come to an end.
  CancelBackgroundWork(process);
  process.unused.wait(lock, [&process] { return process.uses == 0; });
  // Those that were just being opened.
  CancelBackgroundWork(process);
}

bool IsMainThread() {
#if defined(__APPLE__)
  return pthread_main_np() != 0;
#else
  return syscall(SYS_gettid) == getpid();
#endif
}

UseOfRocksDb::UseOfRocksDb() {
  Process& process = TheProcess();
  const std::lock_guard<std::mutex> lock(process.mutex);
  if (process.is_ending) {
    throw Failure{"ABORTED", "the process is ending"};
  }
  process.uses++;
}

UseOfRocksDb::~UseOfRocksDb() {
  Process& process = TheProcess();
  const std::lock_guard<std::mutex> lock(process.mutex);
  process.uses--;
  process.unused.notify_all();
}

void RememberOpen(rocksdb::DB* rocks) {
  static std::once_flag once;
  std::call_once(once, [] { std::atexit(StopAll); });
  const std::lock_guard<std::mutex> lock(TheProcess().mutex);
  TheProcess().open.insert(rocks);
}

void ForgetOpen(rocksdb::DB* rocks) {
  const std::lock_guard<std::mutex> lock(TheProcess().mutex);
  TheProcess().open.erase(rocks);
}

}  // namespace millrace
