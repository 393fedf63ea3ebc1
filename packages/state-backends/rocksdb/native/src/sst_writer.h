// Writes one sorted file, to be ingested.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/sst_file_writer.h>

#include <cstdint>
#include <string>

namespace millrace {

class SstWriter {
 public:
  // @throws what RocksDB says of the path
  SstWriter(rocksdb::DB& rocks, rocksdb::ColumnFamilyHandle* family, std::string path);
  // Deletes the file unless it was finished.
  ~SstWriter();
  SstWriter(const SstWriter&) = delete;
  SstWriter& operator=(const SstWriter&) = delete;

  void Put(const rocksdb::Slice& key, const rocksdb::Slice& value);
  // Bytes of the file.
  uint64_t Finish();

 private:
  const std::string path_;
  rocksdb::Env* const env_;
  std::unique_ptr<rocksdb::SstFileWriter> writer_;
  bool is_finished_ = false;
};

}  // namespace millrace
