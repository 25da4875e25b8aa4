// node-redis as a subscriber: listeners of channels, patterns and shard channels, and buffers.
const assert = require('assert');
const { createClient } = require('redis');
const { host, port, tls } = require('./settings');
const { waitUntil } = require('./wait');

async function main() {
  const publisher = createClient({ socket: { host, port, ...(tls ? { tls: true, ...tls } : {}) } });
  const subscriber = publisher.duplicate();
  for (const client of [publisher, subscriber]) {
    client.on('error', (error) => {
      console.error(error);
      process.exit(1);
    });
    await client.connect();
  }
  const got = [];
  const note = (message, channel) => got.push([channel, message]);
  await subscriber.subscribe(['a', 'b'], note);
  await subscriber.pSubscribe('p*', note);
  await subscriber.sSubscribe('s', note);
  assert.strictEqual(await publisher.publish('a', 'one'), 1);
  await publisher.publish('page', 'two');
  await publisher.sPublish('s', 'three');
  await waitUntil(() => got.length === 3);
  assert.deepStrictEqual(got, [['a', 'one'], ['page', 'two'], ['s', 'three']]);
  assert.deepStrictEqual((await publisher.pubSubChannels()).sort(), ['a', 'b']);
  assert.strictEqual(await publisher.pubSubNumPat(), 1);

  const binary = Buffer.from(Array.from({ length: 200000 }, (_, i) => i % 256));
  let received;
  await subscriber.subscribe('binary', (message) => { received = message; }, true);
  await publisher.publish('binary', binary);
  await waitUntil(() => received !== undefined);
  assert.ok(binary.equals(received));

  await subscriber.unsubscribe(['a', 'b', 'binary']);
  await subscriber.pUnsubscribe('p*');
  await subscriber.sUnsubscribe('s');
  assert.strictEqual(await publisher.publish('a', 'x'), 0);
  assert.strictEqual(await subscriber.ping(), 'PONG');
  await Promise.all([subscriber.quit(), publisher.quit()]);
  console.log('all checks passed');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
