/** Whether an instance is healthy: one answer judged, and a row of answers judged over time. Pure. */
import type { HealthConfig } from '../../config/types.ts';
import type { HttpAnswer } from '../../ports/ports.ts';
import type { HealthAnswer } from '../runtime/instance-runtime.ts';

/** One HTTP answer: the right status, and the right release when the answer tells it. */
export function judgeAnswer(health: HealthConfig, answer: HttpAnswer, release: string): HealthAnswer {
  if (answer.assumed) return { ok: true, reason: 'assumed', said: '' };
  const wanted = health.probe.kind === 'http' ? health.probe.status : 200;
  const told = health.release === null ? null : releaseOf(health.release, answer);
  if (answer.status === 0) return { ok: false, reason: `no answer: ${answer.body}`, said: 'none' };
  const said = told === release ? `${answer.status} release` : `${answer.status}`;
  if (answer.status !== wanted)
    return { ok: false, reason: `status ${answer.status} instead of ${wanted}`, said };
  if (health.release === null) return { ok: true, reason: `status ${answer.status}`, said };
  if (told === release) return { ok: true, reason: `status ${answer.status}, release ${release}`, said };
  if (told === null)
    return { ok: false, said, reason: `the answer does not tell its release (${health.release})` };
  return { ok: false, said, reason: `release ${told} answers, not ${release}` };
}

/** Whether what was said before anything was touched was a good sign; none, an error of the server or of a command is not. */
export const wasWell = (before: string): boolean => /^(?:[1-4]\d\d(?: release)?|open|exit 0)$/.test(before);

/** The same answer, of a release without a check of its own, beside what it said before anything was touched: it is as well as it was. */
export function asBefore(judged: HealthAnswer, before: string | null): HealthAnswer {
  const isSame = before !== null && judged.said === before && wasWell(before);
  return judged.ok || !isSame
    ? judged
    : { ...judged, ok: true, reason: `${judged.reason}, as before the deploy` };
}

/** The release that an answer tells, by a header's name or a JSON pointer. */
function releaseOf(where: string, answer: HttpAnswer): string | null {
  if (!where.startsWith('/')) return answer.headers[where.toLowerCase()] ?? null;
  let value: unknown;
  try {
    value = JSON.parse(answer.body);
  } catch {
    // A body that is no JSON tells no release.
    return null;
  }
  for (const part of where.slice(1).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    value = value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[key] : undefined;
  }
  return typeof value === 'string' ? value : null;
}

interface HealthStreak {
  readonly startedAt: number;
  /** When the present row of good answers began. */
  readonly goodSince: number | null;
  readonly good: number;
  readonly last: string;
  /** The process of the last answer that told one. */
  readonly process: string | null;
}
type HealthVerdict = 'waiting' | 'healthy' | 'failed';

export const beginWatch = (now: number): HealthStreak => ({
  startedAt: now,
  goodSince: null,
  good: 0,
  last: 'not asked yet',
  process: null,
});

/** A process that was replaced has ended in between: the row is broken though each answer was good. */
export function addAnswer(watch: HealthStreak, judged: HealthAnswer, now: number): HealthStreak {
  const process = judged.process ?? watch.process;
  const replaced = watch.process !== null && process !== watch.process;
  if (judged.ok && replaced)
    return { ...watch, goodSince: null, good: 0, last: 'it ended and was started again', process };
  return judged.ok
    ? { ...watch, process, goodSince: watch.goodSince ?? now, good: watch.good + 1, last: judged.reason }
    : { ...watch, process, goodSince: null, good: 0, last: judged.reason };
}

/** Healthy after `rise` good answers in a row that span `holdMs`; failed when no such row has begun within `withinMs`. */
export function healthVerdict(
  watch: HealthStreak,
  limits: { rise: number; holdMs: number; withinMs: number },
  now: number,
): HealthVerdict {
  if (watch.goodSince !== null) {
    return watch.good >= limits.rise && now - watch.goodSince >= limits.holdMs ? 'healthy' : 'waiting';
  }
  return now - watch.startedAt >= limits.withinMs ? 'failed' : 'waiting';
}
