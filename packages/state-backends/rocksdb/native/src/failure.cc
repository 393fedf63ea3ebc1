#include "failure.h"

#include <exception>
#include <new>
#include <system_error>

namespace millrace {

using rocksdb::Status;

void FailArgument(const std::string& message) { throw Failure{"INVALID_ARGUMENT", message}; }

void FailClosed(const std::string& what) { throw Failure{"CLOSED", what + " is closed"}; }

void Check(const Status& status) {
  if (!status.ok()) {
    throw FailureOf(status);
  }
}

static const char* CodeOf(const Status& status) {
  // The subcode first: a full disk is an IOError or an Incomplete, by where it was noticed.
  switch (status.subcode()) {
    case Status::kNoSpace:
    case Status::kSpaceLimit:
      return "NO_SPACE";
    case Status::kMemoryLimit:
      return "MEMORY_LIMIT";
    default:
      break;
  }
  switch (status.code()) {
    case Status::kNotFound:
    case Status::kColumnFamilyDropped:
      return "NOT_FOUND";
    case Status::kCorruption:
      return "CORRUPTION";
    case Status::kNotSupported:
      return "NOT_SUPPORTED";
    case Status::kInvalidArgument:
      return "INVALID_ARGUMENT";
    case Status::kIOError:
      return "IO_ERROR";
    case Status::kIncomplete:
      return "INCOMPLETE";
    case Status::kAborted:
      return "ABORTED";
    case Status::kBusy:
      return "BUSY";
    case Status::kTryAgain:
      return "TRY_AGAIN";
    default:
      return "OTHER";
  }
}

Failure FailureOf(const Status& status) { return {CodeOf(status), status.ToString()}; }

// RocksDB starts threads, and lets through what the standard library says of one that it cannot start:
// the text of an error number.
static std::string WhyOf(const std::system_error& error) {
  if (error.code() != std::errc::resource_unavailable_try_again) {
    return std::string("the system refused what RocksDB needs: ") + error.what();
  }
  return std::string("a thread of RocksDB could not be started (") + error.what() +
         "); end other processes, or allow more threads (ulimit -u, pids.max) or more memory";
}

Failure CurrentFailure() {
  try {
    throw;
  } catch (const Failure& failure) {
    return failure;
  } catch (const std::bad_alloc&) {
    return {"MEMORY_LIMIT", "there is no memory left for it"};
  } catch (const std::system_error& error) {
    return {"OTHER", WhyOf(error)};
  } catch (const std::exception& error) {
    return {"OTHER", error.what()};
  } catch (...) {
    return {"OTHER", "an exception of an unknown type"};
  }
}

napi_value ErrorOf(napi_env env, const Failure& failure) {
  napi_value code;
  napi_value message;
  napi_value error;
  // A path in a message may hold bytes that are not UTF-8: these become U+FFFD.
  if (napi_create_string_utf8(env, failure.code, NAPI_AUTO_LENGTH, &code) != napi_ok ||
      napi_create_string_utf8(env, failure.message.data(), failure.message.size(), &message) !=
          napi_ok ||
      napi_create_error(env, code, message, &error) != napi_ok) {
    return nullptr;
  }
  return error;
}

}  // namespace millrace
