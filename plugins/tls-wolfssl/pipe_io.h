// wolfSSL's view of a kw_pipe: reads take from rx, writes append to tx and are never refused. `arg` is the Connection.
//
// On the way out, records are looked at until the handshake is done: while they are not yet encrypted, a wrong alert is put right.
#pragma once

#include "wolf.h"

namespace keyway::tls_wolfssl {

struct Connection;

int PipeReceive(WOLFSSL* ssl, char* buf, int size, void* arg);
int PipeSend(WOLFSSL* ssl, char* buf, int size, void* arg);

// The number of a fatal alert in the clear that was the last thing to come, or -1. A server of TLS 1.3 expects only encrypted
// records after its hello, and the library stops at the header of an alert that a client still sent in the clear.
int PlainAlertInRx(Connection* c);

// Appends a fatal alert in the clear, if that can still be done and none went out before.
void SendPlainAlert(Connection* c, int alert);

}  // namespace keyway::tls_wolfssl
