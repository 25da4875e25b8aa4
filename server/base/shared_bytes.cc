#include "server/base/shared_bytes.h"

#include <new>

namespace keyway {

SharedBytes* SharedBytes::Make(size_t size) {
  return new (::operator new(sizeof(SharedBytes) + size)) SharedBytes(size);
}

void SharedBytes::Release(void* self) {
  auto* bytes = static_cast<SharedBytes*>(self);
  if (bytes->users_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  bytes->~SharedBytes();
  ::operator delete(bytes);
}

}  // namespace keyway
