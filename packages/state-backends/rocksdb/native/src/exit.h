// The end of the process.
//
// Node runs clean-up hooks where the event loop ends and where a worker thread ends, but not on
// process.exit and after an exception on the main thread: there static objects of RocksDB are
// destroyed at once, under the feet of its own threads and of Node's pool.
#pragma once

#include <rocksdb/db.h>

namespace millrace {

// Keeps the addon in memory to the end of the process: Node unloads it with the last worker thread
// that used it, while RocksDB's own threads live on. Again does nothing.
void StayLoaded();

// Ends what RocksDB does in the background, and waits for the threads of the pool to be done with it.
// Closes nothing: another thread may still be in a call, which then gets an error.
void StopAll();

// Where `StopAll` has to be called from JavaScript, which is before anything is destroyed.
bool IsMainThread();

// Held while RocksDB is used on a thread of the pool.
class UseOfRocksDb {
 public:
  // @throws ABORTED once the process ends
  UseOfRocksDb();
  ~UseOfRocksDb();
  UseOfRocksDb(const UseOfRocksDb&) = delete;
  UseOfRocksDb& operator=(const UseOfRocksDb&) = delete;
};

// Also makes `StopAll` run at the latest before those static objects are destroyed which an opening
// makes: for a program that takes away the listener for the exit.
void RememberOpen(rocksdb::DB* rocks);
// Before it is closed.
void ForgetOpen(rocksdb::DB* rocks);

}  // namespace millrace
