// What is known about a command before it runs: its facts (CommandRow, one constant row in specs/) and what the server
// made of them at start (CommandSpec, owned by CommandTable).
//
// A row holds everything that Redis 7.2 tells about a command: arity, flags, ACL categories, where its keys are, and
// the documentation that COMMAND DOCS gives out. Rows exist for every command, also for those that this build binds no
// handler to; only bound ones get a CommandSpec. Behaviour hangs on the flags of a row, never on a command's name.
//
// Rows are constant data: string views and spans over constexpr arrays, so that they cost nothing at start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace keyway::command {

class Context;

// Runs one command: reads ctx.args(), acts, writes the reply. [exec]
using Handler = void (*)(Context& context);

// The words of one request; words[0] is the command's name, words[1] a subcommand's. Views into the request's buffer.
using Words = std::span<const std::string_view>;

// ---- Command flags -------------------------------------------------------------------------------------------------

using CommandFlags = std::uint32_t;

inline constexpr CommandFlags kFlagWrite = 1u << 0;                  // may change the keyspace
inline constexpr CommandFlags kFlagReadOnly = 1u << 1;               // reads keys only
inline constexpr CommandFlags kFlagDenyOom = 1u << 2;                // refused above maxmemory
inline constexpr CommandFlags kFlagAdmin = 1u << 3;                  // administration
inline constexpr CommandFlags kFlagPubSub = 1u << 4;                 // about channels
inline constexpr CommandFlags kFlagNoScript = 1u << 5;               // refused inside scripts
inline constexpr CommandFlags kFlagBlocking = 1u << 6;               // may suspend the client
inline constexpr CommandFlags kFlagLoading = 1u << 7;                // allowed while the dataset loads
inline constexpr CommandFlags kFlagStale = 1u << 8;                  // allowed on a replica with a broken link
inline constexpr CommandFlags kFlagSkipMonitor = 1u << 9;            // not shown to MONITOR
inline constexpr CommandFlags kFlagSkipSlowlog = 1u << 10;           // not kept in the slow log
inline constexpr CommandFlags kFlagAsking = 1u << 11;                // implies ASKING
inline constexpr CommandFlags kFlagFast = 1u << 12;                  // constant or logarithmic time
inline constexpr CommandFlags kFlagNoAuth = 1u << 13;                // needs no authentication
inline constexpr CommandFlags kFlagMayReplicate = 1u << 14;          // may replicate although it is no write command
inline constexpr CommandFlags kFlagSentinel = 1u << 15;              // exists in Sentinel mode too
inline constexpr CommandFlags kFlagOnlySentinel = 1u << 16;          // exists in Sentinel mode only
inline constexpr CommandFlags kFlagNoMandatoryKeys = 1u << 17;       // all its key arguments are optional
inline constexpr CommandFlags kFlagProtected = 1u << 18;             // off unless enable-…-command allows it
inline constexpr CommandFlags kFlagNoAsyncLoading = 1u << 19;        // refused while a replica swaps datasets
inline constexpr CommandFlags kFlagNoMulti = 1u << 20;               // refused inside MULTI
inline constexpr CommandFlags kFlagMovableKeys = 1u << 21;           // first/last/step do not tell all keys; computed
inline constexpr CommandFlags kFlagAllowBusy = 1u << 22;             // allowed while a script overruns its time
inline constexpr CommandFlags kFlagTouchesArbitraryKeys = 1u << 23;  // may meet keys that its arguments do not name

// Flags of Keyway's own; no client sees them.
inline constexpr CommandFlags kFlagTellsDiskErrors = 1u << 26;  // refused like a write while snapshots fail
inline constexpr CommandFlags kFlagRunsQueued = 1u << 27;       // runs what MULTI queued: judged by the flags of that
inline constexpr CommandFlags kFlagEndsBatch = 1u << 28;        // decides how the bytes behind it are read
inline constexpr CommandFlags kFlagNotQueued = 1u << 29;        // runs at once inside MULTI
inline constexpr CommandFlags kFlagSubscriber = 1u << 30;       // allowed to a RESP2 client that has subscriptions
inline constexpr CommandFlags kFlagPrepared = 1u << 31;         // ServerControl::Prepared says when it may run

// ---- ACL categories ------------------------------------------------------------------------------------------------

using AclCategories = std::uint32_t;

inline constexpr AclCategories kAclKeyspace = 1u << 0;
inline constexpr AclCategories kAclRead = 1u << 1;
inline constexpr AclCategories kAclWrite = 1u << 2;
inline constexpr AclCategories kAclSet = 1u << 3;
inline constexpr AclCategories kAclSortedSet = 1u << 4;
inline constexpr AclCategories kAclList = 1u << 5;
inline constexpr AclCategories kAclHash = 1u << 6;
inline constexpr AclCategories kAclString = 1u << 7;
inline constexpr AclCategories kAclBitmap = 1u << 8;
inline constexpr AclCategories kAclHyperLogLog = 1u << 9;
inline constexpr AclCategories kAclGeo = 1u << 10;
inline constexpr AclCategories kAclStream = 1u << 11;
inline constexpr AclCategories kAclPubSub = 1u << 12;
inline constexpr AclCategories kAclAdmin = 1u << 13;
inline constexpr AclCategories kAclFast = 1u << 14;
inline constexpr AclCategories kAclSlow = 1u << 15;
inline constexpr AclCategories kAclBlocking = 1u << 16;
inline constexpr AclCategories kAclDangerous = 1u << 17;
inline constexpr AclCategories kAclConnection = 1u << 18;
inline constexpr AclCategories kAclTransaction = 1u << 19;
inline constexpr AclCategories kAclScripting = 1u << 20;

// ---- Keys ----------------------------------------------------------------------------------------------------------

using KeyFlags = std::uint16_t;

// What happens to the value as a whole: exactly one of these four.
inline constexpr KeyFlags kKeyRo = 1u << 0;  // read, not changed
inline constexpr KeyFlags kKeyRw = 1u << 1;  // changed
inline constexpr KeyFlags kKeyOw = 1u << 2;  // overwritten without being looked at
inline constexpr KeyFlags kKeyRm = 1u << 3;  // deleted
// What happens to the user's data inside the value.
inline constexpr KeyFlags kKeyAccess = 1u << 4;  // returned, copied or used
inline constexpr KeyFlags kKeyUpdate = 1u << 5;  // changed
inline constexpr KeyFlags kKeyInsert = 1u << 6;  // added to, never changed or deleted
inline constexpr KeyFlags kKeyDelete = 1u << 7;  // deleted in part or whole
// About the spec.
inline constexpr KeyFlags kKeyNotKey = 1u << 8;          // routed like a key in a cluster, but no key
inline constexpr KeyFlags kKeyIncomplete = 1u << 9;      // there may be more keys than the spec finds
inline constexpr KeyFlags kKeyVariableFlags = 1u << 10;  // the flags depend on other arguments

// Where the search for keys begins.
struct BeginSearch {
  enum class Kind : std::uint8_t { kUnknown, kIndex, kKeyword };
  Kind kind = Kind::kUnknown;
  std::int8_t position =
      0;  // kIndex: position of the first key; kKeyword: where to look for the word, from the end when < 0
  std::string_view keyword = {};  // kKeyword: the keys follow this word
};

// Which arguments from there on are keys.
struct FindKeys {
  enum class Kind : std::uint8_t { kUnknown, kRange, kKeyNum };
  Kind kind = Kind::kUnknown;
  std::int8_t last = 0;       // kRange: last key relative to the first, or from the end when < 0
  std::int8_t step = 0;       // arguments from one key to the next
  std::int8_t limit = 0;      // kRange with last -1: the keys end after 1/limit of what is left (0 and 1: at the end)
  std::int8_t num_index = 0;  // kKeyNum: where the number of keys is, relative to the begin
  std::int8_t first_key = 0;  // kKeyNum: where the first key is, relative to the begin
};

struct KeySpec {
  KeyFlags flags = 0;
  BeginSearch begin = {};
  FindKeys find = {};
  std::string_view notes = {};
};

struct KeyReference {
  std::uint32_t position;  // index into the words of the request
  KeyFlags flags;
  bool operator==(const KeyReference&) const = default;
};
using KeyList = std::vector<KeyReference>;

// Finds keys, or their flags, where the key specs of a row do not suffice. Appends to an empty `keys`, nothing when the
// arguments make no sense. [any]
using KeysHook = void (*)(Words words, KeyList& keys);

// Appends the positions of words that must not be shown in logs (passwords). [any]
using SecretsHook = void (*)(Words words, std::vector<std::size_t>& secret);

// A few values held in place, so that a row reads as one piece.
template <class T, std::size_t N>
class InlineList {
 public:
  constexpr InlineList() = default;
  constexpr InlineList(std::initializer_list<T> values) {
    for (const T& value : values) items_[size_++] = value;  // too many values: no constant expression, so no build
  }
  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr const T& operator[](std::size_t i) const { return items_[i]; }
  constexpr const T* begin() const { return items_; }
  constexpr const T* end() const { return items_ + size_; }

 private:
  T items_[N] = {};
  std::uint8_t size_ = 0;
};

// ---- Documentation -------------------------------------------------------------------------------------------------

enum class Group : std::uint8_t {
  kGeneric,
  kString,
  kList,
  kSet,
  kSortedSet,
  kHash,
  kPubSub,
  kTransactions,
  kConnection,
  kServer,
  kScripting,
  kHyperLogLog,
  kCluster,
  kSentinel,
  kGeo,
  kStream,
  kBitmap,
  kTransport,
};

enum class ArgumentType : std::uint8_t {
  kString,
  kInteger,
  kDouble,
  kKey,
  kPattern,
  kUnixTime,
  kPureToken,
  kOneOf,
  kBlock,
};

// One argument of a command, or a choice (one-of) or sequence (block) of arguments. Rows build them with the functions
// of specs/row.h: OneOf("condition", kCondition).Optional().Since("2.6.12")
struct Argument {
  std::string_view name;
  ArgumentType type = ArgumentType::kString;
  std::int8_t key_spec = -1;  // which key spec of the command finds it, or -1
  bool optional = false;
  bool multiple = false;          // may be repeated
  bool multiple_token = false;    // and each time with its token
  std::string_view token = {};    // the word before it (or that it is)
  std::string_view display = {};  // how help shows it, when not by its name
  std::string_view since = {};
  std::string_view deprecated_since = {};
  std::span<const Argument> arguments = {};  // of a one-of or a block

  constexpr Argument Optional() const {
    Argument a = *this;
    a.optional = true;
    return a;
  }
  constexpr Argument Multiple() const {
    Argument a = *this;
    a.multiple = true;
    return a;
  }
  constexpr Argument MultipleToken() const {
    Argument a = *this;
    a.multiple = a.multiple_token = true;
    return a;
  }
  constexpr Argument Token(std::string_view word) const {
    Argument a = *this;
    a.token = word;
    return a;
  }
  constexpr Argument Display(std::string_view text) const {
    Argument a = *this;
    a.display = text;
    return a;
  }
  constexpr Argument Since(std::string_view version) const {
    Argument a = *this;
    a.since = version;
    return a;
  }
  constexpr Argument Deprecated(std::string_view version) const {
    Argument a = *this;
    a.deprecated_since = version;
    return a;
  }
};

// What changed in a version.
struct Change {
  std::string_view since;
  std::string_view what;
};

using DocFlags = std::uint8_t;
inline constexpr DocFlags kDocDeprecated = 1u << 0;
inline constexpr DocFlags kDocSyscmd = 1u << 1;  // for servers, not for users

// ---- The row -------------------------------------------------------------------------------------------------------

// The facts about one command or subcommand. Names are lower-case. A container's subcommands are rows of their own that
// name it.
struct CommandRow {
  std::string_view name;
  std::string_view container = {};  // empty: a command of its own
  int arity = 0;                    // words with the names; negative: at least so many
  CommandFlags flags = 0;           // without what is computed
  AclCategories categories = 0;     // without what flags imply
  InlineList<KeySpec, 3> keys = {};
  KeysHook keys_hook = nullptr;
  // The word that names an element of the first key's value; 0: none, or not always there.
  std::int8_t element_word = 0;
  SecretsHook secrets_hook = nullptr;
  Group group = Group::kGeneric;
  std::string_view since = {};
  std::string_view summary = {};
  std::string_view complexity = {};
  DocFlags doc_flags = 0;
  std::string_view deprecated_since = {};
  std::string_view replaced_by = {};
  InlineList<std::string_view, 4> tips = {};
  std::span<const Change> history = {};
  std::span<const Argument> arguments = {};
};

// All rows, group by group; a container stands before its subcommands. [any]
std::span<const std::span<const CommandRow>> AllCommandRows();

// ---- The spec ------------------------------------------------------------------------------------------------------

// A command that this server offers. Made by CommandTable::Builder, immutable from then on, and as long-lived as the
// table. [any]
struct CommandSpec {
  Handler handler = nullptr;     // null: a container that does nothing without a subcommand
  CommandFlags flags = 0;        // the row's, and kFlagMovableKeys where it applies
  AclCategories categories = 0;  // the row's, and those that flags imply
  std::int16_t arity = 0;
  std::uint16_t id = 0;       // dense, from 0 to CommandTable::size() - 1; for arrays of counters
  std::int8_t first_key = 0;  // COMMAND INFO's first/last/step; all 0 without such keys
  std::int8_t last_key = 0;
  std::int8_t key_step = 0;
  // Fast path of FirstKey(): position of the first real key, 0 for a command without, -1 when arguments decide.
  std::int8_t first_key_hint = 0;
  std::int8_t element_word = 0;                     // as in the row
  const CommandSpec* container = nullptr;           // of a subcommand
  std::span<const CommandSpec* const> subcommands;  // of a container
  std::string_view full_name;                       // "get", "config|get"; not changed by rename-command
  const CommandRow* row = nullptr;

  bool ArityAccepts(std::size_t words) const {
    return arity >= 0 ? words == static_cast<std::size_t>(arity) : words >= static_cast<std::size_t>(-arity);
  }
  bool Has(CommandFlags flag) const { return (flags & flag) != 0; }
};

// ---- Names that clients see ----------------------------------------------------------------------------------------

struct FlagName {
  std::uint32_t flag;
  std::string_view name;
};
std::span<const FlagName> CommandFlagNames();  // the visible ones, in the order of COMMAND INFO
std::span<const FlagName> AclCategoryNames();  // "keyspace", "read", …
std::span<const FlagName> KeyFlagNames();      // "RO", "access", …
std::span<const FlagName> DocFlagNames();
std::string_view GroupName(Group group);
std::string_view ArgumentTypeName(ArgumentType type);

// The category of that name in any case, or 0.
AclCategories FindAclCategory(std::string_view name);

}  // namespace keyway::command
