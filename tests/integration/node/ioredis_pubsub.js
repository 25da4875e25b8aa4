// ioredis as a subscriber: channels, patterns, shard channels, binary messages, and its subscriptions after a reconnect.
const assert = require('assert');
const Redis = require('ioredis');
const { host, port, tls } = require('./settings');
const { waitUntil } = require('./wait');

async function main() {
  const subscriber = new Redis({ host, port, tls });
  const publisher = new Redis({ host, port, tls });
  const got = [];
  subscriber.on('message', (channel, message) => got.push([channel, message]));
  subscriber.on('pmessage', (pattern, channel, message) => got.push([pattern, channel, message]));
  subscriber.on('smessage', (channel, message) => got.push(['shard', channel, message]));
  assert.strictEqual(await subscriber.subscribe('a', 'b'), 2);
  assert.strictEqual(await subscriber.psubscribe('p*'), 3);
  assert.strictEqual(await subscriber.ssubscribe('s'), 1);
  assert.strictEqual(await publisher.publish('a', 'one'), 1);
  await publisher.publish('page', 'two');
  await publisher.spublish('s', 'three');
  await waitUntil(() => got.length === 3);
  assert.deepStrictEqual(got, [['a', 'one'], ['p*', 'page', 'two'], ['shard', 's', 'three']]);
  await assert.rejects(subscriber.get('k'), /subscriber mode/);
  assert.deepStrictEqual(await publisher.pubsub('NUMSUB', 'a', 'none'), ['a', 1, 'none', 0]);

  const binary = Buffer.from(Array.from({ length: 200000 }, (_, i) => i % 256));
  const received = new Promise((resolve) => subscriber.once('messageBuffer', (_, message) => resolve(message)));
  await publisher.publish('b', binary);
  assert.ok(binary.equals(await received));

  await publisher.client('KILL', 'TYPE', 'pubsub');
  await waitUntil(async () => (await publisher.publish('a', 'again')) === 1);  // it has subscribed anew by itself
  await waitUntil(() => got.some(([channel, message]) => channel === 'a' && message === 'again'));
  await subscriber.unsubscribe('a', 'b');
  await subscriber.punsubscribe('p*');
  await subscriber.sunsubscribe('s');
  assert.strictEqual(await subscriber.ping(), 'PONG');
  await Promise.all([subscriber.quit(), publisher.quit()]);
  console.log('all checks passed');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
