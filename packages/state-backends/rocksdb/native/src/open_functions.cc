// open, listColumnFamilies, checkOptions.
#include "call.h"
#include "functions.h"

namespace millrace {

namespace {

class OpenWork final : public Work {
 public:
  OpenWork(Environment& environment, OpenSpec spec)
      : environment_(environment), spec_(std::move(spec)) {}

 protected:
  void Run() override { database_ = Database::Open(std::move(spec_)); }
  napi_value Result(napi_env env) override {
    DatabaseHandle& handle = environment_.Add(std::move(database_));
    try {
      return NewDatabaseObject(env, handle);
    } catch (...) {
      // The thread is ending, or there is no memory: nobody has it.
      handle.Shut();
      throw;
    }
  }

 private:
  Environment& environment_;
  OpenSpec spec_;
  std::shared_ptr<Database> database_;
};

OpenSpec OpenSpecOf(const Call& call) {
  const napi_env env = call.env();
  OpenSpec spec;
  spec.path = call.Path(0, "path");
  const napi_value value = call[1];
  spec.options = ParseDbOptions(TextOf(env, PropertyOf(env, value, "dbOptions"), "dbOptions"));
  const char* const families = "columnFamilies";
  for (const napi_value family : ElementsOf(env, PropertyOf(env, value, families), families)) {
    spec.column_families.push_back(ColumnFamilySpecOf(env, family));
    ParseColumnFamilyOptions(spec.column_families.back().options);
  }
  const napi_value memory = PropertyOf(env, value, "sharedMemory");
  if (!IsUndefined(env, memory)) {
    const size_t id = IntegerOf(env, PropertyOf(env, memory, "id"), "sharedMemory.id");
    spec.memory = call.Bound<Environment>().MemoryOf(id);
  }
  spec.statistics = BooleanOf(env, PropertyOf(env, value, "statistics"), "statistics");
  return spec;
}

napi_value Open(const Call& call) {
  auto& environment = call.Bound<Environment>();
  return Start(call.env(), std::make_unique<OpenWork>(environment, OpenSpecOf(call)));
}

napi_value ListColumnFamilies(const Call& call) {
  const std::string path = call.Path(0, "path");
  const rocksdb::DBOptions options;
  if (!options.env->FileExists(path + "/CURRENT").ok()) {
    throw Failure{"NOT_FOUND", path + " holds no database: it has no file CURRENT"};
  }
  std::vector<std::string> names;
  Check(rocksdb::DB::ListColumnFamilies(options, path, &names));
  napi_value result;
  CheckNode(call.env(), napi_create_array_with_length(call.env(), names.size(), &result));
  for (size_t i = 0; i < names.size(); i++) {
    CheckNode(call.env(), napi_set_element(call.env(), result, static_cast<uint32_t>(i),
                                           TextValue(call.env(), names[i])));
  }
  return result;
}

napi_value CheckOptions(const Call& call) {
  ParseDbOptions(call.Text(0, "dbOptions"));
  ParseColumnFamilyOptions(call.Text(1, "columnFamilyOptions"));
  return nullptr;
}

}  // namespace

napi_value NewDatabaseObject(napi_env env, DatabaseHandle& handle) {
  napi_value object;
  CheckNode(env, napi_create_object(env, &object));
  AddRecordFunctions(env, object, handle);
  AddIteratorFunctions(env, object, handle);
  AddFamilyFunctions(env, object, handle);
  AddFileFunctions(env, object, handle);
  AddSstFunctions(env, object, handle);
  AddCheckpointFunctions(env, object, handle);
  AddCloseFunction(env, object, handle);
  return object;
}

void AddOpenFunctions(napi_env env, napi_value object, Environment& environment) {
  SetFunction(env, object, "open", Entry<Open>, &environment);
  SetFunction(env, object, "listColumnFamilies", Entry<ListColumnFamilies>, &environment);
  SetFunction(env, object, "checkOptions", Entry<CheckOptions>, &environment);
}

}  // namespace millrace
