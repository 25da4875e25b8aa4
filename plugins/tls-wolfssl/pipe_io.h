// wolfSSL's view of a kw_pipe: reads take from rx, writes append to tx and are never refused. `arg` is the Connection.
//
// On the way out, records are looked at until the handshake is done: while they are not yet encrypted, a wrong alert is put right.
#pragma once

#include "wolf.h"

namespace keyway::tls_wolfssl {

struct Connection;

int PipeReceive(WOLFSSL* ssl, char* buf, int size, void* arg);
int PipeSend(WOLFSSL* ssl, char* buf, int size, void* arg);

// Appends a fatal alert in the clear, if that can still be done and none went out before.
void SendPlainAlert(Connection* c, int alert);

}  // namespace keyway::tls_wolfssl
