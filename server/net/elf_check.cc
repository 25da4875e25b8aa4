#include "server/net/elf_check.h"

#include <elf.h>
#include <fmt/core.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

namespace keyway::net {
namespace {

#if defined(__x86_64__)
constexpr uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t kMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr uint16_t kMachine = EM_RISCV;
#elif defined(__powerpc64__)
constexpr uint16_t kMachine = EM_PPC64;
#elif defined(__s390x__)
constexpr uint16_t kMachine = EM_S390;
#else
#error "name this machine's ELF number here"
#endif
constexpr unsigned char kData = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;

constexpr uint64_t kMaxProgramHeaders = 256;
constexpr uint64_t kMaxDynamicEntries = 4096;
constexpr uint64_t kMaxSymbols = 1 << 20;

// What the dynamic section says; addresses are those of the section, not yet offsets.
struct Dynamic {
  uint64_t strtab = 0, strsz = 0, symtab = 0, hash = 0, gnu_hash = 0;
  uint64_t flags = 0, flags_1 = 0;
  std::optional<uint64_t> rpath, runpath;
  bool textrel = false;
};

class Reader {
 public:
  explicit Reader(std::string_view file) : file_(file) {}

  template <class T>
  bool Read(uint64_t offset, T& out) const {
    if (offset > file_.size() || file_.size() - offset < sizeof(T)) return false;
    std::memcpy(&out, file_.data() + offset, sizeof(T));
    return true;
  }

  Result<> ReadHeader() {
    if (file_.size() < EI_NIDENT || file_.substr(0, SELFMAG) != ELFMAG) return Fail("it is not an ELF file");
    if (file_[EI_CLASS] != ELFCLASS64) return Fail("it is an ELF file for another machine: not 64-bit");
    if (static_cast<unsigned char>(file_[EI_DATA]) != kData) {
      return Fail("it is an ELF file for another machine: of the other byte order");
    }
    if (!Read(0, header_)) return Truncated();
    if (header_.e_machine != kMachine) {
      return Fail(
          fmt::format("it is an ELF file for another machine: number {}, this one is {}", header_.e_machine, kMachine));
    }
    if (header_.e_type != ET_DYN) return Fail("it is an ELF file, but no shared object");
    return {};
  }

  // Every segment must be there whole; finds the dynamic section.
  Result<> ReadSegments() {
    if (header_.e_phentsize != sizeof(Elf64_Phdr) || header_.e_phnum == 0 || header_.e_phnum > kMaxProgramHeaders) {
      return Fail("its program headers are malformed");
    }
    bool has_dynamic = false;
    for (uint64_t i = 0; i < header_.e_phnum; ++i) {
      Elf64_Phdr segment;
      if (header_.e_phoff > file_.size() || !Read(header_.e_phoff + i * sizeof segment, segment)) return Truncated();
      if (segment.p_type != PT_LOAD && segment.p_type != PT_DYNAMIC) continue;
      if (segment.p_offset > file_.size() || file_.size() - segment.p_offset < segment.p_filesz) return Truncated();
      if (segment.p_type == PT_DYNAMIC) {
        dynamic_segment_ = segment;
        has_dynamic = true;
      } else if (load_count_ < kMaxLoads) {
        loads_[load_count_++] = segment;
      }
    }
    if (!has_dynamic) return Fail("it has no dynamic section");
    // Sections are not needed to load it, but they stand at the end: without them it is a copy that has not been finished.
    const uint64_t sections = uint64_t{header_.e_shnum} * header_.e_shentsize;
    if (header_.e_shoff > file_.size() || file_.size() - header_.e_shoff < sections) return Truncated();
    return {};
  }

  Result<Dynamic> ReadDynamic() const {
    Dynamic out;
    uint64_t count = dynamic_segment_.p_filesz / sizeof(Elf64_Dyn);
    for (uint64_t i = 0; i < count && i < kMaxDynamicEntries; ++i) {
      Elf64_Dyn entry;
      if (!Read(dynamic_segment_.p_offset + i * sizeof entry, entry)) return std::unexpected(Truncated().error());
      if (entry.d_tag == DT_NULL) break;
      switch (entry.d_tag) {
        case DT_STRTAB:
          out.strtab = entry.d_un.d_ptr;
          break;
        case DT_STRSZ:
          out.strsz = entry.d_un.d_val;
          break;
        case DT_SYMTAB:
          out.symtab = entry.d_un.d_ptr;
          break;
        case DT_HASH:
          out.hash = entry.d_un.d_ptr;
          break;
        case DT_GNU_HASH:
          out.gnu_hash = entry.d_un.d_ptr;
          break;
        case DT_FLAGS:
          out.flags = entry.d_un.d_val;
          break;
        case DT_FLAGS_1:
          out.flags_1 = entry.d_un.d_val;
          break;
        case DT_TEXTREL:
          out.textrel = true;
          break;
        case DT_RPATH:
          out.rpath = entry.d_un.d_val;
          break;
        case DT_RUNPATH:
          out.runpath = entry.d_un.d_val;
          break;
        default:
          break;
      }
    }
    return out;
  }

  std::optional<uint64_t> OffsetOf(uint64_t address) const {
    for (size_t i = 0; i < load_count_; ++i) {
      const Elf64_Phdr& load = loads_[i];
      if (address >= load.p_vaddr && address - load.p_vaddr < load.p_filesz)
        return load.p_offset + (address - load.p_vaddr);
    }
    return std::nullopt;
  }

  std::optional<std::string_view> StringAt(const Dynamic& dynamic, uint64_t index) const {
    std::optional<uint64_t> table = OffsetOf(dynamic.strtab);
    if (!table || index >= dynamic.strsz || *table > file_.size() || file_.size() - *table < dynamic.strsz)
      return std::nullopt;
    std::string_view text = file_.substr(*table + index, dynamic.strsz - index);
    size_t end = text.find('\0');
    if (end == text.npos) return std::nullopt;
    return text.substr(0, end);
  }

  uint64_t CountSymbols(const Dynamic& dynamic) const {
    if (dynamic.hash != 0) {
      uint32_t chains = 0;
      std::optional<uint64_t> at = OffsetOf(dynamic.hash);
      return at && Read(*at + 4, chains) ? chains : 0;
    }
    return dynamic.gnu_hash != 0 ? CountByGnuHash(dynamic) : 0;
  }

  static Result<> Truncated() { return Fail("it is truncated"); }

 private:
  // The table does not say how many symbols there are: the last one ends the chain that begins furthest behind.
  uint64_t CountByGnuHash(const Dynamic& dynamic) const {
    std::optional<uint64_t> at = OffsetOf(dynamic.gnu_hash);
    uint32_t buckets = 0, first = 0, bloom_words = 0;
    if (!at || !Read(*at, buckets) || !Read(*at + 4, first) || !Read(*at + 8, bloom_words)) return 0;
    uint64_t bucket_table = *at + 16 + uint64_t{bloom_words} * 8;
    uint64_t chain_table = bucket_table + uint64_t{buckets} * 4;
    uint32_t last = 0;
    for (uint64_t i = 0; i < buckets && i < kMaxSymbols; ++i) {
      uint32_t bucket = 0;
      if (!Read(bucket_table + i * 4, bucket)) return 0;
      if (bucket > last) last = bucket;
    }
    if (last < first) return first;
    for (uint64_t symbol = last; symbol < kMaxSymbols; ++symbol) {
      uint32_t value = 0;
      if (!Read(chain_table + (symbol - first) * 4, value)) return 0;
      if (value & 1) return symbol + 1;
    }
    return 0;
  }

  static constexpr size_t kMaxLoads = 32;
  std::string_view file_;
  Elf64_Ehdr header_{};
  Elf64_Phdr dynamic_segment_{};
  Elf64_Phdr loads_[kMaxLoads];
  size_t load_count_ = 0;
};

bool Exports(const Reader& reader, const Dynamic& dynamic, std::string_view name) {
  std::optional<uint64_t> table = reader.OffsetOf(dynamic.symtab);
  uint64_t count = reader.CountSymbols(dynamic);
  if (!table) return false;
  for (uint64_t i = 0; i < count && i < kMaxSymbols; ++i) {
    Elf64_Sym symbol;
    if (!reader.Read(*table + i * sizeof symbol, symbol)) return false;
    if (symbol.st_shndx == SHN_UNDEF || ELF64_ST_BIND(symbol.st_info) == STB_LOCAL) continue;
    if (ELF64_ST_TYPE(symbol.st_info) == STT_FUNC && reader.StringAt(dynamic, symbol.st_name) == name) return true;
  }
  return false;
}

bool NamesOrigin(const Reader& reader, const Dynamic& dynamic, std::optional<uint64_t> path) {
  if (!path) return false;
  std::optional<std::string_view> text = reader.StringAt(dynamic, *path);
  return text && (text->find("$ORIGIN") != text->npos || text->find("${ORIGIN}") != text->npos);
}

}  // namespace

Result<> CheckPluginElf(std::string_view file, std::string_view symbol) {
  Reader reader(file);
  if (auto result = reader.ReadHeader(); !result) return result;
  if (auto result = reader.ReadSegments(); !result) return result;
  Result<Dynamic> dynamic = reader.ReadDynamic();
  if (!dynamic) return std::unexpected(dynamic.error());
  if (dynamic->flags_1 & DF_1_PIE) return Fail("it is a program, not a shared object");
  if (!Exports(reader, *dynamic, symbol)) {
    return Fail(fmt::format("it is no transport plug-in: it does not export {}", symbol));
  }
  if (dynamic->textrel || (dynamic->flags & DF_TEXTREL)) {
    return Fail("it has text relocations; build it as position-independent code");
  }
  if (dynamic->flags & DF_STATIC_TLS) return Fail("it uses the static TLS model; build it with the global-dynamic one");
  if (NamesOrigin(reader, *dynamic, dynamic->rpath) || NamesOrigin(reader, *dynamic, dynamic->runpath)) {
    return Fail("its run path contains $ORIGIN, which means nothing in the copy that is loaded; use an absolute path");
  }
  return {};
}

}  // namespace keyway::net
