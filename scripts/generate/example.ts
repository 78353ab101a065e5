import { parseArgs } from 'node:util';
import type { Step } from '../../src/step/define.ts';
import type { Params } from '../../src/step/params.ts';
import { commonParams, kebab } from '../../src/step/parse.ts';
import { variableOf } from './variable.ts';

/** A command line as the Groovy call that does the same: `canopy flag set checkout on` -> `canopyFlag(action: 'set', …)`. */
export function groovyCall(step: Step, command: string): string {
  const all: Params = { ...commonParams, ...step.params };
  const names = new Map(Object.keys(all).map((name) => [kebab(name), name]));
  const places = Object.entries(step.params)
    .filter(([, param]) => param.positional !== undefined)
    .sort(([, a], [, b]) => (a.positional ?? 0) - (b.positional ?? 0))
    .map(([name]) => name);
  const options = Object.fromEntries(
    [...names].map(([option, name]) => [
      option,
      { type: all[name]?.type === 'boolean' ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { tokens } = parseArgs({
    args: wordsOf(command).slice(2),
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') {
      const name = places.shift();
      if (name === undefined) throw new Error(`too many words in the example: ${command}`);
      given.push(`${name}: ${literal(all, name, token.value)}`);
    } else if (token.kind === 'option') {
      const no = token.name.startsWith('no-') && !names.has(token.name);
      const name = names.get(no ? token.name.slice(3) : token.name);
      if (name === undefined) throw new Error(`no such option in the example: ${command}`);
      given.push(`${name}: ${token.value === undefined ? String(!no) : literal(all, name, token.value)}`);
    }
  }
  return `${variableOf(step.name)}(${given.join(', ')})`;
}

function literal(all: Params, name: string, value: string): string {
  const type = all[name]?.type;
  if (type === 'list') return `[${value.split(',').map(quoted).join(', ')}]`;
  const number = /^\d+(\.\d+)?$/.test(value) && (type === 'integer' || type === 'percent');
  return number ? value : quoted(value);
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** Words of a shell line with plain quotes. */
export const wordsOf = (line: string): string[] =>
  [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  );
