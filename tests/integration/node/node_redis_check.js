// What an application does with node-redis: commands, pipelining by concurrency, errors, RESP2.
const assert = require('assert');
const { createClient, commandOptions } = require('redis');
const { host, port, tls } = require('./settings');

async function main() {
  const client = createClient({ name: 'node-redis-check', socket: { host, port, ...(tls ? { tls: true, ...tls } : {}) } });
  client.on('error', (error) => {
    console.error(error);
    process.exit(1);
  });
  await client.connect();
  await client.flushAll();
  assert.strictEqual(await client.set('k', 'v', { EX: 100 }), 'OK');
  assert.strictEqual(await client.get('k'), 'v');
  assert.strictEqual(await client.set('k', 'w', { NX: true }), null);
  assert.strictEqual(await client.set('k', 'w', { GET: true }), 'v');
  await client.mSet({ a: '1', b: '2' });
  assert.deepStrictEqual(await client.mGet(['a', 'b', 'none']), ['1', '2', null]);
  assert.strictEqual(await client.getEx('k', { PERSIST: true }), 'w');
  assert.strictEqual(await client.ttl('k'), -1);
  assert.strictEqual(await client.clientGetName(), 'node-redis-check');
  assert.strictEqual((await client.configGet('maxmemory')).maxmemory, '0');

  const binary = Buffer.from(Array.from({ length: 70000 }, (_, i) => i % 256));
  await client.set('binary', binary);
  assert.ok(binary.equals(await client.get(commandOptions({ returnBuffers: true }), 'binary')));

  const replies = await Promise.all(Array.from({ length: 1000 }, (_, i) => [client.set(`p:${i}`, String(i)), client.get(`p:${i}`)]).flat());
  replies.forEach((reply, i) => assert.strictEqual(reply, i % 2 === 0 ? 'OK' : String((i - 1) / 2)));

  await assert.rejects(client.incr('k'), /value is not an integer/);
  let found = 0;
  for await (const _key of client.scanIterator({ MATCH: 'p:*', COUNT: 100 })) ++found;
  assert.ok(found >= 1000);

  const other = client.duplicate();
  const failed = new Promise((resolve) => other.once('error', resolve));
  await other.connect();
  await client.sendCommand(['CLIENT', 'KILL', 'ID', String(await other.clientId())]);
  await failed;  // it is told; what it does then is its own business
  assert.strictEqual(await client.ping(), 'PONG');
  await client.quit();
  console.log('all checks passed');
  process.exit(0);  // `other` may be reconnecting
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
