#include "server/keyspace/entry_editor.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

#include "server/base/check.h"
#include "server/base/memory.h"

namespace keyway::keyspace {
namespace {

constexpr size_t kPointerBytes = sizeof(void*);
constexpr size_t kExpiryBytes = sizeof(int64_t);

size_t InlineBytes(size_t text_bytes) { return VarintBytes(text_bytes) + text_bytes; }

void CopyText(void* to, std::string_view text) {
  if (!text.empty()) std::memmove(to, text.data(), text.size());
}

}  // namespace

// A value planned for an entry. Owns a blob or an object until it is written.
struct EntryEditor::Payload {
  Storage storage = Storage::kInline;
  data::ValueType type = data::ValueType::kString;
  data::Encoding encoding = data::Encoding::kRaw;
  size_t bytes = kPointerBytes;
  int64_t integer = 0;
  std::string_view text;
  BlobRef blob;
  std::unique_ptr<data::Object> object;
};

EntryEditor::Payload EntryEditor::PlanPayload(data::Value& value) {
  Payload payload;
  payload.type = value.type();
  payload.encoding = value.encoding();
  if (payload.type != data::ValueType::kString) {
    payload.storage = Storage::kObject;
    payload.object = value.TakeObject();
  } else if (value.is_integer()) {
    payload.storage = Storage::kInteger;
    payload.integer = value.integer();
  } else if (value.text().size() <= data::kMaxInlineStringBytes) {
    payload.text = value.text();
    payload.blob = value.TakeBlob();  // holds the text until it is written
    payload.bytes = InlineBytes(payload.text.size());
  } else {
    payload.storage = Storage::kBlob;
    payload.blob = value.has_blob() ? value.TakeBlob() : BlobRef::Copy(value.text());
  }
  return payload;
}

void EntryEditor::WritePayload(Entry* entry, uint8_t* at, Payload& payload) {
  SetKind(entry, payload.type, payload.encoding);
  SetStorage(entry, payload.storage);
  switch (payload.storage) {
    case Storage::kInline:
      // The bytes first: they may come from this very place, where the length would overwrite them.
      CopyText(at + VarintBytes(payload.text.size()), payload.text);
      WriteVarint(at, payload.text.size());
      break;
    case Storage::kInteger:
      std::memcpy(at, &payload.integer, sizeof(payload.integer));
      break;
    case Storage::kBlob: {
      Blob* const blob = payload.blob.Detach();
      std::memcpy(at, &blob, sizeof(blob));
      break;
    }
    case Storage::kObject: {
      data::Object* const object = payload.object.release();
      std::memcpy(at, &object, sizeof(object));
      break;
    }
  }
}

void EntryEditor::ReleasePayload(Entry* entry) {
  if (Blob* blob = entry->blob()) blob->Release();
  DetachObject(entry).reset();
}

void EntryEditor::SetKind(Entry* entry, data::ValueType type, data::Encoding encoding) {
  const uint8_t high = type == data::ValueType::kString ? static_cast<uint8_t>(encoding) : 0;
  entry->kind_ = static_cast<uint8_t>(static_cast<uint8_t>(type) | high << 4);
}

void EntryEditor::SetStorage(Entry* entry, Storage storage) {
  entry->flags_ = static_cast<uint8_t>((entry->flags_ & ~Entry::kStorageMask) | static_cast<uint8_t>(storage));
}

Entry* EntryEditor::Allocate(std::string_view key, bool has_expiry, size_t payload_bytes) {
  const size_t bytes =
      Entry::kHeaderBytes + (has_expiry ? kExpiryBytes : 0) + VarintBytes(key.size()) + key.size() + payload_bytes;
  void* memory = std::malloc(AllocationSize(bytes));
  KW_CHECK(memory != nullptr);
  Entry* entry = new (memory) Entry();
  entry->flags_ = has_expiry ? Entry::kHasExpiry : 0;
  uint8_t* at = entry->bytes() + Entry::kHeaderBytes + (has_expiry ? kExpiryBytes : 0);
  CopyText(WriteVarint(at, key.size()), key);
  return entry;
}

// An entry with another key or shape and everything of the old one but the payload.
Entry* EntryEditor::CopyHead(const Entry* entry, std::string_view key, bool has_expiry, size_t payload_bytes) {
  Entry* copy = Allocate(key, has_expiry, payload_bytes);
  copy->set_clock(entry->clock());
  copy->kind_ = entry->kind_;
  SetStorage(copy, entry->storage());
  if (has_expiry && entry->has_expiry()) {
    std::memcpy(copy->bytes() + Entry::kHeaderBytes, entry->bytes() + Entry::kHeaderBytes, kExpiryBytes);
  }
  return copy;
}

size_t EntryEditor::UsedBytes(const Entry* entry) {
  const size_t head = static_cast<size_t>(entry->value_at() - entry->bytes());
  return head + (entry->storage() == Storage::kInline ? InlineBytes(entry->text().size()) : kPointerBytes);
}

Entry* EntryEditor::Make(std::string_view key, data::Value&& value, int64_t expire_at_ms, uint32_t clock) {
  Payload payload = PlanPayload(value);
  const bool has_expiry = expire_at_ms != kNoExpiry;
  Entry* entry = Allocate(key, has_expiry, payload.bytes);
  entry->set_clock(clock);
  if (has_expiry) std::memcpy(entry->bytes() + Entry::kHeaderBytes, &expire_at_ms, kExpiryBytes);
  WritePayload(entry, ValueAt(entry), payload);
  return entry;
}

void EntryEditor::Free(Entry* entry) {
  ReleasePayload(entry);
  std::free(entry);
}

std::unique_ptr<data::Object> EntryEditor::DetachObject(Entry* entry) {
  if (entry->storage() != Storage::kObject) return nullptr;
  std::unique_ptr<data::Object> object(entry->object());
  constexpr data::Object* kNone = nullptr;
  std::memcpy(ValueAt(entry), &kNone, sizeof(kNone));
  return object;
}

Entry* EntryEditor::SetValue(Entry* entry, data::Value&& value) {
  Payload payload = PlanPayload(value);
  uint8_t* const at = ValueAt(entry);
  const size_t head = static_cast<size_t>(at - entry->bytes());
  // Released last, since the new text may lie in them.
  const BlobRef old_blob(entry->blob());
  const std::unique_ptr<data::Object> old_object = DetachObject(entry);
  if (AllocationSize(head + payload.bytes) == AllocationSize(UsedBytes(entry))) {
    WritePayload(entry, at, payload);
    return entry;
  }
  Entry* moved = CopyHead(entry, entry->key(), entry->has_expiry(), payload.bytes);
  WritePayload(moved, ValueAt(moved), payload);
  std::free(entry);
  return moved;
}

Entry* EntryEditor::SetExpiry(Entry* entry, int64_t when_ms) {
  if (!entry->has_expiry()) {
    const size_t used = UsedBytes(entry);
    uint8_t* const key_at = entry->bytes() + Entry::kHeaderBytes;
    if (AllocationSize(used) == AllocationSize(used + kExpiryBytes)) {
      std::memmove(key_at + kExpiryBytes, key_at, used - Entry::kHeaderBytes);
      entry->flags_ |= Entry::kHasExpiry;
    } else {
      const size_t payload_bytes = used - static_cast<size_t>(entry->value_at() - entry->bytes());
      Entry* moved = CopyHead(entry, entry->key(), true, payload_bytes);
      std::memcpy(ValueAt(moved), entry->value_at(), payload_bytes);
      std::free(entry);
      entry = moved;
    }
  }
  std::memcpy(entry->bytes() + Entry::kHeaderBytes, &when_ms, kExpiryBytes);
  return entry;
}

Entry* EntryEditor::ClearExpiry(Entry* entry) {
  if (!entry->has_expiry()) return entry;
  const size_t used = UsedBytes(entry);
  uint8_t* const key_at = entry->bytes() + Entry::kHeaderBytes + kExpiryBytes;
  if (AllocationSize(used) == AllocationSize(used - kExpiryBytes)) {
    std::memmove(key_at - kExpiryBytes, key_at, used - Entry::kHeaderBytes - kExpiryBytes);
    entry->flags_ &= static_cast<uint8_t>(~Entry::kHasExpiry);
    return entry;
  }
  const size_t payload_bytes = used - static_cast<size_t>(entry->value_at() - entry->bytes());
  Entry* moved = CopyHead(entry, entry->key(), false, payload_bytes);
  std::memcpy(ValueAt(moved), entry->value_at(), payload_bytes);
  std::free(entry);
  return moved;
}

Entry* EntryEditor::Rename(Entry* entry, std::string_view key) {
  const size_t payload_bytes = UsedBytes(entry) - static_cast<size_t>(entry->value_at() - entry->bytes());
  Entry* renamed = CopyHead(entry, key, entry->has_expiry(), payload_bytes);
  std::memcpy(ValueAt(renamed), entry->value_at(), payload_bytes);
  std::free(entry);
  return renamed;
}

Entry* EntryEditor::ResizeString(Entry* entry, size_t size, bool grow_ahead) {
  const size_t capacity = grow_ahead ? data::GrownCapacity(size) : size;
  Blob* blob = entry->blob();
  if (blob) {
    const size_t old_size = blob->size();
    if (blob->shared() || blob->capacity() < size) {
      BlobRef bigger(Blob::New(size, capacity));
      std::memcpy(bigger->data(), blob->data(), std::min(old_size, size));
      std::memset(bigger->data() + std::min(old_size, size), 0, size - std::min(old_size, size));
      blob->Release();
      blob = bigger.Detach();
      std::memcpy(ValueAt(entry), &blob, sizeof(blob));
    } else {
      blob->set_size(size);
      if (size > old_size) std::memset(blob->data() + old_size, 0, size - old_size);
    }
    SetKind(entry, data::ValueType::kString, data::Encoding::kRaw);
    return entry;
  }
  const data::StringBytes old = entry->String();
  const size_t kept = std::min(old.size(), size);
  if (size > data::kMaxInlineStringBytes) {
    BlobRef fresh(Blob::New(size, capacity));
    CopyText(fresh->data(), old.view());
    std::memset(fresh->data() + kept, 0, size - kept);
    return SetValue(entry, data::Value::FromBlob(std::move(fresh)));
  }
  char text[data::kMaxInlineStringBytes];
  CopyText(text, old.view().substr(0, kept));
  std::memset(text + kept, 0, size - kept);
  return SetValue(entry, data::Value::RawText({text, size}));
}

std::span<char> EntryEditor::StringBytes(Entry* entry) {
  if (Blob* blob = entry->blob()) return {blob->data(), blob->size()};
  const std::string_view text = entry->text();
  return {const_cast<char*>(text.data()), text.size()};
}

data::Value EntryEditor::CopyValue(const Entry* entry) {
  if (!entry->is_string()) return data::Value::FromObject(entry->object()->Clone());
  if (entry->is_integer()) return data::Value::Integer(entry->integer());
  if (Blob* blob = entry->blob()) return data::Value::FromBlob(BlobRef(blob->Share()), entry->encoding());
  return entry->encoding() == data::Encoding::kRaw ? data::Value::RawText(entry->text())
                                                   : data::Value::Text(entry->text());
}

}  // namespace keyway::keyspace
