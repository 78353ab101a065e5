import { wrap } from '../../shared/text/fit.ts';
import { exitCodes, type Step } from '../declare/define.ts';
import type { Param, Params } from '../declare/params.ts';
import { commonParams } from './parse.ts';
import { kebab, shown } from './words.ts';

/** The text of `--help`, `width` characters wide. */
export function helpText(step: Step, width: number): string {
  const section = sectionOf(width);
  const own = Object.entries(step.params);
  const words = own.filter(([, param]) => param.positional !== undefined).sort(byPlace);
  const options = own.filter(([, param]) => param.positional === undefined);
  const usage = ['canopy', step.name, ...words.map(([name, param]) => word(name, param)), '[options]'].join(
    ' ',
  );
  return [
    wrap(usage, width).join('\n'),
    wrap(sentence(step.summary), width).join('\n'),
    ...(step.description ? [paragraphs(step.description, width)] : []),
    ...(words.length > 0 ? [section('Words', words.map(row))] : []),
    ...(options.length > 0 ? [section('Options', options.map(row))] : []),
    section('Every step', [
      ...Object.entries(commonParams as Params).map(row),
      ['--help', 'this page'],
      ['--version', 'the version'],
    ]),
    ...(step.secrets.length > 0
      ? [wrap(`Secrets, by environment: ${step.secrets.join(', ')}`, width).join('\n')]
      : []),
    section(
      'Examples',
      step.examples.map(({ command, says }) => [command, says]),
    ),
    section('Exit codes', exitCodes),
    wrap(`Docs: ${['steps', ...(step.docs ?? [])].map((name) => `docs/${name}.md`).join(', ')}`, width).join(
      '\n',
    ),
  ].join('\n\n');
}

/** One option or word with its explanation, as in the help and the documentation. */
function row([name, param]: readonly [string, Param]): [string, string] {
  const notes = [
    ...(param.values ? [param.values.join(' | ')] : []),
    ...(param.actions ? [`for ${param.actions.join(', ')}`] : []),
    ...(param.required ? ['needed'] : []),
    ...(param.default === undefined || param.type === 'boolean' ? [] : [`default ${param.default}`]),
  ];
  return [
    written(name, param),
    notes.length > 0 ? `${param.describe} (${notes.join('; ')})` : param.describe,
  ];
}

function written(name: string, param: Param): string {
  if (param.positional !== undefined) return shown(name, param);
  if (param.type === 'boolean') return `--${param.default === true ? 'no-' : ''}${kebab(name)}`;
  return `--${kebab(name)} ${param.bare === undefined ? valueOf(param) : `[${valueOf(param)}]`}`;
}

const word = (name: string, param: Param): string => {
  const shown = param.placeholder ?? name.toUpperCase();
  return param.required ? shown : `[${shown}]`;
};

const byPlace = ([, a]: readonly [string, Param], [, b]: readonly [string, Param]): number =>
  (a.positional ?? 0) - (b.positional ?? 0);

const valueOf = (param: Param): string => param.placeholder ?? typeName(param);

const typeName = (param: Param): string =>
  ({
    integer: 'N',
    percent: 'N%',
    duration: 'TIME',
    list: 'A,B',
    choice: 'WORD',
    string: 'TEXT',
    boolean: '',
  })[param.type];

/** Lines of a declaration: one that ends with a full stop ends there, any other goes on. */
const paragraphs = (text: string, width: number): string =>
  text
    .trim()
    .split(/\n\n+/)
    .map((part) =>
      part
        .replace(/([^.\n])\n/g, '$1 ')
        .split('\n')
        .flatMap((line) => wrap(line, width))
        .join('\n'),
    )
    .join('\n\n');

/** A title with its rows: what is said of each stands beside it, or below where it is long or the terminal narrow. */
export const sectionOf =
  (width: number) =>
  (title: string, rows: readonly (readonly [string, string])[]): string => {
    const most = Math.min(34, Math.floor(width / 2) - 4);
    const lengths = rows.map(([name]) => name.length);
    const isLong = lengths.filter((length) => length > most).length > rows.length / 2;
    const left = isLong ? 2 : Math.min(most, Math.max(...lengths));
    const room = width - left - 4;
    const lines = rows.flatMap(([name, text]) => {
      const [first = '', ...more] = wrap(text, room);
      const fits = name.length <= left;
      const below = (line: string): string => `  ${' '.repeat(left)}  ${line}`;
      return [
        ...(fits ? [`  ${name.padEnd(left)}  ${first}`.trimEnd()] : [`  ${name}`, below(first)]),
        ...more.map(below),
      ];
    });
    return [`${title}:`, ...lines].join('\n');
  };

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
