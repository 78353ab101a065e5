/**
 * What the router reads itself, beside Node's parser. For every input: `readPlain` leaves it to Node, or Node finds in
 * the same bytes exactly one request, complete with their last byte and not before, with the same method, target and
 * headers, without a body, on a connection that goes on; and what comes behind it is a request of its own.
 */
import { buildHardening } from '../../../src/config/sections/traffic/limits.ts';
import { Admission } from '../../../src/router/proxy/admission.ts';
import type { Fleet } from '../../../src/router/fleet/fleet.ts';
import { readPlain, type PlainHead } from '../../../src/router/plain/read.ts';
import { NodeReader, type Found, type Reading } from '../../support/http/node-reading.ts';
import { nearPlain } from './plain-grammar.ts';
import { chanceOf, type Chance } from '../random.ts';
import { hostile } from './router-grammar.ts';

/** The router reads no longer head itself; here Node takes none either that is longer. */
const LONGEST = 8 * 1024;
/** Inputs that Node reads side by side. */
const BATCH = 250;
const behind = { url: '/behind', rawHeaders: ['Host', 'behind'] };
const BEHIND = Buffer.from(`GET ${behind.url} HTTP/1.1\r\n${behind.rawHeaders.join(': ')}\r\n\r\n`);

interface Input {
  readonly seed: number;
  readonly text: string;
  readonly plain: PlainHead | null;
}

/** `nodeAlone`: Node finds one usual request where `readPlain` left it to Node; slower, and no fault. */
type Told = Record<'inputs' | 'read' | 'declined' | 'nodeAlone', number>;

/** Throws at the first input on which the two do not agree, and when too few are read for that to say much. */
export async function checkPlainFuzz({ runs, seed }: { runs: number; seed: number }): Promise<Told> {
  const node = new NodeReader(routerOptions());
  const told: Told = { inputs: 0, read: 0, declined: 0, nodeAlone: 0 };
  for (let from = seed; from < seed + runs; from += BATCH) {
    const inputs = Array.from({ length: Math.min(BATCH, seed + runs - from) }, (_, at) => inputOf(from + at));
    const readings = await node.read(inputs.map(({ text }) => partsOf(text)));
    readings.forEach((reading, at) => {
      const input = inputs[at] as Input;
      const problem = differenceOf(input.plain, reading);
      told.inputs += 1;
      if (input.plain === null) {
        told.declined += 1;
        if (problem === null) told.nodeAlone += 1;
        return;
      }
      told.read += 1;
      if (problem !== null)
        throw new Error(`--seed ${input.seed}: ${problem}: ${JSON.stringify(input.text)}`);
    });
  }
  const share = told.read / told.inputs;
  if (runs >= 1000 && (share < 0.2 || share > 0.7)) throw new Error(`${told.read} of ${runs} were read`);
  return told;
}

/** The number of an input is its seed: told alone it is the same text. */
function inputOf(seed: number): Input {
  const chance = chanceOf(seed);
  const text = chance.hit(0.85) ? nearPlain(chance) : partOf(hostile(chance, seed).parts, chance);
  return { seed, text, plain: text.length > LONGEST ? null : readPlain(text) };
}

function partOf(parts: readonly Buffer[], chance: Chance): string {
  const whole = Buffer.concat(parts);
  return (chance.hit(0.3) ? whole : chance.pick(parts as [Buffer])).toString('latin1');
}

/** Its last byte comes alone, so that it shows whether the request is complete with it. */
function partsOf(text: string): Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  return [bytes.subarray(0, -1), bytes.subarray(-1), BEHIND];
}

/** How Node's reading differs from that; null: it does not. Null for `plain`: from any plain request. */
function differenceOf(plain: PlainHead | null, { found, error }: Reading): string | null {
  const [first, second, ...more] = found;
  if (error !== null) return `Node refuses it, ${error}`;
  if (first === undefined || second === undefined || more.length > 0) return `Node finds ${found.length - 1}`;
  if (first.part !== 1) return `Node finds its end in part ${first.part}`;
  return (
    usualIn(first) ??
    usualIn(second) ??
    (plain === null ? null : headsDiffer(plain, first)) ??
    headsDiffer({ ...behind, method: 'GET', host: 'behind' }, second)
  );
}

function usualIn({ kind, request, isKept }: Found): string | null {
  const { httpVersion, complete, readableLength, headers } = request;
  if (kind !== 'request') return `Node takes it as ${kind}`;
  if (httpVersion !== '1.1') return `Node finds version ${httpVersion}`;
  if (!complete || readableLength > 0) return 'Node finds a body';
  if (!isKept) return 'Node closes the connection';
  const odd = (['expect', 'te', 'content-length'] as const).find((name) => headers[name] !== undefined);
  return odd === undefined ? null : `Node finds ${odd}`;
}

function headsDiffer(plain: PlainHead, { request }: Found): string | null {
  const ours = [plain.method, plain.url, plain.host, ...plain.rawHeaders];
  const theirs = [request.method, request.url, request.headers.host, ...request.rawHeaders];
  const isSame = ours.length === theirs.length && ours.every((text, at) => text === theirs[at]);
  return isSame ? null : `Node reads ${JSON.stringify(theirs)}`;
}

function routerOptions(): Admission['options'] {
  // Nothing but the limits decides about them.
  const front = new Admission({} as Fleet, buildHardening({ limits: { header: LONGEST } }, '/'), null);
  front.watch.end();
  return front.options;
}
