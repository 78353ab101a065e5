/** What `watch` must not say. */
import type { Problem } from '../../errors/common.ts';
import { isLoopback } from '../../shared/url/loopback.ts';
import { parseUrl } from '../../shared/url/parse-url.ts';
import { suggest } from '../../shared/text/suggest.ts';
import { rule } from '../fields/rule.ts';
import { limitRules, serverRules } from '../fields/asked-server.ts';
import type { Config } from '../sections/config.ts';
import { metricUnits, type MetricCondition } from '../sections/watch/conditions.ts';
import type { WatchRule } from '../sections/watch/rules.ts';
import { armNames, defaultNames, isMeant, subjectsOf, type WatchSubject } from './subjects.ts';
import type { TargetProbe, WatchTarget } from '../sections/watch/targets.ts';
import type { WatchConfig } from '../sections/watch/watch.ts';
import { sshRule, storeRule } from './addresses.ts';

/** `policies`: those of the escalation; null: nobody knows them. */
export function watchRules(config: Config, policies: readonly string[] | null): Problem[] {
  const { watch } = config;
  if (watch === null) return [];
  const subjects = subjectsOf(config);
  return [
    ...tokenRules(watch),
    ...timeRules(watch),
    ...targetRules(watch, config),
    ...needRules(watch, subjects),
    ...watch.uplink.flatMap((target, index) => probeRules(target, `watch.uplink[${index}]`)),
    ...watch.rules.flatMap((one, index) => {
      const at = `watch.rules[${index}]`;
      const isTwice = watch.rules.findIndex(({ name }) => name === one.name) < index;
      return [
        ...(isTwice ? [twice(`${at}.name`, one.name, 'rule')] : []),
        ...ruleRules(one, at, subjects),
        ...notifyRules(one, at, policies),
        ...reactionRules(one, at, config),
      ];
    }),
  ];
}

const twice = (path: string, name: string, what: string): Problem =>
  rule(path, `the name ${name} stands twice`, `give each ${what} a name of its own`);

/** Who may read is open to all without a token: then from this machine alone. */
function tokenRules({ listen, url, tokens }: WatchConfig): Problem[] {
  const host = (parseUrl(url ?? '')?.hostname ?? '').replace(/^\[|\]$/g, '');
  const open = !isLoopback(listen.host)
    ? 'watch.listen'
    : url !== null && !isLoopback(host)
      ? 'watch.url'
      : null;
  const lacking = (['viewer', 'flags'] as const).filter((name) => open !== null && tokens[name] === null);
  const all = Object.entries(tokens).map(([name, token]) => ({ name, text: token?.reveal() ?? null }));
  return [
    ...lacking.map((name) =>
      rule(
        `watch.tokens.${name}`,
        `is not there, and ${open} is open beyond this machine`,
        'set it, or listen on 127.0.0.1 without a url',
      ),
    ),
    ...all.flatMap(({ name, text }, index) => {
      const same = all.slice(0, index).find((other) => text !== null && other.text === text);
      return same === undefined
        ? []
        : [
            rule(
              `watch.tokens.${name}`,
              `is the same as that of ${same.name}`,
              'give each a token of its own',
            ),
          ];
    }),
  ];
}

function timeRules({ everyMs, timeoutMs, confirmMs, sampleMs }: WatchConfig): Problem[] {
  return [
    ...paceRules('watch', everyMs, timeoutMs),
    ...(confirmMs > 0 && confirmMs < 10
      ? [rule('watch.confirm', 'is too short for an answer', 'use 100ms, or 0s: at the pace of every')]
      : []),
    ...(sampleMs < 1000 ? [rule('watch.sample', 'is less than a second', 'use 2s')] : []),
  ];
}

const paceRules = (at: string, everyMs: number | null, timeoutMs: number | null): Problem[] => [
  ...(everyMs !== null && everyMs < 1000 ? [rule(`${at}.every`, 'is less than a second', 'use 15s')] : []),
  ...(timeoutMs !== null && timeoutMs < 100
    ? [rule(`${at}.timeout`, 'is too short for any answer', 'use 5s')]
    : []),
];

function targetRules({ targets, defaults }: WatchConfig, { environments }: Config): Problem[] {
  const all = Object.values(environments);
  const owners: readonly (readonly [string, readonly string[]])[] = [
    ['an instance', all.flatMap(({ instances }) => instances.map(({ name }) => name))],
    ['an environment', all.map(({ name }) => name)],
    ['a tag', all.flatMap(({ instances }) => instances.flatMap(({ tags }) => tags))],
    ['what the balancer counts', armNames],
    ['watched without being written', defaults ? defaultNames : []],
  ];
  return targets.flatMap((target, index) => {
    const at = `watch.targets[${index}]`;
    const owner = owners.find(([, names]) => names.includes(target.name))?.[0];
    return [
      ...(targets.findIndex(({ name }) => name === target.name) < index
        ? [twice(`${at}.name`, target.name, 'target')]
        : []),
      ...(owner === undefined
        ? []
        : [rule(`${at}.name`, `${target.name} is also ${owner}`, 'give the target another name')]),
      ...probeRules(target, at),
    ];
  });
}

function needRules({ targets }: WatchConfig, subjects: readonly WatchSubject[]): Problem[] {
  const known = subjects.filter(({ probe }) => probe !== null).map(({ name }) => name);
  return targets.flatMap(({ needs }, index) =>
    (needs ?? []).flatMap((name) =>
      known.includes(name)
        ? []
        : [
            rule(
              `watch.targets[${index}].needs`,
              `there is no "${name}"${suggest(name, known)}`,
              'name what is asked: targets, instances, balancer, router, store',
            ),
          ],
    ),
  );
}

function probeRules({ probe, everyMs, timeoutMs }: WatchTarget, at: string): Problem[] {
  return [...paceRules(at, everyMs, timeoutMs), ...addressOf(probe, at)];
}

function addressOf(probe: TargetProbe, at: string): Problem[] {
  switch (probe.kind) {
    case 'ssh':
      return sshRule(`${at}.ssh`, probe.address);
    case 'redis':
      return storeRule(`${at}.redis`, probe.store);
    case 'heartbeat':
      return probe.withinMs < 1000 ? [rule(`${at}.heartbeat`, 'is less than a second', 'use 25h')] : [];
    case 'http':
      return loginRule(`${at}.url`, probe.url);
    default:
      return [];
  }
}

function loginRule(at: string, url: string): Problem[] {
  const { username = '', password = '' } = parseUrl(url) ?? {};
  if (username === '' && password === '') return [];
  const reason = 'holds a user or a password, and it stands in messages';
  return [rule(at, reason, 'ask a path that needs none, or write a command')];
}

function ruleRules({ when, of }: WatchRule, at: string, subjects: readonly WatchSubject[]): Problem[] {
  const known = [...new Set(subjects.flatMap(({ name, words }) => [name, ...words]))];
  const unknown = of.flatMap((name, index) =>
    known.includes(name)
      ? []
      : [
          rule(
            `${at}.of[${index}]`,
            `there is no "${name}"${suggest(name, known)}`,
            'name targets, instances, environments, tags, or traffic, stable, canary',
          ),
        ],
  );
  const meant = subjects.filter((subject) => isMeant(of, subject));
  return [
    ...unknown,
    ...when.flatMap((condition, index) => {
      const path = when.length === 1 ? `${at}.when` : `${at}.when[${index}]`;
      if ('prometheus' in condition)
        return [...limitRules(condition, path), ...serverRules(condition.prometheus, `${path}.prometheus`)];
      const { metric } = condition;
      if (unknown.length === 0 && !meant.some(({ metrics }) => metrics.includes(metric)))
        return [
          rule(
            path,
            `nothing that it is about has ${metric}`,
            'docs/watching.md lists what each metric is of',
          ),
        ];
      return isNever(condition) ? [rule(path, 'can never hold', 'turn it round, or use another value')] : [];
    }),
  ];
}

function isNever({ metric, op, value }: MetricCondition): boolean {
  const most = metric !== 'down' && metricUnits[metric] === metricUnits.cpu ? 100 : Infinity;
  return (op === '<' && value <= 0) || (op === '>' && value >= most);
}

function notifyRules({ notify }: WatchRule, at: string, policies: readonly string[] | null): Problem[] {
  if (notify === null || notify === 'none' || policies === null || policies.includes(notify)) return [];
  return [
    rule(
      `${at}.notify`,
      `there is no policy "${notify}"${suggest(notify, policies)}`,
      `name one of escalation, or none: ${policies.join(', ') || 'there is no escalation yet'}`,
    ),
  ];
}

/** The weight of a canary needs one. */
const reactionRules = ({ do: reactions }: WatchRule, at: string, { traffic }: Config): Problem[] =>
  reactions.flatMap(({ kind }, index) =>
    kind === 'alert' && (traffic?.canary ?? null) === null
      ? [
          rule(
            `${at}.do[${index}]`,
            'takes the traffic off the canary, and there is none',
            'name it in traffic.canary',
          ),
        ]
      : [],
  );
