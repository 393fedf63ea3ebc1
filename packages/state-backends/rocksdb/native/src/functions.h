// The functions of a NativeDatabase, by what they are about; each file adds its own.
#pragma once

#include "environment.h"

namespace millrace {

void AddRecordFunctions(napi_env env, napi_value object, DatabaseHandle& handle);
void AddIteratorFunctions(napi_env env, napi_value object, DatabaseHandle& handle);
void AddFamilyFunctions(napi_env env, napi_value object, DatabaseHandle& handle);
void AddFileFunctions(napi_env env, napi_value object, DatabaseHandle& handle);
void AddSstFunctions(napi_env env, napi_value object, DatabaseHandle& handle);
void AddCheckpointFunctions(napi_env env, napi_value object, DatabaseHandle& handle);
void AddCloseFunction(napi_env env, napi_value object, DatabaseHandle& handle);

napi_value NewDatabaseObject(napi_env env, DatabaseHandle& handle);

// Of NativeAddon.
void AddOpenFunctions(napi_env env, napi_value object, Environment& environment);
void AddSharedMemoryFunction(napi_env env, napi_value object, Environment& environment);

}  // namespace millrace
