/** What is said of an incident, by each means: whatever stands in the names of rules and targets is harmless in all of them. Pure. */
import type { OutgoingMessage } from '../ports/ports.ts';
import { mailHtml, mailText } from './text/mail-text.ts';
import {
  isAllClear,
  redMs,
  roughly,
  shortTime,
  shown,
  since,
  targetWords,
  visibleId,
  type IncidentNotice,
} from './text/notice.ts';
import { smsLength } from './text/sms-length.ts';
import { spoken } from './text/spoken.ts';

type MessageText = Pick<OutgoingMessage, 'visible' | 'subject' | 'text' | 'html' | 'keys'>;

export function incidentText(notice: IncidentNotice): MessageText {
  const both = { visible: visibleId(notice), subject: subjectOf(notice) };
  switch (notice.by) {
    case 'sms':
      return { ...both, text: smsText(notice) };
    case 'mail':
      return { ...both, text: mailText(notice), html: mailHtml(notice) };
    case 'call':
      return { ...both, text: spoken(notice), keys: notice.keys && !isAllClear(notice) };
    default:
      return { ...both, text: chatText(notice) };
  }
}

/** The same in every mail of an incident: some programs make a thread only of mails with one subject. */
function subjectOf({ app, incident: { id, rule, severity, targets } }: IncidentNotice): string {
  const first = targets[0];
  const of = first === undefined ? '' : `: ${shown(first.name, 60)}`;
  return `[${shown(app, 60)}] ${severity}: ${shown(rule, 60)}${of} (${id})`;
}

/** Names are cut so far until two SMS hold it: the id, and what to answer, always stand whole. */
const cuts = [300, 200, 140, 100, 80, 60, 48, 36, 28, 20, 14, 8, 4];
/** A link that leaves less than this to the names is not worth it. */
const LEAST_WITH_LINK = 28;
const MOST_SEGMENTS = 2;

function smsText(notice: IncidentNotice): string {
  for (const link of notice.link === null ? [''] : [` ${notice.link}`, ''])
    for (const most of link === '' ? cuts : cuts.filter((one) => one >= LEAST_WITH_LINK)) {
      const text = smsOf(notice, most, link);
      if (smsLength(text).segments <= MOST_SEGMENTS) return text;
    }
  return smsOf(notice, 1, '');
}

function smsOf(notice: IncidentNotice, most: number, link: string): string {
  const answer = isAllClear(notice) ? '' : ` Answer: ack ${notice.incident.id}`;
  // One sign that GSM does not know would halve the room of all others.
  return `${sentence(notice, most, Math.max(2 * most, 24))}${answer}${link}`.replaceAll('…', '...');
}

function chatText(notice: IncidentNotice): string {
  const { incident, link } = notice;
  const command = isAllClear(notice) ? [] : [`canopy incident ack ${incident.id}`];
  return [sentence(notice, 200, 1000), ...command, ...(link === null ? [] : [link])].join('\n');
}

/** Each name is cut to `most`, and the list of targets as a whole. The id stands as a word of its own: a message is found by it. */
function sentence(notice: IncidentNotice, most: number, mostOfTargets: number): string {
  const { app, incident, now } = notice;
  const show = (name: string): string => shown(name, most);
  const targets = shown(targetWords(notice, show), mostOfTargets);
  const what = `${show(app)}: ${show(incident.rule)}`;
  const said = isAllClear(notice)
    ? `${what} has recovered: ${targets}, red for ${roughly(redMs(notice))}.`
    : `${what} (${incident.severity}): ${targets}, since ${shortTime(since(notice), now)}.`;
  return `${said} ${visibleId(notice)}`;
}
