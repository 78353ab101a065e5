/** Which instances a deploy is at work on now, by its journal. Pure. */
import type { ActionKind } from '../model/actions.ts';
import type { Journal } from './journal.ts';

/** Nothing that runs is touched. */
const harmless: ReadonlySet<ActionKind> = new Set([
  'stage',
  'prepare',
  'once',
  'finish',
  'collect',
  'failure',
]);
/** After one of these that went well, an instance is as well as before. */
const settled: ReadonlySet<ActionKind> = new Set([
  'gate',
  'ready',
  'after',
  'undrain',
  'regate',
  'reready',
  'recall',
]);

/** From the first action that touches an instance until it has passed its gate, or has gone back. */
export function touchedBy({ state, doing, records }: Journal): string[] {
  if (state !== 'running') return [];
  const touched = new Set<string>();
  for (const { kind, instance, result } of records) {
    if (harmless.has(kind)) continue;
    if (settled.has(kind) && result === 'ok') touched.delete(instance);
    else touched.add(instance);
  }
  for (const { kind, instance } of doing) if (!harmless.has(kind)) touched.add(instance);
  return [...touched];
}
