#include "environment.h"

#include "sst_writer.h"

namespace millrace {

void DatabaseHandle::WorkEnded() {
  works--;
  if (works > 0) {
    return;
  }
  if (database != nullptr) {
    database->DestroyDropped();
  }
  std::vector<std::unique_ptr<Work>> begun = std::move(closers);
  closers.clear();
  for (std::unique_ptr<Work>& closer : begun) {
    Work::Queue(std::move(closer));
  }
}

void DatabaseHandle::Shut() {
  for (std::shared_ptr<Database>* held : {&database, &closing}) {
    if (*held != nullptr) {
      (*held)->CloseReaders();
      (*held)->Shut();
      held->reset();
    }
  }
}

Environment& Environment::Create(napi_env env) {
  auto made = std::make_unique<Environment>();
  Environment& environment = *made;
  CheckNode(env, napi_set_instance_data(
                     env, made.get(),
                     [](napi_env, void* data, void*) { delete static_cast<Environment*>(data); },
                     nullptr));
  made.release();
  CheckNode(env, napi_add_env_cleanup_hook(
                     env, [](void* data) { static_cast<Environment*>(data)->CloseAll(); },
                     &environment));
  return environment;
}

DatabaseHandle& Environment::Add(std::shared_ptr<Database> database) {
  databases_.push_back(std::make_unique<DatabaseHandle>(*this, std::move(database)));
  return *databases_.back();
}

WriterHandle& Environment::Add(DatabaseHandle& database, size_t writer) {
  writers_.push_back(std::unique_ptr<WriterHandle>(new WriterHandle{database, writer}));
  return *writers_.back();
}

MemoryHandle& Environment::Add(std::shared_ptr<SharedMemory> memory, size_t& id) {
  id = memories_.size();
  memories_.push_back(std::unique_ptr<MemoryHandle>(new MemoryHandle{std::move(memory)}));
  return *memories_.back();
}

std::shared_ptr<SharedMemory> Environment::MemoryOf(size_t id) {
  if (id >= memories_.size()) {
    FailArgument("there is no shared memory " + std::to_string(id) + " in this thread");
  }
  memories_[id]->Held();
  return memories_[id]->memory;
}

void Environment::CloseAll() {
  for (const auto& handle : databases_) {
    handle->Shut();
  }
  for (const auto& handle : memories_) {
    handle->memory.reset();
  }
}

}  // namespace millrace
