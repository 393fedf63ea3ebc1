#include "batch.h"

#include <algorithm>
#include <vector>

#include "packed.h"

namespace millrace {

using rocksdb::Slice;

namespace {

// BatchOperation of src/binding/native-addon.ts.
enum : uint8_t { kPut = 1, kDelete = 2, kMerge = 3, kDeleteRange = 4 };

constexpr size_t kSortedFrom = 16;  // Fewer are hardly near each other.

struct Operation {
  uint8_t kind;
  uint32_t family_id;
  const ColumnFamily* family;
  Slice key;
  Slice value;
};

// In a memtable, what is looked at on the way to the place of each is then in the caches still.
bool IsBefore(const Operation& a, const Operation& b) {
  return a.family_id != b.family_id ? a.family_id < b.family_id : a.key.compare(b.key) < 0;
}

void Add(rocksdb::WriteBatch& batch, const Operation& operation) {
  const ColumnFamily& family = *operation.family;
  const Slice& key = operation.key;
  const Slice& value = operation.value;
  switch (operation.kind) {
    case kPut:
      Check(batch.Put(family.handle, key, value));
      break;
    case kDelete:
      Check(batch.Delete(family.handle, key));
      break;
    case kMerge:
      CheckMerges(family);
      Check(batch.Merge(family.handle, key, value));
      break;
    case kDeleteRange:
      CheckRange(key, value);
      if (key != value) {
        Check(batch.DeleteRange(family.handle, key, value));
      }
      break;
    default:
      FailArgument("a batch has an operation of kind " + std::to_string(operation.kind));
  }
}

}  // namespace

void FillBatch(rocksdb::WriteBatch& batch, const Database& database, const Slice& operations) {
  std::vector<Operation> read;
  read.reserve(kSortedFrom);
  PackedReader reader(operations);
  bool is_sortable = true;  // A range is deleted before or after what is in it.
  while (!reader.IsAtEnd()) {
    Operation operation{};
    operation.kind = reader.Byte();
    operation.family_id = reader.Integer();
    operation.family = &database.Family(operation.family_id);
    const uint32_t key_size = reader.Integer();
    const uint32_t value_size = reader.Integer();
    operation.key = reader.Slice(key_size);
    operation.value = reader.Slice(value_size);
    is_sortable = is_sortable && operation.kind != kDeleteRange;
    read.push_back(operation);
  }
  if (is_sortable && read.size() >= kSortedFrom) {
    // What concerns one key keeps its order.
    std::stable_sort(read.begin(), read.end(), IsBefore);
  }
  for (const Operation& operation : read) {
    Add(batch, operation);
  }
}

void CheckRange(const Slice& begin, const Slice& end) {
  if (begin.compare(end) > 0) {
    FailArgument("a range begins after its end");
  }
}

void CheckMerges(const ColumnFamily& family) {
  if (!family.has_merge_operator) {
    FailArgument("the column family '" + family.handle->GetName() + "' has no merge_operator");
  }
}

}  // namespace millrace
