/** What a rule is about, and what it would do with samples: offline, by the reducers of the watch. Pure. */
import type { Config } from '../config/types.ts';
import { fail } from '../errors.ts';
import { replay, rulesOf, type ReplaySample, type RuleTurn, type WatchedRule } from '../rules/index.ts';
import { columns } from '../shared/text/columns.ts';
import { few } from '../shared/text/few.ts';
import { suggest } from '../shared/text/suggest.ts';
import type { Explained } from './answer.ts';
import { parseCases, parseSamples, type RuleCase } from './samples.ts';
import { writeDuration } from './written/written-units.ts';

interface RuleAsked {
  readonly name: string | null;
  /** What stands in these files. */
  readonly samples: { readonly file: string; readonly text: string } | null;
  readonly cases: { readonly file: string; readonly text: string } | null;
}

/** Throws `samples-file` and `usage`; `ok`: every case holds. */
export function explainRule(config: Config, asked: RuleAsked): Explained & { readonly ok: boolean } {
  const all = rulesOf(config);
  const chosen = asked.name === null ? all : [ruleNamed(asked.name, all)];
  const everyMs = config.watch?.everyMs ?? 15_000;
  const samples = asked.samples === null ? null : parseSamples(asked.samples.file, asked.samples.text);
  const shown = chosen.map((one) => ruleShown(one, samples, everyMs));
  const cases = asked.cases === null ? [] : parseCases(asked.cases.file, asked.cases.text);
  const tried = cases.map((one) => tryCase(one, ruleNamed(one.rule, all), everyMs));
  const failed = tried.filter(({ reasons }) => reasons.length > 0);
  const lines = [
    ...(cases.length > 0 && asked.name === null && samples === null ? [] : shown.map(({ text }) => text)),
    ...(tried.length === 0 ? [] : [caseLines(tried)]),
  ];
  return {
    ok: failed.length === 0,
    data: { rules: shown.map(({ data }) => data), cases: tried },
    text: lines.join('\n\n'),
  };
}

function ruleNamed(name: string, all: readonly WatchedRule[]): WatchedRule {
  const found = all.find(({ rule }) => rule.name === name);
  if (found !== undefined) return found;
  const names = all.map(({ rule }) => rule.name);
  const reason = `there is no rule ${name}${suggest(name, names)}; there are ${names.join(', ')}`;
  throw fail('usage', { reason, step: 'explain' });
}

function ruleShown({ config, rule }: WatchedRule, samples: readonly ReplaySample[] | null, everyMs: number) {
  const turns =
    samples === null
      ? null
      : replay(rule, samples, everyMs, endOf(samples, rule.forMs, rule.recoverMs, everyMs));
  const head = [
    `${rule.name}: ${config.severity}, holds after ${writeDuration(rule.forMs)}, is over after ${writeDuration(rule.recoverMs)}`,
    `  of ${rule.targets.length} ${rule.targets.length === 1 ? 'target' : 'targets'}: ${few(rule.targets) || 'nothing has all of its metrics'}`,
  ];
  return {
    data: { name: rule.name, severity: config.severity, targets: rule.targets, turns },
    text: [...head, ...(turns === null ? [] : turnLines(turns))].join('\n'),
  };
}

const turnLines = (turns: readonly RuleTurn[]): string[] =>
  turns.length === 0
    ? ['  with these samples it never holds']
    : columns(
        turns.map(({ at, target, holds }) => [writeDuration(at), target, holds ? 'holds' : 'is over']),
        '  ',
      );

/** Long enough for what the last sample begins. */
const endOf = (samples: readonly ReplaySample[], forMs: number, recoverMs: number, everyMs: number): number =>
  Math.max(0, ...samples.map(({ at }) => at)) + Math.max(forMs, recoverMs) + 3 * everyMs;

interface TriedCase {
  readonly name: string;
  readonly rule: string;
  /** None: it holds. */
  readonly reasons: readonly string[];
}

function tryCase(one: RuleCase, { rule }: WatchedRule, everyMs: number): TriedCase {
  const every = one.everyMs ?? everyMs;
  const last = Math.max(0, ...one.holds.map(({ at }) => at), ...one.samples.map(({ at }) => at));
  const turns = replay(rule, one.samples, every, one.untilMs ?? last);
  const reasons = one.holds.flatMap(({ at, of }) => {
    const is = heldAt(turns, at);
    const wanted = [...of].sort();
    if (is.join() === wanted.join()) return [];
    return [
      `at ${writeDuration(at)} it holds for ${is.join(', ') || 'nothing'}, not for ${wanted.join(', ') || 'nothing'}`,
    ];
  });
  const unknown = one.samples.find(({ target }) => !rule.targets.includes(target));
  return {
    name: one.name,
    rule: one.rule,
    reasons: unknown === undefined ? reasons : [...reasons, `the rule is not about ${unknown.target}`],
  };
}

function heldAt(turns: readonly RuleTurn[], now: number): string[] {
  const held = new Set<string>();
  for (const { at, target, holds } of turns) {
    if (at > now) break;
    if (holds) held.add(target);
    else held.delete(target);
  }
  return [...held].sort();
}

const caseLines = (tried: readonly TriedCase[]): string =>
  [
    ...tried.flatMap(({ name, rule, reasons }) => [
      `${reasons.length === 0 ? 'ok  ' : 'FAIL'}  ${rule}: ${name}`,
      ...reasons.map((reason) => `        ${reason}`),
    ]),
    `${tried.filter(({ reasons }) => reasons.length === 0).length} of ${tried.length} cases hold`,
  ].join('\n');
