/**
 * Answers of instances as the router reads them, beside Node's own client. For every input: it is read without an exception, to
 * the same result however it is torn; what can be passed on can stand in a head; what Node takes the router takes in the same
 * way, or refuses by a rule that is named here; and what Node refuses the router takes only where it was bent in a way that a
 * proxy may put right.
 */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { readAnswer, type AnswerReading } from '../../support/http/answer-reading.ts';
import { nodeAnswer, type NodeAnswer } from '../../support/http/node-answers.ts';
import { fuzzedAnswer, type FuzzedAnswer } from './answer-grammar.ts';
import { chanceOf, type Chance } from '../random.ts';

/** Inputs that Node reads side by side. */
const BATCH = 200;

type Told = Record<'inputs' | 'passed' | 'refused' | 'broken' | 'lenient', number>;

/** Node takes it, and does not do with it what it says; or it is no business of a parser. */
const stricter = [
  // Node drops the length, or the coding, and passes a body that is coded.
  'it has a transfer coding that was not asked for',
  'its length is no number',
  'it has two lengths',
  // Node takes any version, and any three digits.
  'it is no HTTP',
];

export async function checkAnswerFuzz({ runs, seed }: { runs: number; seed: number }): Promise<Told> {
  const told: Told = { inputs: 0, passed: 0, refused: 0, broken: 0, lenient: 0 };
  for (let from = seed; from < seed + runs; from += BATCH) {
    const ids = Array.from({ length: Math.min(BATCH, seed + runs - from) }, (_, at) => from + at);
    await Promise.all(
      ids.map(async (id) => {
        const chance = chanceOf(id);
        const input = fuzzedAnswer(chance);
        const node = await nodeAnswer(Buffer.from(input.text, 'latin1'), input.method);
        const problem = check(input, chance, node, told);
        if (problem !== null)
          throw new Error(`--seed ${id}: ${problem}: ${input.method} ${JSON.stringify(input.text)}`);
      }),
    );
  }
  return told;
}

function check(input: FuzzedAnswer, chance: Chance, node: NodeAnswer, told: Told): string | null {
  const { method, text } = input;
  const ours = readAnswer([text], { method, ends: true });
  for (const pieces of [torn(text, chance), text.length < 200 ? [...text] : torn(text, chance)]) {
    const again = shown(readAnswer(pieces, { method, ends: true }));
    if (again !== shown(ours)) return `torn it is ${again}`;
  }
  told.inputs += 1;
  const refused = ours.told.find((one) => one.startsWith('refused: '))?.slice('refused: '.length);
  const isWhole = ours.told.includes('end');
  if (refused !== undefined) told.refused += 1;
  else if (isWhole) told.passed += 1;
  else told.broken += 1;
  const unfit = isWhole ? unfitIn(ours) : null;
  if (unfit !== null) return unfit;
  if (node.isWhole) {
    if (refused !== undefined) return stricter.includes(refused) ? null : `refused: ${refused}`;
    return differenceOf(ours, node);
  }
  // Behind the answer nothing is read: its connection ends.
  if (!isWhole || ours.rest !== '') return null;
  told.lenient += 1;
  return input.isLenient ? null : `Node refuses it, ${node.error ?? 'it is not whole'}`;
}

/** Behind what is refused nothing is looked at. */
const shown = (reading: AnswerReading): string =>
  JSON.stringify({
    ...reading,
    rest: reading.told.at(-1)?.startsWith('refused') === true ? '' : reading.rest,
  });

function differenceOf(ours: AnswerReading, node: NodeAnswer): string | null {
  const head = ours.told.find((one) => one.startsWith('head '));
  // What cannot stand in a head is a blank for us.
  const reason = node.reason.replace(/[^\t\x20-\x7e\x80-\xff]/g, ' ');
  if (head !== `head ${node.status} ${reason}`) return `Node finds ${node.status} ${node.reason}`;
  if (JSON.stringify(ours.headers) !== JSON.stringify(node.headers))
    return `Node finds ${JSON.stringify(node.headers)}, we ${JSON.stringify(ours.headers)}`;
  if (ours.body !== node.body) return `Node finds the body ${JSON.stringify(node.body)}`;
  const interim = ours.told
    .filter((one) => one.startsWith('interim '))
    .map((one) => Number(one.split(' ')[1]));
  if (interim.join() !== node.interim.join()) return `Node finds ${node.interim.join()} before it`;
  const trailers = JSON.stringify(ours.trailers ?? []);
  return trailers === JSON.stringify(node.trailers)
    ? null
    : `Node finds trailers ${JSON.stringify(node.trailers)}`;
}

function unfitIn({ headers }: AnswerReading): string | null {
  for (let i = 0; i < headers.length; i += 2) {
    try {
      validateHeaderName(headers[i] ?? '');
      validateHeaderValue(headers[i] ?? '', headers[i + 1] ?? '');
    } catch (error) {
      return `unfit for a head: ${String(error)}`;
    }
  }
  return null;
}

function torn(text: string, chance: Chance): string[] {
  const cuts = [0, text.length, ...Array.from({ length: 4 }, () => chance.int(0, text.length))];
  const places = [...new Set(cuts)].sort((a, b) => a - b);
  return places.slice(1).map((to, at) => text.slice(places[at], to));
}
