#include "batch.h"

#include "packed.h"

namespace millrace {

using rocksdb::Slice;

namespace {

// BatchOperation of src/binding/native-addon.ts.
enum : uint8_t { kPut = 1, kDelete = 2, kMerge = 3, kDeleteRange = 4 };

}  // namespace

void FillBatch(rocksdb::WriteBatch& batch, const Database& database, const Slice& operations) {
  PackedReader reader(operations);
  while (!reader.IsAtEnd()) {
    const uint8_t kind = reader.Byte();
    const ColumnFamily& family = database.Family(reader.Integer());
    const uint32_t key_size = reader.Integer();
    const uint32_t value_size = reader.Integer();
    const Slice key = reader.Slice(key_size);
    const Slice value = reader.Slice(value_size);
    switch (kind) {
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
        FailArgument("a batch has an operation of kind " + std::to_string(kind));
    }
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
