// One checkpoint, made by whichever thread comes first: a thread of the pool, or the thread of
// JavaScript when it has to wait for it. So it is made even while the pool is busy with what waits
// for the thread of JavaScript.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "database.h"
#include "failure.h"

namespace millrace {

class CheckpointTask {
 public:
  CheckpointTask(Database& database, std::string path)
      : database_(database), path_(std::move(path)) {}

  // Makes it, or waits until the thread that does is done. Never throws.
  void Finish() noexcept;
  bool IsDone();
  // Once it is done.
  const std::optional<Failure>& failure() const { return failure_; }

 private:
  enum class State { kWaiting, kRunning, kDone };

  void Make();

  // The work that this belongs to keeps it.
  Database& database_;
  const std::string path_;
  std::mutex mutex_;
  std::condition_variable done_;
  State state_ = State::kWaiting;
  std::optional<Failure> failure_;
};

}  // namespace millrace
