// A block of bytes with an atomic reference count: how a big value is stored, and how a reply refers to it without a
// copy. The exec thread may change the bytes only while it holds the one reference; a reply in flight holds another, and
// whoever lets go last, on whichever thread, frees the block.
//
//   BlobRef blob = BlobRef::Copy("…");         // one reference
//   buffer.AppendShared(blob->view(), blob->Share(), &Blob::ReleaseShared);
//   if (blob->shared()) blob = blob.Clone();  // copy before changing
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace keyway {

class Blob {
 public:
  // A block of `size` bytes with uninitialised contents, room for at least `capacity`, and one reference. [any]
  static Blob* New(size_t size, size_t capacity);

  char* data() { return reinterpret_cast<char*>(this + 1); }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  size_t memory_bytes() const { return sizeof(Blob) + capacity_; }
  std::string_view view() const { return {data(), size_}; }

  // Requires !shared() and size <= capacity(). [exec]
  void set_size(size_t size) { size_ = size; }

  // True if anybody else holds a reference. [exec]
  bool shared() const { return references_.load(std::memory_order_acquire) > 1; }
  uint32_t references() const { return references_.load(std::memory_order_relaxed); }

  // Takes one more reference, to be given back with Release. [any]
  Blob* Share() {
    references_.fetch_add(1, std::memory_order_relaxed);
    return this;
  }
  // Gives a reference back; the last one frees the block. [any]
  void Release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) Free();
  }
  // Release for callbacks that know only a void pointer. [any]
  static void ReleaseShared(void* blob) { static_cast<Blob*>(blob)->Release(); }

 private:
  Blob(size_t size, size_t capacity) : size_(size), capacity_(capacity) {}
  void Free();

  size_t size_;
  size_t capacity_;
  std::atomic<uint32_t> references_{1};
};

// Owns one reference to a blob, or none.
class BlobRef {
 public:
  BlobRef() = default;
  explicit BlobRef(Blob* owned) : blob_(owned) {}
  BlobRef(BlobRef&& other) noexcept : blob_(std::exchange(other.blob_, nullptr)) {}
  BlobRef& operator=(BlobRef&& other) noexcept {
    if (this != &other) {
      if (blob_) blob_->Release();
      blob_ = std::exchange(other.blob_, nullptr);
    }
    return *this;
  }
  ~BlobRef() {
    if (blob_) blob_->Release();
  }
  static BlobRef Copy(std::string_view bytes, size_t capacity = 0);

  explicit operator bool() const { return blob_ != nullptr; }
  Blob* get() const { return blob_; }
  Blob* operator->() const { return blob_; }
  Blob& operator*() const { return *blob_; }
  // Another reference to the same block.
  BlobRef Share() const { return BlobRef(blob_ ? blob_->Share() : nullptr); }
  // A block of its own with the same bytes.
  BlobRef Clone() const { return Copy(blob_->view()); }
  Blob* Detach() { return std::exchange(blob_, nullptr); }

 private:
  Blob* blob_ = nullptr;
};

}  // namespace keyway
