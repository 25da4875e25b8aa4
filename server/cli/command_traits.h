// What keyway-cli knows about single commands. The client's side only: everything else about them it asks the server.
#pragma once

#include "server/cli/connection.h"

namespace keyway::cli {

// Whether the word is this command's name, in any case.
bool NameIs(const std::string& word, std::string_view name);

// Replies that are reports for people and shown as they are: INFO, CLIENT LIST, …
bool IsPlainReport(const Arguments& command);
// The reply does not end: SUBSCRIBE and its kind.
bool IsSubscription(const Arguments& command);
bool IsUnsubscription(const Arguments& command);
// Holds a password and must not be kept in the history file.
bool IsSensitive(const Arguments& command);

}  // namespace keyway::cli
