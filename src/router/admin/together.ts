/** The admin port of one process answers for all. */
import type { AdminPorts, Answered } from './admin.ts';
import type { Kin } from '../state/kin.ts';
import { mergedMetrics, withObserved } from './merge-metrics.ts';
import { mergedTold } from './merge-told.ts';

type Told = Readonly<Record<string, unknown>>;

/** The answer with what the other processes tell of that page. */
export async function together(
  kin: Kin,
  target: string,
  answered: Answered,
  ports: AdminPorts,
): Promise<Answered> {
  const path = target.split('?')[0] ?? '';
  if (answered.status !== 200) return answered;
  if (path === '/metrics' && typeof answered.body === 'string') {
    const { others, past } = await kin.pages(path, answered.body);
    if (others.length === 0 && past === null) return answered;
    const live = [answered.body, ...others.filter(isText)];
    const page = mergedMetrics(live, [past].filter(isText));
    const { observed } = await toldBy(kin, '/weight', ports.weight() as Told);
    return { ...answered, body: isTold(observed) ? withObserved(page, observed) : page };
  }
  if ((path === '/state' || path === '/weight') && typeof answered.body === 'object') {
    return { ...answered, body: await toldBy(kin, path, answered.body as Told) };
  }
  return answered;
}

async function toldBy(kin: Kin, path: string, own: Told): Promise<Told> {
  const { others } = await kin.pages(path, null);
  return others.length === 0 ? own : mergedTold([own, ...others.filter(isTold)]);
}

/** What one process tells of a page; null: nothing. */
export function pageOf(ports: AdminPorts, path: string): unknown {
  switch (path) {
    case '/metrics':
      return ports.metrics();
    case '/state':
      return ports.state();
    case '/weight':
      return ports.weight();
    default:
      return null;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTold = (value: unknown): value is Told => typeof value === 'object' && value !== null;
