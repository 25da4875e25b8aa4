// Every type of value with ioredis, transactions and commands that wait.
const assert = require('assert');
const Redis = require('ioredis');
const { host, port, tls } = require('./settings');
const { waitUntil } = require('./wait');

async function lists(redis) {
  assert.strictEqual(await redis.rpush('l', 'a', 'b', 'c', 'b'), 4);
  assert.deepStrictEqual(await redis.lrange('l', 0, -1), ['a', 'b', 'c', 'b']);
  assert.deepStrictEqual(await redis.lpos('l', 'b', 'COUNT', 0), [1, 3]);
  assert.strictEqual(await redis.lmove('l', 'm', 'LEFT', 'RIGHT'), 'a');
  assert.deepStrictEqual(await redis.lmpop(2, 'none', 'l', 'RIGHT', 'COUNT', 2), ['l', ['b', 'c']]);
  assert.deepStrictEqual(await redis.lpop('l', 5), ['b']);
  assert.strictEqual(await redis.exists('l'), 0);
  await redis.rpush('big', ...Array.from({ length: 5000 }, (_, i) => i));
  assert.strictEqual(await redis.lindex('big', 4321), '4321');
}

async function sets(redis) {
  assert.strictEqual(await redis.sadd('s', 1, 2, 3, 'x'), 4);
  await redis.sadd('t', 'x', 3, 'y');
  assert.deepStrictEqual((await redis.sinter('s', 't')).sort(), ['3', 'x']);
  assert.strictEqual(await redis.sintercard(2, 's', 't', 'LIMIT', 1), 1);
  assert.strictEqual(await redis.sunionstore('u', 's', 't'), 5);
  assert.deepStrictEqual(await redis.smismember('s', 1, 9), [1, 0]);
  assert.strictEqual((await redis.srandmember('u', 3)).length, 3);
  assert.strictEqual((await redis.spop('u', 10)).length, 5);
  await redis.sadd('many', Array.from({ length: 3000 }, (_, i) => `m:${i}`));
  const found = new Set();
  for await (const members of redis.sscanStream('many', { count: 100 })) members.forEach((member) => found.add(member));
  assert.strictEqual(found.size, 3000);
}

async function hashes(redis) {
  assert.strictEqual(await redis.hset('h', { f: 1, g: 'two', h: 3.5 }), 3);
  assert.deepStrictEqual(await redis.hgetall('h'), { f: '1', g: 'two', h: '3.5' });
  assert.strictEqual(await redis.hincrby('h', 'f', 4), 5);
  assert.strictEqual(await redis.hincrbyfloat('h', 'h', 0.25), '3.75');
  assert.deepStrictEqual(await redis.hmget('h', 'f', 'none'), ['5', null]);
  assert.strictEqual((await redis.hrandfield('h', 2, 'WITHVALUES')).length, 4);
  assert.strictEqual(await redis.hdel('h', 'f', 'none'), 1);
}

async function sortedSets(redis) {
  assert.strictEqual(await redis.zadd('z', 1, 'a', 2.5, 'b', 3, 'c'), 3);
  assert.strictEqual(await redis.zadd('z', 'GT', 'CH', 5, 'a'), 1);
  assert.deepStrictEqual(await redis.zrange('z', 0, -1, 'WITHSCORES'), ['b', '2.5', 'c', '3', 'a', '5']);
  assert.deepStrictEqual(await redis.zrange('z', '(2.5', '+inf', 'BYSCORE', 'LIMIT', 0, 1), ['c']);
  assert.strictEqual(await redis.zincrby('z', 1.5, 'b'), '4');
  assert.deepStrictEqual(await redis.zmscore('z', 'a', 'none'), ['5', null]);
  await redis.zadd('y', 10, 'a', 1, 'd');
  assert.deepStrictEqual(await redis.zunion(2, 'z', 'y', 'AGGREGATE', 'MAX'), ['d', 'c', 'b', 'a']);
  assert.strictEqual(await redis.zinterstore('i', 2, 'z', 'y', 'WEIGHTS', 2, 1), 1);
  assert.strictEqual(await redis.zscore('i', 'a'), '20');
  assert.deepStrictEqual(await redis.zpopmin('z'), ['c', '3']);
  assert.deepStrictEqual(await redis.zmpop(1, 'z', 'MAX'), ['z', [['a', '5']]]);
}

async function streams(redis) {
  const first = await redis.xadd('x', '*', 'n', 1, 'text', 'one');
  const second = await redis.xadd('x', '*', 'n', 2);
  assert.deepStrictEqual(await redis.xrange('x', '-', '+'), [[first, ['n', '1', 'text', 'one']], [second, ['n', '2']]]);
  assert.strictEqual(await redis.xgroup('CREATE', 'x', 'g', '0'), 'OK');
  const got = await redis.xreadgroup('GROUP', 'g', 'alice', 'COUNT', 1, 'STREAMS', 'x', '>');
  assert.deepStrictEqual(got, [['x', [[first, ['n', '1', 'text', 'one']]]]]);
  await redis.xreadgroup('GROUP', 'g', 'bob', 'STREAMS', 'x', '>');
  assert.deepStrictEqual(await redis.xpending('x', 'g'), [2, first, second, [['alice', '1'], ['bob', '1']]]);
  assert.strictEqual((await redis.xclaim('x', 'g', 'bob', 0, first))[0][0], first);
  assert.strictEqual((await redis.xautoclaim('x', 'g', 'alice', 0, '0'))[1].length, 2);
  assert.strictEqual(await redis.xack('x', 'g', first, second), 2);
  assert.strictEqual((await redis.xinfo('CONSUMERS', 'x', 'g')).length, 2);
  assert.strictEqual(await redis.xdel('x', first), 1);
  assert.strictEqual(await redis.xtrim('x', 'MAXLEN', 0), 1);
}

async function bitsSketchesAndPlaces(redis) {
  assert.strictEqual(await redis.setbit('b', 7, 1), 0);
  assert.strictEqual(await redis.bitcount('b'), 1);
  assert.strictEqual(await redis.bitpos('b', 1, 0, -1, 'BIT'), 7);
  assert.strictEqual(await redis.bitop('NOT', 'd', 'b'), 1);
  assert.deepStrictEqual(await redis.bitfield('f', 'SET', 'u8', 0, 200, 'INCRBY', 'u8', 0, 100), [0, 44]);
  assert.strictEqual(await redis.pfadd('p', ...Array.from({ length: 1000 }, (_, i) => i)), 1);
  assert.ok(Math.abs((await redis.pfcount('p')) - 1000) < 30);
  assert.strictEqual(await redis.pfmerge('u', 'p'), 'OK');
  assert.strictEqual(await redis.geoadd('g', 13.361389, 38.115556, 'Palermo', 15.087269, 37.502669, 'Catania'), 2);
  assert.strictEqual(await redis.geodist('g', 'Palermo', 'Catania', 'km'), '166.2742');
  assert.deepStrictEqual(await redis.geosearch('g', 'FROMLONLAT', 15, 37, 'BYRADIUS', 200, 'km', 'ASC'), ['Catania', 'Palermo']);
  await redis.rpush('numbers', 3, 1, 2);
  assert.deepStrictEqual(await redis.sort('numbers', 'LIMIT', 1, 2, 'DESC'), ['2', '1']);
  const payload = await redis.dumpBuffer('numbers');
  assert.strictEqual(await redis.restore('copy', 0, payload), 'OK');
  assert.deepStrictEqual(await redis.lrange('copy', 0, -1), ['3', '1', '2']);
}

async function transactions(redis, other) {
  const replies = await redis.multi().set('k', 1).incr('k').rpush('tl', 'a').lrange('tl', 0, -1).exec();
  assert.deepStrictEqual(replies, [[null, 'OK'], [null, 2], [null, 1], [null, ['a']]]);
  await redis.watch('k');
  await other.set('k', 100);
  assert.strictEqual(await redis.multi().incr('k').exec(), null);
  const [wrong, right] = await redis.multi().lpush('k', 'x').set('after', 1).exec();
  assert.match(wrong[0].message, /WRONGTYPE/);
  assert.deepStrictEqual(right, [null, 'OK']);
}

async function waiting(redis, other) {
  const id = await other.client('ID');
  const blocked = async () => (await redis.client('LIST')).split('\n').some((row) => row.startsWith(`id=${id} `) && / flags=\w*b/.test(row));
  const answer = async (promise, act) => {
    await waitUntil(blocked);
    await act();
    return promise;
  };
  assert.deepStrictEqual(await answer(other.blpop('none', 'wl', 20), () => redis.rpush('wl', 'x')), ['wl', 'x']);
  assert.strictEqual(await answer(other.blmove('wl', 'wm', 'LEFT', 'RIGHT', 20), () => redis.rpush('wl', 'y')), 'y');
  assert.deepStrictEqual(await answer(other.bzpopmin('wz', 20), () => redis.zadd('wz', 2, 'm')), ['wz', 'm', '2']);
  const read = other.xread('BLOCK', 20000, 'STREAMS', 'wx', '$');
  assert.deepStrictEqual(await answer(read, () => redis.xadd('wx', '7-1', 'f', 'v')), [['wx', [['7-1', ['f', 'v']]]]]);
  assert.strictEqual(await other.blpop('none', 0.05), null);
}

async function main() {
  const redis = new Redis({ host, port, tls });
  const other = new Redis({ host, port, tls });
  await redis.flushall();
  for (const check of [lists, sets, hashes, sortedSets, streams, bitsSketchesAndPlaces]) {
    await redis.flushall();
    await check(redis);
  }
  await transactions(redis, other);
  await waiting(redis, other);
  await Promise.all([redis.quit(), other.quit()]);
  console.log('all checks passed');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
