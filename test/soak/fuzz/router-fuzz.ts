/**
 * What hostile clients send, through a real router to an instance that logs what it saw. For every input: the instance
 * sees well-formed requests only; each of them is one that a parser of our own, written from the RFC, finds in what some
 * client has sent, with the same method, target and body, and at most once; what was not bent passes as a whole; and
 * another client, whose requests go by the same connections to the instance, always gets its own answer.
 */
import { connect } from 'node:net';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { readPlain } from '../../../src/router/plain/read.ts';
import { openClient, type Client } from '../../support/http/client.ts';
import { startRouter } from '../../support/router/router.ts';
import { startStrict } from '../../support/http/strict-backend.ts';
import { StrictParser, type StrictMessage } from '../../support/http/strict-http.ts';
import { chanceOf } from '../random.ts';
import { hostile, type Pace } from './router-grammar.ts';

/** Without a byte for so long the router waits for more of a request. */
const QUIET_MS = 25;
/** What was not bent is always answered, and then the router closes. */
const PATIENT_MS = 10_000;
/** Requests of so many cases back may still arrive. */
const BACK = 50;

/** `handedOn`: the router can read the first part itself, and has to hand the next one to Node's parser. */
type Told = Record<'inputs' | 'passed' | 'refused' | 'handedOn', number>;

export async function checkRouterFuzz({ runs, seed }: { runs: number; seed: number }): Promise<Told> {
  const backend = await startStrict('web-1');
  const router = await startRouter({ stable: [backend] });
  const told: Told = { inputs: 0, passed: 0, refused: 0, handedOn: 0 };
  const due: Map<string, number>[] = [];
  let victim = await openClient(router.proxy.port);
  try {
    // The number of a case is its seed: told alone it sends the same bytes.
    for (let id = seed; id < seed + runs; id += 1) {
      const broken = await one(id).catch((error: unknown) => error);
      if (broken !== undefined) throw new Error(`--seed ${id}: ${String(broken)}`);
    }
    return told;
  } finally {
    victim.socket.destroy();
    await router.stop();
    await backend.stop();
  }

  async function one(id: number): Promise<void> {
    const { parts, pace, isFair } = hostile(chanceOf(id), id);
    const bytes = Buffer.concat(parts);
    const sent = bytes.toString('latin1');
    const fair = fairly(bytes);
    due.push(new Map(fair.map((message) => [keyOf(message), 1])));
    if (due.length > BACK) due.shift();
    const before = backend.messages.length;
    const other = ask(victim, id);
    const back = await send(router.proxy.port, parts, pace, isFair ? PATIENT_MS : QUIET_MS);
    victim = await other;
    told.inputs += 1;
    if (pace !== 'none' && isPlain(parts[0]) && !isPlain(parts[1])) told.handedOn += 1;
    const statuses = [...back.matchAll(/HTTP\/1\.1 ([245]\d\d) /g)].map((match) => match[1]);
    if (statuses.some((status) => status !== '200')) told.refused += 1;
    for (const [theirs, whose] of back.matchAll(/\/c(\d+)[mh]/g))
      // In a body that came in chunks it may be cut.
      if (Number(whose) !== id && ![sent, ...fair.map(keyOf)].some((text) => text.includes(theirs)))
        throw new Error(`got an answer for ${theirs}: ${JSON.stringify(back)}`);
    if (/\/v\d/.test(back)) throw new Error(`got somebody else's answer: ${JSON.stringify(back)}`);
    if (backend.violations.length > 0) throw new Error(`the instance saw ${backend.violations.join(', ')}`);
    for (const message of backend.messages.splice(before)) check(message);
    backend.messages.length = 0;
    const missed = isFair ? [...(due.at(-1)?.entries() ?? [])].filter(([, count]) => count > 0) : [];
    if (missed.length > 0)
      throw new Error(`did not pass: ${JSON.stringify(missed)}, answered ${JSON.stringify(back)}`);
  }

  function check(message: StrictMessage): void {
    const from = message.headers.filter(([name]) => name === 'x-forwarded-for').map(([, value]) => value);
    if (from.join() !== '127.0.0.1') throw new Error(`forwarded for ${from.join()}`);
    const forged = message.headers.find(
      ([name, value]) => forwarding.test(name) && value.includes('6.6.6.6'),
    );
    if (forged !== undefined) throw new Error(`a forged address: ${forged.join(': ')}`);
    if (/^\/v\d/.test(message.target)) {
      if (message.body.length > 0)
        throw new Error(`${message.target} has a body: ${message.body.toString()}`);
      return;
    }
    const key = keyOf(message);
    const whose = due.find((all) => (all.get(key) ?? 0) > 0);
    if (whose === undefined) throw new Error(`nobody has sent ${JSON.stringify(key)}`);
    whose.set(key, 0);
    told.passed += 1;
  }

  /** Another client's request on a connection that it keeps. */
  async function ask(client: Client, id: number): Promise<Client> {
    const at = client.text().length;
    client.send(`GET /v${id} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const signal = AbortSignal.timeout(PATIENT_MS);
    while (client.text().length === at || !client.text().endsWith(' '))
      await once(client.socket, 'data', { signal });
    const got = client.text().slice(at).split('\r\n\r\n')[1];
    if (got !== `GET /v${id} `) throw new Error(`somebody else got ${JSON.stringify(got)}`);
    if (id % 500 < 499) return client;
    client.socket.destroy();
    return openClient(router.proxy.port);
  }
}

/** Names by which instances learn a client's address; many take an underscore for a dash. */
const forwarding = /^(x[-_](forwarded([-_].*)?|real[-_]ip|original[-_]for)|forwarded)$/;

const keyOf = ({ method, target, body }: StrictMessage): string =>
  `${method} ${target} ${body.toString('latin1')}`;

/** The requests of a connection, up to what can be read in more than one way. */
function fairly(bytes: Buffer): StrictMessage[] {
  const parser = new StrictParser('fair');
  const found: StrictMessage[] = [];
  try {
    // Byte by byte would be as good: what comes before a violation is found either way.
    parser.push(bytes, (message) => found.push(message));
  } catch {
    return found;
  }
  return found;
}

const isPlain = (part: Buffer | undefined): boolean =>
  part !== undefined && readPlain(part.toString('latin1')) !== null;

/** Everything that comes back until the router closes, or waits for more. */
async function send(port: number, parts: readonly Buffer[], pace: Pace, quietMs: number): Promise<string> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  let back = '';
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('data', (chunk) => (back += chunk.toString('latin1')));
  socket.on('error', () => socket.destroy());
  socket.setTimeout(quietMs, () => socket.destroy());
  for (const [at, part] of parts.entries()) {
    if (socket.destroyed) break;
    await new Promise((resolve) => socket.write(part, resolve));
    if (pace === 'answer' && at === 0 && back === '')
      await Promise.race([once(socket, 'data').catch(() => undefined), closed]);
    // Between two turns the router, which runs in this process, reads what has come.
    else if (pace !== 'none') await turn().then(() => turn());
  }
  await closed;
  return back;
}
