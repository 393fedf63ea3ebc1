// The end of the process, also where Node runs no clean-up hooks (process.exit on the main thread).
#pragma once

#include <rocksdb/db.h>

namespace millrace {

// Keeps the addon in memory to the end of the process (Node unloads it with the last worker thread
// that used it, while RocksDB's own threads live on), and stops RocksDB's background work before
// its static objects are destroyed. Once a process; again does nothing.
void PrepareForExit();

void RememberOpen(rocksdb::DB* rocks);
// Before it is closed.
void ForgetOpen(rocksdb::DB* rocks);

}  // namespace millrace
