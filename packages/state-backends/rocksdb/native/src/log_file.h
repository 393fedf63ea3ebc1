// RocksDB's log of a database, which is given up where it cannot be written.
//
// RocksDB's own one keeps writing to a file that failed, which aborts the process where RocksDB is built with
// assertions, as Debian's is: a full disk must fail the task, with what it says, and nothing more.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/options.h>

#include <deque>
#include <memory>
#include <mutex>
#include <string>

namespace millrace {

class LogFile : public rocksdb::Logger {
 public:
  // At RocksDB's own path; sizes, levels and the number of files that are kept as `options` say.
  static std::shared_ptr<LogFile> Open(const rocksdb::DBOptions& options,
                                       const std::string& database);
  ~LogFile() override;
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override;
  size_t GetLogFileSize() const override;

 private:
  LogFile(std::string path, const rocksdb::DBOptions& options);
  void Append(const char* line, size_t length);
  void Roll();

  const std::string path_;
  const size_t size_max_;
  const size_t files_max_;
  mutable std::mutex mutex_;
  // -1 where it cannot be written.
  int file_ = -1;
  size_t size_ = 0;
  std::deque<std::string> old_;
};

}  // namespace millrace
