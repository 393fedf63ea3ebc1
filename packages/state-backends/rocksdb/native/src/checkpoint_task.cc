#include "checkpoint_task.h"

#include <rocksdb/utilities/checkpoint.h>

#include <memory>

namespace millrace {

void CheckpointTask::Finish() noexcept {
  std::unique_lock<std::mutex> lock(mutex_);
  if (state_ == State::kWaiting) {
    state_ = State::kRunning;
    lock.unlock();
    std::optional<Failure> failure;
    try {
      Make();
    } catch (...) {
      failure = CurrentFailure();
    }
    lock.lock();
    failure_ = std::move(failure);
    state_ = State::kDone;
    done_.notify_all();
    return;
  }
  done_.wait(lock, [this] { return state_ == State::kDone; });
}

bool CheckpointTask::IsDone() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return state_ == State::kDone;
}

void CheckpointTask::Make() {
  rocksdb::Checkpoint* made = nullptr;
  Check(rocksdb::Checkpoint::Create(&database_.rocks(), &made));
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  // Without a write-ahead log all that is in memory has to be flushed: 0 says always.
  Check(checkpoint->CreateCheckpoint(path_, 0));
}

}  // namespace millrace
