// From packed operations to a WriteBatch. One that RocksDB would refuse half-way is never made: it
// would make the database refuse all that follows.
#pragma once

#include <rocksdb/slice.h>
#include <rocksdb/write_batch.h>

#include "database.h"

namespace millrace {

// @throws INVALID_ARGUMENT; then `batch` holds a part, and must not be written
void FillBatch(rocksdb::WriteBatch& batch, const Database& database,
               const rocksdb::Slice& operations);

// @throws INVALID_ARGUMENT where `begin` is after `end`
void CheckRange(const rocksdb::Slice& begin, const rocksdb::Slice& end);
// @throws INVALID_ARGUMENT where merges have no operator
void CheckMerges(const ColumnFamily& family);

}  // namespace millrace
