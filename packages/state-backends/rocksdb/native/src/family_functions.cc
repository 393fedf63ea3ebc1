// Column families: making, dropping, options, and what RocksDB says of them.
#include <rocksdb/convenience.h>

#include <unordered_map>

#include "call.h"
#include "functions.h"

namespace millrace {

namespace {

napi_value CreateColumnFamily(const Call& call) {
  const ColumnFamilySpec spec = ColumnFamilySpecOf(call.env(), call[0]);
  const size_t id = call.Bound<DatabaseHandle>().Opened().CreateFamily(spec);
  return NumberValue(call.env(), static_cast<double>(id));
}

napi_value DropColumnFamily(const Call& call) {
  const size_t id = call.Integer(0, "columnFamily");
  auto& handle = call.Bound<DatabaseHandle>();
  Database& database = handle.Opened();
  database.DropFamily(id);
  if (handle.works == 0) {
    database.DestroyDropped();
  }
  return nullptr;
}

napi_value Property(const Call& call) {
  const size_t id = call.Integer(0, "columnFamily");
  const std::string name = call.Text(1, "the name of a property");
  Database& database = call.Bound<DatabaseHandle>().Opened();
  std::string value;
  if (!database.rocks().GetProperty(database.Family(id).handle, name, &value)) {
    return Undefined(call.env());
  }
  return TextValue(call.env(), value);
}

// By name. Never destroyed: threads may still be here when the process ends.
const std::unordered_map<std::string, uint32_t>& Tickers() {
  static const auto* const tickers = [] {
    auto* const by_name = new std::unordered_map<std::string, uint32_t>();
    for (const auto& [ticker, name] : rocksdb::TickersNameMap) {
      (*by_name)[name] = ticker;
    }
    return by_name;
  }();
  return *tickers;
}

napi_value Ticker(const Call& call) {
  const std::string name = call.Text(0, "the name of a ticker");
  Database& database = call.Bound<DatabaseHandle>().Opened();
  const auto found = Tickers().find(name);
  if (found == Tickers().end()) {
    FailArgument("RocksDB has no ticker '" + name + "'");
  }
  const rocksdb::Statistics* const statistics = database.statistics();
  return NumberValue(call.env(), statistics == nullptr ? 0
                                                       : static_cast<double>(
                                                             statistics->getTickerCount(
                                                                 found->second)));
}

napi_value SetOptions(const Call& call) {
  const size_t id = call.Integer(0, "columnFamily");
  const std::string text = call.Text(1, "options");
  Database& database = call.Bound<DatabaseHandle>().Opened();
  const ColumnFamily& family = database.Family(id);
  // For what RocksDB does not check.
  ParseColumnFamilyOptions(text);
  std::unordered_map<std::string, std::string> options;
  Check(rocksdb::StringToMap(text, &options));
  Check(database.rocks().SetOptions(family.handle, options));
  return nullptr;
}

napi_value SetTtl(const Call& call) {
  const size_t id = call.Integer(0, "columnFamily");
  const TtlSpec spec = TtlSpecOf(call.env(), call[1]);
  call.Bound<DatabaseHandle>().Opened().Family(id).ttl_filter->SetSpec(spec);
  return nullptr;
}

napi_value SetTtlTime(const Call& call) {
  const int64_t now_ms = SignedOf(call.env(), call[0], "nowMs");
  call.Bound<DatabaseHandle>().Opened().ttl_clock().store(now_ms);
  return nullptr;
}

}  // namespace

void AddFamilyFunctions(napi_env env, napi_value object, DatabaseHandle& handle) {
  SetFunction(env, object, "createColumnFamily", Entry<CreateColumnFamily>, &handle);
  SetFunction(env, object, "dropColumnFamily", Entry<DropColumnFamily>, &handle);
  SetFunction(env, object, "property", Entry<Property>, &handle);
  SetFunction(env, object, "ticker", Entry<Ticker>, &handle);
  SetFunction(env, object, "setOptions", Entry<SetOptions>, &handle);
  SetFunction(env, object, "setTtl", Entry<SetTtl>, &handle);
  SetFunction(env, object, "setTtlTime", Entry<SetTtlTime>, &handle);
}

}  // namespace millrace
