#include "log_file.h"

#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <ctime>
#include <vector>

namespace millrace {

namespace {

constexpr size_t kLineBytes = 4096;  // Longer ones are cut.

// InfoLogFileName of RocksDB.
std::string LogPath(const rocksdb::DBOptions& options, const std::string& database) {
  if (options.db_log_dir.empty()) {
    return database + "/LOG";
  }
  std::string name;
  for (const char letter : database) {
    const bool plain = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
                       (letter >= 'A' && letter <= 'Z') || letter == '-' || letter == '.' ||
                       letter == '_';
    if (plain) {
      name += letter;
    } else if (!name.empty()) {
      name += '_';
    }
  }
  return options.db_log_dir + "/" + name + "_LOG";
}

}  // namespace

std::shared_ptr<LogFile> LogFile::Open(const rocksdb::DBOptions& options,
                                       const std::string& database) {
  // Where it cannot be made, opening the database says so.
  options.env->CreateDirIfMissing(database).PermitUncheckedError();
  if (!options.db_log_dir.empty()) {
    options.env->CreateDirIfMissing(options.db_log_dir).PermitUncheckedError();
  }
  return std::shared_ptr<LogFile>(new LogFile(LogPath(options, database), options));
}

LogFile::LogFile(std::string path, const rocksdb::DBOptions& options)
    : rocksdb::Logger(options.info_log_level),
      path_(std::move(path)),
      size_max_(options.max_log_file_size),
      files_max_(std::max<size_t>(1, options.keep_log_file_num)) {
  Roll();
}

LogFile::~LogFile() {
  if (file_ >= 0) {
    close(file_);
  }
}

void LogFile::Logv(const char* format, va_list arguments) {
  char line[kLineBytes];
  timeval now;
  gettimeofday(&now, nullptr);
  tm local;
  const time_t seconds = now.tv_sec;
  localtime_r(&seconds, &local);
  size_t length = strftime(line, sizeof line, "%Y/%m/%d-%H:%M:%S", &local);
  length += static_cast<size_t>(snprintf(line + length, sizeof line - length, ".%06d ",
                                         static_cast<int>(now.tv_usec)));
  const int written = vsnprintf(line + length, sizeof line - length - 1, format, arguments);
  if (written < 0) {
    return;
  }
  length = std::min(length + static_cast<size_t>(written), sizeof line - 2);
  if (line[length - 1] != '\n') {
    line[length++] = '\n';
  }
  Append(line, length);
}

size_t LogFile::GetLogFileSize() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return size_;
}

void LogFile::Append(const char* line, size_t length) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (file_ < 0) {
    return;
  }
  if (size_max_ > 0 && size_ > 0 && size_ + length > size_max_) {
    Roll();
  }
  const ssize_t written = file_ < 0 ? -1 : write(file_, line, length);
  size_ += written < 0 ? 0 : static_cast<size_t>(written);
}

// What there was is kept under the name that RocksDB gives it.
void LogFile::Roll() {
  if (file_ >= 0) {
    close(file_);
  }
  timeval now;
  gettimeofday(&now, nullptr);
  const std::string old =
      path_ + ".old." +
      std::to_string(static_cast<long long>(now.tv_sec) * 1000000 + static_cast<long long>(now.tv_usec));
  if (rename(path_.c_str(), old.c_str()) == 0) {
    old_.push_back(old);
  }
  while (old_.size() > files_max_ - 1) {
    unlink(old_.front().c_str());
    old_.pop_front();
  }
  file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  size_ = 0;
}

}  // namespace millrace
