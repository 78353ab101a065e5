/** A journal and the facts beside it, for cases. */
import type { ActionKind } from '../../../src/deploy/model/actions.ts';
import type { InstanceFacts } from '../../../src/deploy/model/facts.ts';
import type { Noted } from '../../../src/deploy/model/noted.ts';
import type { JournalEntry, Journal } from '../../../src/deploy/journal/journal.ts';
import type { Plan } from '../../../src/deploy/model/plan.ts';
import { plan } from '../../soak/decisions.ts';

/** `activate web-1`, `gate web-2 failed`, `ready web-1 unconfirmed`: entries as words. */
export const entries = (...words: string[]): JournalEntry[] =>
  words.map((word) => {
    const [kind, instance = '', how] = word.split(' ');
    const entry = { kind: kind as ActionKind, instance };
    if (how === 'failed') return { ...entry, result: 'failed', reason: 'broken' };
    return { ...entry, result: 'ok', ...(how === 'unconfirmed' ? { unconfirmed: true } : {}) };
  });

const doing = (...words: string[]): JournalEntry[] =>
  entries(...words).map(({ kind, instance }) => ({ kind, instance }));

export interface JournalCase {
  readonly state?: Journal['state'];
  readonly doing?: readonly string[];
  readonly records?: readonly string[];
  readonly plan?: Plan;
}

export const journalOf = (of: JournalCase = {}): Journal => ({
  deploy: '20261121T090000-1a2b3c',
  action: 'deploy',
  environment: 'production',
  release: 'new',
  commit: '1a2b3c4',
  version: '1.0.0',
  sha256: 'a'.repeat(64),
  by: 'jenkins-shop-7',
  token: 7,
  startedAt: 1_795_000_000_000,
  state: of.state ?? 'running',
  plan: of.plan ?? plan(2),
  doing: doing(...(of.doing ?? [])),
  records: entries(...(of.records ?? [])),
});

/** What a server has noted of the deploy of `journalOf`. */
export const notedOf = (over: Partial<Noted> = {}): Noted => ({
  deploy: '20261121T090000-1a2b3c',
  environment: 'production',
  order: 'deploy',
  whole: true,
  brings: 'new',
  previous: 'old',
  token: 7,
  stopped: false,
  back: false,
  failed: false,
  over: false,
  mixed: false,
  begun: [],
  done: [],
  ...over,
});

/** An instance that runs the old release and holds the new one. */
export const factsOf = ({
  begun,
  done,
  ...over
}: Partial<InstanceFacts> & Partial<Pick<Noted, 'begun' | 'done'>> = {}): InstanceFacts => ({
  current: 'old',
  releases: [
    { id: 'old', healthyAt: 1 },
    { id: 'new', healthyAt: null },
  ],
  token: 7,
  freeKb: 1_000_000,
  running: true,
  lacks: [],
  readonly: null,
  noexec: null,
  fixed: null,
  services: {},
  elsewhere: null,
  app: null,
  unshared: [],
  otherLinks: [],
  once: [],
  unit: null,
  engine: null,
  noted: begun || done ? notedOf({ begun: begun ?? [], done: done ?? [] }) : null,
  lists: {},
  served: [],
  foreign: [],
  others: [],
  odd: [],
  link: '',
  ...over,
});
