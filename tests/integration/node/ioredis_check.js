// What an application does with ioredis: commands, pipelines, big values, errors, reconnecting.
const assert = require('assert');
const Redis = require('ioredis');
const { host, port, tls } = require('./settings');

async function main() {
  const redis = new Redis({ host, port, tls, connectionName: 'ioredis-check' });
  await redis.flushall();
  assert.strictEqual(await redis.set('k', 'v', 'EX', 100), 'OK');
  assert.strictEqual(await redis.get('k'), 'v');
  assert.ok((await redis.ttl('k')) > 0);
  assert.strictEqual(await redis.set('k', 'w', 'NX'), null);
  assert.deepStrictEqual(await redis.mset({ a: 1, b: 2 }), 'OK');
  assert.deepStrictEqual(await redis.mget('a', 'b', 'none'), ['1', '2', null]);
  assert.strictEqual(await redis.incrbyfloat('f', 1.5), '1.5');
  assert.strictEqual(await redis.client('GETNAME'), 'ioredis-check');

  const binary = Buffer.from(Array.from({ length: 70000 }, (_, i) => i % 256));
  await redis.set('binary', binary);
  assert.ok(binary.equals(await redis.getBuffer('binary')));

  const pipeline = redis.pipeline();
  for (let i = 0; i < 1000; ++i) pipeline.set(`p:${i}`, i).get(`p:${i}`);
  const replies = await pipeline.exec();
  replies.forEach(([error, reply], i) => {
    assert.strictEqual(error, null);
    assert.strictEqual(reply, i % 2 === 0 ? 'OK' : String((i - 1) / 2));
  });

  await assert.rejects(redis.incr('k'), /value is not an integer/);

  let found = 0;
  for await (const keys of redis.scanStream({ match: 'p:*', count: 100 })) found += keys.length;
  assert.ok(found >= 1000);

  const other = new Redis({ host, port, tls });
  const closed = new Promise((resolve) => other.once('close', resolve));
  await redis.client('KILL', 'ID', await other.client('ID'));
  await closed;
  assert.strictEqual(await other.ping(), 'PONG');  // it has reconnected by itself
  await Promise.all([redis.quit(), other.quit()]);
  console.log('all checks passed');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
