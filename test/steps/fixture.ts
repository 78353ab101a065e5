/** A step for the tests of the kit: it does what its first word says. Run as a program of its own. */
import { rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../../src/errors.ts';
import { defineStep, type StepOutcome } from '../../src/step/declare/define.ts';
import { main } from '../../src/step/main.ts';

const outcomes = [
  'done',
  'unchanged',
  'pass',
  'mixed',
  'failed',
  'fail',
  'inconclusive',
  'reverted',
  'frozen',
];
const circle: Record<string, unknown> = { name: 'circle' };
circle['again'] = circle;

const step = defineStep({
  name: 'fixture',
  summary: 'does what a test wants',
  params: {
    does: { type: 'string', describe: 'what', required: true, positional: 0 },
    text: { type: 'string', describe: 'a text' },
    why: { type: 'string', describe: 'a free text', free: true },
    mark: { type: 'string', describe: 'a file that says that it runs' },
  },
  secrets: ['CANOPY_TOKEN'],
  uses: [],
  examples: [{ command: 'fixture done', says: 'is done' }],
  run: async ({ params, log, signal, actor }) => {
    const { does } = params;
    const [text, why] = [params.text ?? '', params.why ?? ''];
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    const alive = setInterval(() => undefined, 1000);
    switch (does) {
      case 'unmake':
        rmSync(params.mark ?? '', { recursive: true });
        return { outcome: 'done', data: { text }, text: 'is done' };
      case 'mark':
        writeFileSync(params.mark ?? '', '');
        return { outcome: 'done' };
      case 'echo':
        return { outcome: 'done', data: { text, why, actor }, text: 'echoed' };
      case 'leak': {
        for (const line of [text, `a\n${text}\nb`]) log.info(line, text);
        log.warn(text, text);
        log.progress(text, text, 0.5);
        const data = { [text]: [text, { deep: text }], number: Number(text), circle, big: 12n };
        return { outcome: 'mixed', reasons: [text], data, text: `at last ${text}` };
      }
      case 'throw': {
        const inner = new Error(`inner ${text}`);
        throw new Error(`outer ${text}`, { cause: inner });
      }
      case 'throw-text':
        throw text;
      case 'error':
        throw fail('ssh-refused', { host: text } as never);
      case 'uncaught':
        setTimeout(() => {
          throw new Error(`nobody catches ${text}`);
        }, 10);
        await aborted;
        return { outcome: 'aborted', reasons: ['safe'], data: { safe: true } };
      case 'rejected':
        void Promise.reject(new Error(`nobody awaits ${text}`));
        await aborted;
        return { outcome: 'aborted' };
      case 'never':
        clearInterval(alive);
        return new Promise(() => undefined);
      case 'deaf':
        log.info('deaf work');
        return new Promise(() => undefined);
      case 'stop':
        log.info('working on web-1');
        await aborted;
        await sleep(300);
        return { outcome: 'aborted', reasons: ['1 of 3 instances'] };
      case 'flood':
        log.info('x'.repeat(1_000_000));
        if (params.mark !== null) writeFileSync(params.mark, '');
        await aborted;
        return { outcome: 'aborted' };
      case 'chatty':
        for (let at = 0; at < 50; at += 1) {
          log.info(`line ${at}`);
          await sleep(10);
        }
        return { outcome: 'done' };
      default:
        if (!outcomes.includes(does)) throw new TypeError(`no outcome ${does}`);
        return { outcome: does as StepOutcome, reasons: [`because ${does}`] };
    }
  },
});

await main(step, process.argv.slice(2), { stopWithinMs: Number(process.env['STOP_WITHIN'] ?? 60_000) });
