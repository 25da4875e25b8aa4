#include "server/command/secret_words.h"

#include "server/command/args.h"
#include "server/config/option.h"

namespace keyway::command {
namespace {

void AddFrom(size_t first, Words words, std::vector<size_t>& secret) {
  for (size_t i = first; i < words.size(); ++i) secret.push_back(i);
}

}  // namespace

void AuthSecrets(Words words, std::vector<size_t>& secret) { AddFrom(1, words, secret); }

void AclSetUserSecrets(Words words, std::vector<size_t>& secret) { AddFrom(2, words, secret); }

void HelloSecrets(Words words, std::vector<size_t>& secret) {
  for (size_t i = 2; i + 2 < words.size(); ++i) {
    if (!IsWord(words[i], "AUTH")) continue;
    secret.insert(secret.end(), {i + 1, i + 2});
    i += 2;
  }
}

void MigrateSecrets(Words words, std::vector<size_t>& secret) {
  constexpr size_t kOptionsAt = 6;
  for (size_t i = kOptionsAt; i < words.size(); ++i) {
    if (IsWord(words[i], "KEYS")) return;
    const size_t hidden = IsWord(words[i], "AUTH") ? 1 : IsWord(words[i], "AUTH2") ? 2 : 0;
    for (size_t j = i + 1; j <= i + hidden && j < words.size(); ++j) secret.push_back(j);
    i += hidden;
  }
}

void ConfigSetSecrets(Words words, std::vector<size_t>& secret) {
  for (size_t i = 2; i + 1 < words.size(); i += 2) {
    const config::Option* option = config::FindOption(words[i]);
    if (option != nullptr && option->Is(config::kSensitive)) secret.push_back(i + 1);
  }
}

}  // namespace keyway::command
