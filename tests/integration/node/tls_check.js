// Two visits with Node's own tls, the second with the session of the first, and what became of them as JSON:
// [{reply, reused, version, error}, …]. An error ends the visit, not the script.
const tls = require('tls');
const { host, port, tls: options } = require('./settings');

function visit(session) {
  return new Promise((resolve) => {
    const outcome = { reply: null, reused: false, version: null, error: null };
    const socket = tls.connect({ host, port, ...options, rejectUnauthorized: true, session, minVersion: process.env.KW_VERSION, maxVersion: process.env.KW_VERSION });
    let reply = '', ticket = null;
    // In TLS 1.3 the ticket comes after the handshake; the reply to PING stands behind it.
    socket.on('session', (given) => { ticket = given; });
    socket.on('secureConnect', () => {
      outcome.reused = socket.isSessionReused();
      outcome.version = socket.getProtocol();
      socket.write('PING\r\nQUIT\r\n');
    });
    socket.on('data', (data) => { reply += data; });
    socket.on('error', (error) => { outcome.error = error.code || error.message; });
    socket.on('close', () => {
      outcome.reply = reply;
      resolve([outcome, ticket]);
    });
    socket.setTimeout(20000, () => socket.destroy(new Error('no answer')));
  });
}

async function main() {
  const [first, ticket] = await visit(undefined);
  const [second] = await visit(ticket || undefined);
  console.log(JSON.stringify([first, second]));
}

main();
