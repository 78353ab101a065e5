/** A step with one parameter of each kind, and what a line of words becomes. */
import { isCanopyError } from '../../src/errors.ts';
import { defineStep, type Step } from '../../src/step/declare/define.ts';
import { parse } from '../../src/step/arguments/parse.ts';

export const step = defineStep({
  name: 'canary',
  summary: 'a step with one parameter of each kind',
  params: {
    action: {
      type: 'choice',
      describe: 'what',
      required: true,
      positional: 0,
      values: ['weight', 'abort', 'status'],
    },
    weight: {
      type: 'percent',
      describe: 'a share',
      positional: 1,
      placeholder: 'PERCENT',
      actions: ['weight'],
    },
    reason: { type: 'string', describe: 'why', actions: ['abort'] },
    to: { type: 'string', describe: 'where to' },
    resume: { type: 'string', describe: 'go on', bare: 'last' },
    only: { type: 'list', describe: 'some' },
    limit: { type: 'integer', describe: 'a number' },
    for: { type: 'duration', describe: 'a time' },
    probe: { type: 'boolean', describe: 'a switch', default: true },
    noise: { type: 'boolean', describe: 'a switch whose name begins with no' },
  },
  secrets: [],
  uses: [],
  examples: [],
  run: async () => ({ outcome: 'done' }),
});

export type Ended = Readonly<Record<string, unknown>> | 'help' | 'version' | readonly string[];

/** The values, the page that is shown, or what is wrong. */
export function read(words: readonly string[], json = {}, of: Pick<Step, 'name' | 'params'> = step): Ended {
  try {
    const { values, help, version } = parse(of, words, json);
    return version ? 'version' : help ? 'help' : values;
  } catch (error) {
    if (isCanopyError(error) && error.exit === 2) return error.problems.map(({ message }) => message);
    throw error;
  }
}
