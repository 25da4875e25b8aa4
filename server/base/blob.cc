#include "server/base/blob.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "server/base/check.h"
#include "server/base/memory.h"

namespace keyway {

Blob* Blob::New(size_t size, size_t capacity) {
  const size_t bytes = AllocationSize(sizeof(Blob) + (capacity > size ? capacity : size));
  void* memory = std::malloc(bytes);
  KW_CHECK(memory != nullptr);
  return new (memory) Blob(size, bytes - sizeof(Blob));
}

void Blob::Free() {
  this->~Blob();
  std::free(this);
}

BlobRef BlobRef::Copy(std::string_view bytes, size_t capacity) {
  BlobRef copy(Blob::New(bytes.size(), capacity));
  if (!bytes.empty()) std::memcpy(copy->data(), bytes.data(), bytes.size());
  return copy;
}

}  // namespace keyway
