/** An incident as a value, and as it stands in the store. Names, times and counts alone: nothing in it is ever executed. */
import {
  amount,
  count,
  exactLine,
  flag,
  line,
  list,
  nullable,
  object,
  oneOf,
  time,
} from '../record/fields.ts';
import { defineRecord } from '../record/record.ts';

const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** Level n of the ladder: who is told, and by what. Frozen when the incident opens. */
export interface Rung {
  /** People, by name. */
  readonly to: readonly string[];
  readonly by: readonly string[];
  /** So long after the level before. */
  readonly afterMs: number;
  /** So many times more, so far apart. */
  readonly repeat: number;
  readonly everyMs: number;
}

const outcomes = ['accepted', 'delivered', 'answered', 'failed', 'uncertain', 'held'] as const;
type ToldOutcome = (typeof outcomes)[number];

/** One message to one person. */
export interface Delivery {
  /** Its key: `2.0.ann.sms` is level 2, first time; `0.` the all-clear. */
  readonly key: string;
  readonly to: string;
  readonly by: string;
  readonly level: number;
  /** When it became due. */
  readonly at: number;
  /** Null: it is to be sent, or being sent. */
  readonly outcome: ToldOutcome | null;
  readonly providerId: string | null;
  /** Why it was held back, or has failed. */
  readonly why: string | null;
}

/** What a rule does beside telling. */
interface Reaction {
  /** `alert`, `doctor`, `flag` ...: what it does stands in canopy.yml. */
  readonly act: string;
  readonly at: number;
  /** Null: it is to be done; `BEGUN`: nobody knows yet how it went. */
  readonly outcome: string | null;
}

/** Written before it is done, so that nothing is done twice. */
export const BEGUN = 'begun';

export interface IncidentTarget {
  readonly name: string;
  readonly red: boolean;
  readonly since: number;
}

export interface Incident {
  readonly id: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly state: 'open' | 'acknowledged' | 'resolved';
  readonly targets: readonly IncidentTarget[];
  readonly openedAt: number;
  readonly resolvedAt: number | null;
  /** Null: it has recovered by itself, or is not resolved. */
  readonly resolvedBy: string | null;
  readonly acknowledgedBy: string | null;
  /** Until when the acknowledgement counts; null: until it is resolved. */
  readonly acknowledgedUntil: number | null;
  /** The policy's name, and what it was when the incident opened. */
  readonly policy: string | null;
  readonly ladder: readonly Rung[];
  /** The highest level that was told. */
  readonly level: number;
  /** When that was first told, or when the climb began; null: nobody might be told yet (silenced, inhibited, blind). */
  readonly climbedAt: number | null;
  /** When somebody was told last. */
  readonly toldAt: number | null;
  /** How often the present level was told again. */
  readonly repeats: number;
  /** When it turned red or green, the newest last. */
  readonly changes: readonly number[];
  readonly deliveries: readonly Delivery[];
  readonly reactions: readonly Reaction[];
  readonly timeline: readonly { readonly at: number; readonly text: string }[];
}

export const isIncidentId = (text: string): boolean => /^i-[a-z2-7]{8}$/.test(text);

const name = line(200);
const rung = object({
  to: list(name, 1000),
  by: list(name, 20),
  afterMs: amount,
  repeat: count,
  everyMs: amount,
});
const delivery = object({
  key: exactLine(300),
  to: name,
  by: name,
  level: count,
  at: time,
  outcome: nullable(oneOf(outcomes)),
  providerId: nullable(line(200)),
  why: nullable(line(300)),
});

/** The newest lines of an incident's history are kept. */
const MOST_LINES = 200;

export const incidentRecord = defineRecord<Incident>({
  name: 'the incident',
  version: ['version', 1],
  schema: object({
    id: exactLine(20),
    rule: name,
    severity: oneOf(severities),
    state: oneOf(['open', 'acknowledged', 'resolved']),
    targets: list(object({ name, red: flag, since: time }), 20_000),
    openedAt: time,
    resolvedAt: nullable(time),
    resolvedBy: nullable(name),
    acknowledgedBy: nullable(name),
    acknowledgedUntil: nullable(time),
    policy: nullable(name),
    ladder: list(rung, 50),
    level: count,
    climbedAt: nullable(time),
    toldAt: nullable(time),
    repeats: count,
    changes: list(time, 100),
    deliveries: list(delivery, 20_000),
    reactions: list(object({ act: name, at: time, outcome: nullable(line(300)) }), 50),
    timeline: list(object({ at: time, text: line(300) }), MOST_LINES),
  }),
  longest: 6_000_000,
});

export const isRed = (incident: Incident): boolean => incident.targets.some(({ red }) => red);

/** The same with a line of history. */
export const noted = (incident: Incident, at: number, text: string): Incident => ({
  ...incident,
  timeline: [...incident.timeline, { at, text }].slice(-MOST_LINES),
});
