// Reads the settings that the host hands over against the plug-in's own table of options.
//
// SettingsReader checks all of them once (known name, type, range, choice) and then answers questions. Views are valid as
// long as the kw_settings are.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "keyway/error.hpp"

namespace keyway::sdk {

// The value of one setting: text, or the bytes of a file.
struct Value {
  std::string_view bytes;
  std::string_view origin;  // the file's path, empty for text
  bool is_uri = false;

  bool set() const { return !bytes.empty(); }
};

class SettingsReader {
 public:
  SettingsReader(const kw_settings* settings, const kw_option* const* options, uint32_t option_count)
      : settings_(settings), options_(options), option_count_(option_count) {}

  // Whether every setting is one of the options and its value of the option's type. The first fault goes into `err`.
  int32_t CheckAll(kw_error* err) const {
    if (!Sound(settings_, KW_SETTINGS_SIZE_0_9) || (settings_->count > 0 && settings_->items == nullptr)) {
      return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "the host's settings are malformed");
    }
    for (uint32_t i = 0; i < settings_->count; ++i) {
      const kw_setting* s = settings_->items[i];
      if (!Sound(s, KW_SETTING_SIZE_0_9) || s->name == nullptr || (s->value == nullptr && s->value_len > 0)) {
        return Fail(err, KW_E_INTERNAL, KW_REASON_NONE, nullptr, "a setting of the host is malformed");
      }
      const kw_option* option = OptionOf(s->name);
      if (option == nullptr) {
        return Fail(err, KW_E_CONFIG, KW_REASON_NONE, s->name, "unknown setting '%s'", s->name);
      }
      if (int32_t r = CheckOne(*s, *option, err); r != KW_OK) return r;
    }
    return KW_OK;
  }

  // The last setting of that name, else the option's default, else an empty value.
  Value Get(const char* name) const {
    Value value;
    if (const kw_option* option = OptionOf(name); option != nullptr && option->default_value != nullptr) {
      value.bytes = option->default_value;
    }
    for (uint32_t i = 0; i < settings_->count; ++i) {
      const kw_setting* s = settings_->items[i];
      if (s->value_len > 0 && std::string_view(s->name) == name) value = ValueOf(*s);
    }
    return value;
  }

  // All settings of that name: one for each file of a folder.
  std::vector<Value> GetAll(const char* name) const {
    std::vector<Value> values;
    for (uint32_t i = 0; i < settings_->count; ++i) {
      const kw_setting* s = settings_->items[i];
      if (s->value_len > 0 && std::string_view(s->name) == name) values.push_back(ValueOf(*s));
    }
    return values;
  }

  bool GetBool(const char* name) const { return Get(name).bytes == "yes"; }
  int64_t GetInt(const char* name) const { return std::strtoll(std::string(Get(name).bytes).c_str(), nullptr, 10); }

 private:
  static Value ValueOf(const kw_setting& s) {
    return Value{std::string_view(static_cast<const char*>(s.value), s.value_len),
                 s.origin != nullptr ? std::string_view(s.origin) : std::string_view(),
                 (s.flags & KW_SETTING_URI) != 0};
  }

  const kw_option* OptionOf(std::string_view name) const {
    for (uint32_t i = 0; i < option_count_; ++i) {
      if (name == options_[i]->name) return options_[i];
    }
    return nullptr;
  }

  static int32_t CheckOne(const kw_setting& s, const kw_option& option, kw_error* err) {
    if (!FlagsKnown(s.flags, KW_SETTING_URI)) {
      return Fail(err, KW_E_UNSUPPORTED, KW_REASON_NONE, s.name,
                  "the host asks for something that this plug-in is too old for");
    }
    std::string_view text(static_cast<const char*>(s.value), s.value_len);
    if (text.empty()) return KW_OK;
    if ((s.flags & KW_SETTING_URI) != 0 && (option.flags & KW_OPTION_URI) == 0) {
      return Fail(err, KW_E_UNSUPPORTED, KW_REASON_NONE, s.name,
                  "a URI cannot be used here: this plug-in needs a file");
    }
    switch (option.type) {
      case KW_TYPE_TEXT:
        if (text.find('\0') != std::string_view::npos) return Bad(s, "the text holds a zero byte", err);
        return KW_OK;
      case KW_TYPE_BOOL:
        return text == "yes" || text == "no" ? KW_OK : Bad(s, "argument must be 'yes' or 'no'", err);
      case KW_TYPE_CHOICE:
        return IsChoice(option.choices, text)
                   ? KW_OK
                   : Bad(s, ("argument must be one of: " + std::string(option.choices)).c_str(), err);
      case KW_TYPE_INT:
        return CheckInt(s, text, option, err);
      default:
        return KW_OK;
    }
  }

  static int32_t Bad(const kw_setting& s, const char* why, kw_error* err) {
    return Fail(err, KW_E_CONFIG, KW_REASON_NONE, s.name, "%s", why);
  }

  static bool IsChoice(std::string_view choices, std::string_view text) {
    while (!choices.empty()) {
      std::string_view word = choices.substr(0, choices.find(' '));
      if (word == text) return true;
      choices.remove_prefix(word.size() < choices.size() ? word.size() + 1 : word.size());
    }
    return false;
  }

  static int32_t CheckInt(const kw_setting& s, std::string_view text, const kw_option& option, kw_error* err) {
    std::string copy(text);
    char* end = nullptr;
    errno = 0;
    long long value = std::strtoll(copy.c_str(), &end, 10);
    if (errno != 0 || end != copy.c_str() + copy.size() || copy[0] == ' ' || copy[0] == '+') {
      return Bad(s, "argument must be a whole number", err);
    }
    if (value < option.min || value > option.max) {
      return Fail(err, KW_E_CONFIG, KW_REASON_NONE, s.name, "argument must be between %lld and %lld",
                  static_cast<long long>(option.min), static_cast<long long>(option.max));
    }
    return KW_OK;
  }

  const kw_settings* settings_;
  const kw_option* const* options_;
  uint32_t option_count_;
};

// For tables of options: one that lacks nothing but what is said.
constexpr kw_option MakeOption(const char* name, uint32_t type, const char* default_value, const char* help,
                               uint32_t flags = KW_OPTION_RELOADABLE, const char* choices = nullptr, int64_t min = 0,
                               int64_t max = INT64_MAX) {
  return kw_option{sizeof(kw_option), flags, type, 0, name, default_value, choices, help, min, max};
}

}  // namespace keyway::sdk
