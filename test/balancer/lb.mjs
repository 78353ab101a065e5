// What a user may have written for traffic.balancer.commands: drain, ready, weight STABLE CANARY, check.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const { LB_SOCKET, CANOPY_INSTANCE, CANOPY_TIMEOUT, CANOPY_WEIGHT } = process.env;
const [verb, stable = '', canary = ''] = process.argv.slice(2);

const tell = (line) =>
  new Promise((resolve, reject) => {
    const socket = connect(LB_SOCKET, () => socket.write(`${line}\n`));
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    socket.once('error', reject);
    socket.once('end', () => resolve(text.trim()));
  });

const server = async (name) => {
  const [head, ...rows] = (await tell('show stat shop 4 -1')).split('\n');
  const names = head.slice(2).split(',');
  const row = rows.map((text) => text.split(',')).find((cells) => cells[1] === name);
  if (row === undefined) throw new Error(`no such server: ${name}`);
  return Object.fromEntries(row.map((cell, at) => [names[at], cell]));
};

const until = async (done) => {
  const end = Date.now() + Number(CANOPY_TIMEOUT) * 1000 - 1500;
  for (;;) {
    const found = await server(CANOPY_INSTANCE);
    if (done(found)) return null;
    if (Date.now() > end) return found;
    await sleep(20);
  }
};

if (verb === 'check') await tell('show info');
else if (verb === 'drain') {
  await server(CANOPY_INSTANCE);
  await tell(`set server shop/${CANOPY_INSTANCE} state maint`);
  const left = await until(({ scur }) => scur === '0');
  if (left !== null) {
    console.log(left.scur);
    process.exitCode = 75;
  }
} else if (verb === 'ready') {
  await server(CANOPY_INSTANCE);
  await tell(`set server shop/${CANOPY_INSTANCE} state ready;set server shop/${CANOPY_INSTANCE} health down`);
  const left = await until(({ status }) => status === 'UP');
  if (left !== null) throw new Error(`${CANOPY_INSTANCE} is ${left.status}`);
} else if (verb === 'weight') {
  const share = Number(CANOPY_WEIGHT);
  const names = stable.split(' ');
  const lines = names.map(
    (name) => `set server shop/${name} weight ${Math.round((100 - share) / names.length) || 1}`,
  );
  const state = share === 0 ? 'maint' : 'ready';
  await tell(
    [
      ...lines,
      `set server shop/${canary} weight ${Math.round(share)}`,
      `set server shop/${canary} state ${state}`,
    ].join(';'),
  );
}
