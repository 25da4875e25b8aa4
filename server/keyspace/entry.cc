#include "server/keyspace/entry.h"

#include "server/base/memory.h"
#include "server/base/number.h"
#include "server/keyspace/entry_editor.h"

namespace keyway::keyspace {

std::string_view Entry::text() const {
  if (storage() == Storage::kBlob) return Load<Blob*>(value_at())->view();
  KW_DCHECK(storage() == Storage::kInline);
  size_t length;
  const uint8_t* at = ReadVarint(value_at(), &length);
  return {reinterpret_cast<const char*>(at), length};
}

size_t Entry::StringLength() const { return is_integer() ? Int64Length(integer()) : text().size(); }

size_t Entry::MemoryBytes(size_t samples) const {
  const size_t own = AllocationSize(EntryEditor::UsedBytes(this));
  if (Blob* block = blob()) return own + block->memory_bytes();
  if (storage() == Storage::kObject) return own + object()->MemoryBytes(samples);
  return own;
}

}  // namespace keyway::keyspace
