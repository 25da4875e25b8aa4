// Every type of value with node-redis, transactions and commands that wait.
const assert = require('assert');
const { createClient, commandOptions, WatchError } = require('redis');
const { host, port, tls } = require('./settings');
const { waitUntil } = require('./wait');

async function lists(client) {
  assert.strictEqual(await client.rPush('l', ['a', 'b', 'c', 'b']), 4);
  assert.deepStrictEqual(await client.lRange('l', 0, -1), ['a', 'b', 'c', 'b']);
  assert.deepStrictEqual(await client.lPosCount('l', 'b', 0), [1, 3]);
  assert.strictEqual(await client.lMove('l', 'm', 'LEFT', 'RIGHT'), 'a');
  assert.deepStrictEqual(await client.lmPop(['none', 'l'], 'RIGHT', { COUNT: 2 }), ['l', ['b', 'c']]);
  assert.deepStrictEqual(await client.lPopCount('l', 5), ['b']);
  assert.strictEqual(await client.exists('l'), 0);
}

async function sets(client) {
  assert.strictEqual(await client.sAdd('s', ['1', '2', '3', 'x']), 4);
  await client.sAdd('t', ['x', '3', 'y']);
  assert.deepStrictEqual((await client.sInter(['s', 't'])).sort(), ['3', 'x']);
  assert.strictEqual(await client.sInterCard(['s', 't'], 1), 1);
  assert.strictEqual(await client.sUnionStore('u', ['s', 't']), 5);
  assert.deepStrictEqual(await client.smIsMember('s', ['1', '9']), [true, false]);
  assert.strictEqual((await client.sRandMemberCount('u', 3)).length, 3);
  assert.strictEqual((await client.sPop('u', 10)).length, 5);
  await client.sAdd('many', Array.from({ length: 3000 }, (_, i) => `m:${i}`));
  const found = new Set();
  for await (const member of client.sScanIterator('many', { COUNT: 100 })) found.add(member);
  assert.strictEqual(found.size, 3000);
}

async function hashes(client) {
  assert.strictEqual(await client.hSet('h', { f: 1, g: 'two', h: '3.5' }), 3);
  assert.deepStrictEqual({ ...(await client.hGetAll('h')) }, { f: '1', g: 'two', h: '3.5' });
  assert.strictEqual(await client.hIncrBy('h', 'f', 4), 5);
  assert.deepStrictEqual(await client.hmGet('h', ['f', 'none']), ['5', null]);
  assert.strictEqual(Object.keys(await client.hRandFieldCountWithValues('h', 2)).length, 2);
  assert.strictEqual(await client.hDel('h', ['f', 'none']), 1);
}

async function sortedSets(client) {
  const members = [{ score: 1, value: 'a' }, { score: 2.5, value: 'b' }, { score: 3, value: 'c' }];
  assert.strictEqual(await client.zAdd('z', members), 3);
  assert.strictEqual(await client.zAdd('z', { score: 5, value: 'a' }, { GT: true, CH: true }), 1);
  assert.deepStrictEqual(await client.zRangeWithScores('z', 0, -1), [
    { value: 'b', score: 2.5 },
    { value: 'c', score: 3 },
    { value: 'a', score: 5 },
  ]);
  assert.deepStrictEqual(await client.zRange('z', '(2.5', '+inf', { BY: 'SCORE', LIMIT: { offset: 0, count: 1 } }), ['c']);
  assert.deepStrictEqual(await client.zmScore('z', ['a', 'none']), [5, null]);
  await client.zAdd('y', [{ score: 10.5, value: 'a' }, { score: 1, value: 'd' }]);
  assert.deepStrictEqual(await client.zUnion(['z', 'y'], { AGGREGATE: 'MAX' }), ['d', 'b', 'c', 'a']);
  assert.strictEqual(await client.zScore('y', 'a'), 10.5);
  assert.deepStrictEqual(await client.zPopMin('z'), { value: 'b', score: 2.5 });
}

async function streams(client) {
  const first = await client.xAdd('x', '*', { n: '1', text: 'one' });
  const second = await client.xAdd('x', '*', { n: '2' });
  const messages = await client.xRange('x', '-', '+');
  assert.deepStrictEqual(messages.map(({ id }) => id), [first, second]);
  assert.deepStrictEqual({ ...messages[0].message }, { n: '1', text: 'one' });
  assert.strictEqual(await client.xGroupCreate('x', 'g', '0'), 'OK');
  const got = await client.xReadGroup('g', 'alice', { key: 'x', id: '>' }, { COUNT: 1 });
  assert.strictEqual(got[0].messages[0].id, first);
  await client.xReadGroup('g', 'bob', { key: 'x', id: '>' });
  const pending = await client.xPending('x', 'g');
  assert.strictEqual(pending.pending, 2);
  assert.strictEqual(pending.firstId, first);
  assert.strictEqual((await client.xClaim('x', 'g', 'bob', 0, first))[0].id, first);
  assert.strictEqual((await client.xAutoClaim('x', 'g', 'alice', 0, '0')).messages.length, 2);
  assert.strictEqual(await client.xAck('x', 'g', [first, second]), 2);
  assert.strictEqual((await client.xInfoStream('x')).groups, 1);
  assert.strictEqual((await client.xInfoConsumers('x', 'g')).length, 2);
  assert.strictEqual(await client.xDel('x', first), 1);
}

async function bitsSketchesAndPlaces(client) {
  assert.strictEqual(await client.setBit('b', 7, 1), 0);
  assert.strictEqual(await client.bitCount('b'), 1);
  assert.strictEqual(await client.bitPos('b', 1), 7);
  assert.strictEqual(await client.bitOp('NOT', 'd', 'b'), 1);
  const field = await client.bitField('f', [
    { operation: 'SET', encoding: 'u8', offset: 0, value: 200 },
    { operation: 'INCRBY', encoding: 'u8', offset: 0, increment: 100 },
  ]);
  assert.deepStrictEqual(field, [0, 44]);
  await client.pfAdd('p', Array.from({ length: 1000 }, (_, i) => String(i)));
  assert.ok(Math.abs((await client.pfCount('p')) - 1000) < 30);
  await client.pfMerge('u', ['p']);
  const places = [
    { longitude: 13.361389, latitude: 38.115556, member: 'Palermo' },
    { longitude: 15.087269, latitude: 37.502669, member: 'Catania' },
  ];
  assert.strictEqual(await client.geoAdd('g', places), 2);
  assert.ok(Math.abs((await client.geoDist('g', 'Palermo', 'Catania', 'km')) - 166.2742) < 0.001);
  const near = await client.geoSearch('g', { longitude: 15, latitude: 37 }, { radius: 200, unit: 'km' }, { SORT: 'ASC' });
  assert.deepStrictEqual(near, ['Catania', 'Palermo']);
  await client.rPush('numbers', ['3', '1', '2']);
  assert.deepStrictEqual(await client.sort('numbers', { DIRECTION: 'DESC', LIMIT: { offset: 1, count: 2 } }), ['2', '1']);
  const payload = await client.dump(commandOptions({ returnBuffers: true }), 'numbers');
  assert.strictEqual(await client.restore('copy', 0, payload), 'OK');
  assert.deepStrictEqual(await client.lRange('copy', 0, -1), ['3', '1', '2']);
}

async function transactions(client, other) {
  const replies = await client.multi().set('k', '1').incr('k').rPush('tl', 'a').lRange('tl', 0, -1).exec();
  assert.deepStrictEqual(replies, ['OK', 2, 1, ['a']]);
  const alone = client.duplicate();
  await alone.connect();
  await alone.watch('k');
  await other.set('k', '100');
  await assert.rejects(alone.multi().incr('k').exec(), WatchError);
  await alone.quit();
}

async function waiting(client, other) {
  const id = await other.clientId();
  const blocked = async () => (await client.sendCommand(['CLIENT', 'LIST'])).split('\n').some((row) => row.startsWith(`id=${id} `) && / flags=\w*b/.test(row));
  const answer = async (promise, act) => {
    await waitUntil(blocked);
    await act();
    return promise;
  };
  assert.deepStrictEqual({ ...(await answer(other.blPop(['none', 'wl'], 20), () => client.rPush('wl', 'x'))) }, { key: 'wl', element: 'x' });
  assert.strictEqual(await answer(other.blMove('wl', 'wm', 'LEFT', 'RIGHT', 20), () => client.rPush('wl', 'y')), 'y');
  const popped = await answer(other.bzPopMin('wz', 20), () => client.zAdd('wz', { score: 2, value: 'm' }));
  assert.deepStrictEqual({ ...popped }, { key: 'wz', value: 'm', score: 2 });
  const read = await answer(other.xRead({ key: 'wx', id: '$' }, { BLOCK: 20000 }), () => client.xAdd('wx', '7-1', { f: 'v' }));
  assert.strictEqual(read[0].messages[0].id, '7-1');
  assert.strictEqual(await other.blPop('none', 0.05), null);
}

async function main() {
  const client = createClient({ socket: { host, port, ...(tls ? { tls: true, ...tls } : {}) } });
  const other = client.duplicate();
  for (const one of [client, other]) {
    one.on('error', (error) => {
      console.error(error);
      process.exit(1);
    });
    await one.connect();
  }
  for (const check of [lists, sets, hashes, sortedSets, streams, bitsSketchesAndPlaces]) {
    await client.flushAll();
    await check(client);
  }
  await transactions(client, other);
  await waiting(client, other);
  await Promise.all([client.quit(), other.quit()]);
  console.log('all checks passed');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
