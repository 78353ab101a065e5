/** What a voice says in a call: words and figures alone, and ids letter by letter. Pure. */
import { cut, plainLine } from '../../shared/text/line.ts';
import { isAllClear, redMs, targetsOf, type IncidentNotice } from './notice.ts';

/** All is said twice: nobody understands the first sentence of a call at night. */
export function spoken(notice: IncidentNotice): string {
  const { app, incident } = notice;
  const said = isAllClear(notice)
    ? `Canopy, for ${word(app)}. ${word(incident.rule)} has recovered, after ${minutes(notice)}. ${targets(notice)}.`
    : `Canopy, for ${word(app)}. ${incident.severity}: ${word(incident.rule)}, since ${minutes(notice)}. ${targets(notice)}.`;
  return [said, `I say it again. ${said}`, ...(isAllClear(notice) ? [] : [answer(notice)])].join(' ');
}

function answer({ keys, incident }: IncidentNotice): string {
  const how = keys
    ? 'Press 1 to acknowledge, 2 to resolve, 3 to silence for thirty minutes.'
    : `To acknowledge, send an S M S to this number: the word ack, and then ${spelled(incident.id)}.`;
  return keys ? how : `${how} Again: ${spelled(incident.id)}.`;
}

/** Letter by letter, with a pause after each. */
const spelled = (id: string): string => [...id].map((sign) => (sign === '-' ? 'dash' : sign)).join(', ');

function targets(notice: IncidentNotice): string {
  const names = targetsOf(notice).map(({ name }) => word(name));
  if (names.length === 0) return 'No target';
  if (names.length === 1) return `It is ${names[0]}`;
  return names.length <= Math.min(3, Math.max(1, notice.groupOver))
    ? `They are ${names.join(', ')}`
    : `They are ${names.length} targets, for example ${names[0]}`;
}

function minutes(notice: IncidentNotice): string {
  const count = Math.floor(redMs(notice) / 60_000);
  if (count < 1) return 'less than a minute';
  return count === 1 ? 'one minute' : `${count} minutes`;
}

/** Letters, figures and the dots of names; what else there is nobody could say. */
const word = (text: string): string =>
  cut(
    plainLine(text, 1000)
      .replace(/[^\p{L}\p{M}\p{N}.]+/gu, ' ')
      .trim(),
    60,
  ).replace(/\u2026$/, '') || 'a name that cannot be said';
