// The limit of the comparison: RocksDB from C++ with the rows, options and keys that Millrace gives it, on one
// thread, driven line by line. benchmarks/src/compare-flink/side.ts says what the commands mean.
//
//     state_loop value|list|map KEYS ORDER_FILE BUDGET_BYTES FOLDER DATABASE
//
// DATABASE is one of Millrace's, whose options are taken; it has no cache of values, so its block cache and write
// buffers have the whole budget, divided as Flink does.
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/options_util.h>
#include <rocksdb/write_buffer_manager.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr int kKeyGroups = 128, kMapKeys = 10, kListValues = 100, kChunk = 100;
constexpr size_t kRowKey = 1 + 8 + 1, kMapRowKey = kRowKey + 8;  // Key group, key, no namespace; user key.

void Require(const rocksdb::Status& status) {
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    std::exit(1);
  }
}

uint64_t NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int64_t StoredValue(int64_t i) {
  const uint32_t x = static_cast<uint32_t>(i & 0xffff) * 0x9e3779b1u;
  return (x ^ (x >> 15)) & 0x7fff;
}

void PutLong(char* to, uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) *to++ = static_cast<char>(value >> shift);
}

uint64_t GetLong(const char* from) {
  uint64_t value = 0;
  for (int i = 0; i < 8; i++) value = value << 8 | static_cast<uint8_t>(from[i]);
  return value;
}

void PutDouble(char* to, double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  PutLong(to, bits);
}

double GetDouble(const char* from) {
  const uint64_t bits = GetLong(from);
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// KeyGroupRangeAssignment of Flink.
int KeyGroupOf(uint64_t key) {
  const auto rotate = [](uint32_t x, int by) { return x << by | x >> (32 - by); };
  uint32_t h = static_cast<uint32_t>(key ^ key >> 32) * 0xcc9e2d51u;
  h = rotate(h, 15) * 0x1b873593u;
  h = rotate(h, 13) * 5 + 0xe6546b64u;
  h ^= 4;
  h = (h ^ h >> 16) * 0x85ebca6bu;
  h = (h ^ h >> 13) * 0xc2b2ae35u;
  const int32_t hash = static_cast<int32_t>(h ^ h >> 16);
  return hash == INT32_MIN ? 0 : std::abs(hash) % kKeyGroups;
}

using Operation = std::function<double(size_t)>;

class StateLoop {
 public:
  StateLoop(std::string group, int64_t keys, std::vector<int32_t> order) : group_(std::move(group)), keys_(keys), order_(std::move(order)) {
    write_.disableWAL = true;
    for (int i = 0; i < kListValues; i++) {
      char element[8];
      PutLong(element, StoredValue(i));
      if (i > 0) hundred_ += ',';
      hundred_.append(element, sizeof element);
    }
    AddOperations();
  }

  void Open(const std::string& folder, const std::string& like, size_t budget) {
    rocksdb::DBOptions options;
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    rocksdb::ConfigOptions config;
    config.ignore_unknown_options = true;
    Require(rocksdb::LoadLatestOptions(config, like, &options, &families));
    const rocksdb::ColumnFamilyDescriptor* state = nullptr;
    for (const auto& family : families) {
      if (family.name == group_) state = &family;
    }
    if (state == nullptr) Require(rocksdb::Status::NotFound("column family", group_));
    rocksdb::ColumnFamilyOptions family = state->options;
    auto cache = rocksdb::NewLRUCache(budget * 5 / 6, -1, false, 0.1);
    auto* table = family.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>();
    if (table != nullptr) {
      rocksdb::BlockBasedTableOptions shared = *table;
      shared.block_cache = cache;
      family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(shared));
    }
    options.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(budget / 3, cache);
    options.create_if_missing = true;
    options.info_log.reset();
    options.db_log_dir.clear();
    rocksdb::DB* db = nullptr;
    Require(rocksdb::DB::Open(rocksdb::Options(options, family), folder + "/database", &db));
    db_.reset(db);
  }

  std::string Reply(const std::string& line) {
    std::istringstream words(line);
    std::string command, name;
    long long number = 0;
    words >> command;
    if (command == "sample") words >> number; else words >> name >> number;
    const uint64_t began = NowNs();
    char out[200];
    if (command == "setup") {
      Fill();
      Require(db_->CompactRange(rocksdb::CompactRangeOptions(), nullptr, nullptr));
      std::snprintf(out, sizeof out, "{\"ns\":%llu}", Since(began));
    } else if (command == "check") {
      std::snprintf(out, sizeof out, "{\"checksum\":%.1f}", Pass(name, number));
    } else if (command == "run") {
      return Run(operations_.at(name), static_cast<uint64_t>(number) * 1000000);
    } else if (command == "pass") {
      Prepare(number);
      const uint64_t timed = NowNs();
      Pass(name, number);
      const unsigned long long ns = Since(timed);
      Reset(number);
      Require(db_->CompactRange(rocksdb::CompactRangeOptions(), nullptr, nullptr));
      std::snprintf(out, sizeof out, "{\"operations\":%lld,\"ns\":%llu}", number, ns);
    } else if (command == "memory") {
      std::snprintf(out, sizeof out, "{\"rssMiB\":%ld,\"peakMiB\":%ld}", ResidentMiB("VmRSS:"), ResidentMiB("VmHWM:"));
    } else {
      Require(rocksdb::Status::NotSupported(line));
    }
    return out;
  }

 private:
  static unsigned long long Since(uint64_t began) { return NowNs() - began; }

  static long ResidentMiB(const std::string& what) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
      if (line.rfind(what, 0) == 0) return std::atol(line.c_str() + what.size()) / 1024;
    }
    return -1;
  }

  rocksdb::Slice Key(uint64_t key) {
    row_[0] = static_cast<char>(KeyGroupOf(key));
    PutLong(row_ + 1, key);
    row_[9] = 0;
    return rocksdb::Slice(row_, kRowKey);
  }

  rocksdb::Slice MapKey(uint64_t key, uint64_t user_key) {
    Key(key);
    PutLong(row_ + kRowKey, user_key);
    return rocksdb::Slice(row_, kMapRowKey);
  }

  rocksdb::Slice Get(const rocksdb::Slice& key) {
    read_.Reset();
    Require(db_->Get(rocksdb::ReadOptions(), db_->DefaultColumnFamily(), key, &read_));
    return read_;
  }

  void PutValue(uint64_t key, int64_t value) {
    char bytes[8];
    PutLong(bytes, value);
    Require(db_->Put(write_, Key(key), rocksdb::Slice(bytes, sizeof bytes)));
  }

  void PutMapValue(uint64_t key, uint64_t user_key, double value) {
    char bytes[9] = {0};  // Not null.
    PutDouble(bytes + 1, value);
    Require(db_->Put(write_, MapKey(key, user_key), rocksdb::Slice(bytes, sizeof bytes)));
  }

  double Iterate(uint64_t key) {
    char end[kRowKey + 8];
    const rocksdb::Slice prefix = Key(key);
    std::memcpy(end, prefix.data(), kRowKey);
    std::memset(end + kRowKey, 0xff, 8);
    rocksdb::ReadOptions options;
    const rocksdb::Slice upper(end, sizeof end);
    options.iterate_upper_bound = &upper;
    std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(options));
    double sum = 0;
    for (rows->Seek(prefix); rows->Valid(); rows->Next()) {
      sum += static_cast<double>(GetLong(rows->key().data() + kRowKey)) + GetDouble(rows->value().data() + 1);
    }
    return sum;
  }

  void AddOperations() {
    if (group_ == "value") {
      operations_["get"] = [this](size_t i) { return static_cast<double>(GetLong(Get(Key(order_[i])).data())); };
      operations_["update"] = [this](size_t i) { PutValue(order_[i], StoredValue(i)); return StoredValue(i); };
      operations_["get+update"] = [this](size_t i) {
        const int64_t value = GetLong(Get(Key(order_[i])).data());
        PutValue(order_[i], value + 1);
        return static_cast<double>(value);
      };
      operations_["add"] = [this](size_t i) { PutValue(new_keys_[i], StoredValue(i)); return StoredValue(i); };
    } else if (group_ == "list") {
      operations_["get"] = [this](size_t i) {
        const rocksdb::Slice list = Get(Key(order_[i]));
        double sum = 0;
        for (size_t at = 0; at < list.size(); at += 9) sum += static_cast<double>(GetLong(list.data() + at));
        return sum;
      };
      operations_["add"] = [this](size_t i) {
        char bytes[8];
        PutLong(bytes, StoredValue(i));
        Require(db_->Merge(write_, Key(order_[i]), rocksdb::Slice(bytes, sizeof bytes)));
        return StoredValue(i);
      };
      operations_["addAll100"] = [this](size_t i) { Require(db_->Merge(write_, Key(order_[i]), hundred_)); return 1; };
    } else {
      operations_["get"] = [this](size_t i) { return GetDouble(Get(MapKey(order_[i], i % kMapKeys)).data() + 1); };
      operations_["put"] = [this](size_t i) { PutMapValue(order_[i], i % kMapKeys, StoredValue(i) / 2.0); return StoredValue(i) / 2.0; };
      operations_["contains"] = [this](size_t i) { return Get(MapKey(order_[i], i % kMapKeys)).empty() ? 0 : 1; };
      operations_["iterate10"] = [this](size_t i) { return Iterate(order_[i]); };
      operations_["add"] = [this](size_t i) { PutMapValue(new_keys_[i], i % kMapKeys, StoredValue(i) / 2.0); return StoredValue(i) / 2.0; };
    }
  }

  void Fill() {
    for (int64_t key = 0; key < keys_; key++) {
      if (group_ == "map") {
        for (int j = 0; j < kMapKeys; j++) PutMapValue(key, j, StoredValue(key + j) / 2.0);
      } else {
        PutValue(key, StoredValue(key));
      }
    }
  }

  double Pass(const std::string& name, size_t count) {
    const Operation& operation = operations_.at(name);
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += operation(i % order_.size());
    return sum;
  }

  std::string Run(const Operation& operation, uint64_t limit_ns) {
    const uint64_t began = NowNs();
    uint64_t now = 0;
    unsigned long long operations = 0;
    double sum = 0;
    do {
      for (int i = 0; i < kChunk; i++) {
        sum += operation(cursor_);
        if (++cursor_ == order_.size()) cursor_ = 0;
      }
      operations += kChunk;
      now = NowNs();
    } while (now - began < limit_ns);
    char out[200];
    std::snprintf(out, sizeof out, "{\"operations\":%llu,\"ns\":%llu,\"checksum\":%.1f}", operations, static_cast<unsigned long long>(now - began), sum);
    return out;
  }

  void Prepare(int64_t count) {
    new_keys_.clear();
    for (int64_t i = 0; i < count; i++) new_keys_.push_back(keys_ + added_ + (i * 7919) % count);
    added_ += count;
  }

  void Reset(int64_t count) {
    if (group_ == "value") {
      for (const uint64_t key : new_keys_) Require(db_->Delete(write_, Key(key)));
    } else if (group_ == "map") {
      for (size_t i = 0; i < new_keys_.size(); i++) Require(db_->Delete(write_, MapKey(new_keys_[i], i % kMapKeys)));
    } else {
      for (int64_t i = 0; i < count; i++) PutValue(order_[i % order_.size()], StoredValue(order_[i % order_.size()]));
    }
  }

  const std::string group_;
  const int64_t keys_;
  const std::vector<int32_t> order_;
  std::unique_ptr<rocksdb::DB> db_;
  rocksdb::WriteOptions write_;
  rocksdb::PinnableSlice read_;
  std::map<std::string, Operation> operations_;
  std::vector<uint64_t> new_keys_;
  std::string hundred_;
  int64_t added_ = 0;
  size_t cursor_ = 0;
  char row_[kMapRowKey];
};

std::vector<int32_t> ReadOrder(const char* path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<int32_t> order(static_cast<size_t>(file.tellg()) / sizeof(int32_t));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(order.data()), static_cast<std::streamsize>(order.size() * sizeof(int32_t)));
  return order;
}

}  // namespace

int main(int count, char** args) {
  if (count != 7) {
    std::fprintf(stderr, "state_loop value|list|map KEYS ORDER_FILE BUDGET_BYTES FOLDER DATABASE\n");
    return 2;
  }
  StateLoop loop(args[1], std::atoll(args[2]), ReadOrder(args[3]));
  loop.Open(args[5], args[6], std::strtoull(args[4], nullptr, 10));
  std::printf("{\"ready\":\"RocksDB %d.%d.%d\"}\n", ROCKSDB_MAJOR, ROCKSDB_MINOR, ROCKSDB_PATCH);
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line) && line != "exit";) {
    std::printf("%s\n", loop.Reply(line).c_str());
    std::fflush(stdout);
  }
  return 0;
}
