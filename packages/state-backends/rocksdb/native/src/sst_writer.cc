#include "sst_writer.h"

#include "failure.h"

namespace millrace {

SstWriter::SstWriter(rocksdb::DB& rocks, rocksdb::ColumnFamilyHandle* family, std::string path)
    : path_(std::move(path)),
      env_(rocks.GetEnv()),
      writer_(new rocksdb::SstFileWriter(rocksdb::EnvOptions(), rocks.GetOptions(family), family)) {
  const rocksdb::Status opened = writer_->Open(path_);
  if (!opened.ok()) {
    // Nothing of ours to delete.
    is_finished_ = true;
    writer_.reset();
    Check(opened);
  }
}

SstWriter::~SstWriter() {
  writer_.reset();
  if (!is_finished_) {
    // As good as it can: who gives up a file has no use for why it stayed.
    env_->DeleteFile(path_);
  }
}

void SstWriter::Put(const rocksdb::Slice& key, const rocksdb::Slice& value) {
  Check(writer_->Put(key, value));
}

uint64_t SstWriter::Finish() {
  rocksdb::ExternalSstFileInfo info;
  Check(writer_->Finish(&info));
  is_finished_ = true;
  return info.file_size;
}

}  // namespace millrace
