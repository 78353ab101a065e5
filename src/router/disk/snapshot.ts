/** What stands in the router's file on disk. Pure. */
import * as v from 'valibot';
import { defineRecord, type Parsed, type Schema } from '../../record/record.ts';
import { is, object, since } from '../../record/fields.ts';
import { stateRecord, type TrafficState } from '../../traffic/index.ts';

export interface Snapshot {
  readonly state: TrafficState;
  /** Instances that were healthy. */
  readonly healthy: readonly string[];
}

/** Only hints for the beginning: what is no name is left out. */
const healthy: Schema<readonly string[]> = v.pipe(
  is<unknown>(() => true, ''),
  v.transform((names) => (Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [])),
);

const rememberedRecord = defineRecord<Snapshot>({
  name: 'the memory of a router',
  version: ['format', 1],
  schema: object({ state: stateRecord.schema, healthy: since(healthy, []) }),
  stored: (of) => ({ state: stateRecord.stored(of.state), healthy: [...of.healthy].sort() }),
  longest: 4_000_000,
});

export const snapshotText = (of: TrafficState, names: readonly string[]): string =>
  `${rememberedRecord.format({ state: of, healthy: names })}\n`;

export const parseSnapshot = (text: string): Parsed<Snapshot> => rememberedRecord.parse(text);
