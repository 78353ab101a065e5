/** The mail of an incident, for programs with and without HTML. Pure. */
import {
  dateAndTime,
  isAllClear,
  redMs,
  roughly,
  shown,
  since,
  targetsOf,
  visibleId,
  type IncidentNotice,
} from './notice.ts';
import { showCount } from '../../shared/text/units.ts';

/** So many targets, and people, are named. */
const MOST = 20;
const LONGEST = 300;

/** What is said, and then the rows below it. */
interface MailParts {
  readonly title: string;
  readonly rows: readonly (readonly [name: string, texts: readonly string[]])[];
  /** Null: it is over. */
  readonly command: string | null;
  readonly link: string | null;
}

function partsOf(notice: IncidentNotice): MailParts {
  const { incident, level, repeat } = notice;
  const over = isAllClear(notice);
  const rule = shown(incident.rule, LONGEST);
  const again = repeat > 0 ? `, told again (${repeat})` : '';
  const time = roughly(redMs(notice));
  const others = toldToo(notice);
  return {
    title: over ? `${rule} has recovered` : `${rule} (${incident.severity})`,
    rows: [
      ['Application', [shown(notice.app, LONGEST)]],
      over
        ? ['Was red', [`from ${dateAndTime(since(notice))}, for ${time}`]]
        : ['Since', [`${dateAndTime(since(notice))} (${time})`]],
      ['Targets', few(targetsOf(notice).map((one) => targetLine(one, over)))],
      ...(others.length > 0 ? [['Told too', few(others)] as const] : []),
      ['Incident', [`${visibleId(notice)}${over ? '' : `, level ${level}${again}`}`]],
    ],
    command: over ? null : `canopy incident ack ${incident.id}`,
    link: notice.link,
  };
}

const targetLine = ({ name, since: at }: { name: string; since: number }, over: boolean): string =>
  over ? shown(name, LONGEST) : `${shown(name, LONGEST)}, since ${dateAndTime(at)}`;

/** Who else was told, or is being told, of this level and those before. */
function toldToo({ incident, to, by }: IncidentNotice): string[] {
  const lines = incident.deliveries
    .filter((one) => one.outcome !== 'held' && one.outcome !== 'failed')
    .filter((one) => one.to !== to || one.by !== by)
    .map((one) =>
      one.to === one.by ? shown(one.to, LONGEST) : `${shown(one.to, LONGEST)} by ${shown(one.by, LONGEST)}`,
    );
  return [...new Set(lines)];
}

const few = (lines: readonly string[]): string[] =>
  lines.length <= MOST ? [...lines] : [...lines.slice(0, MOST), `and ${showCount(lines.length - MOST)} more`];

export function mailText(notice: IncidentNotice): string {
  const { title, rows, command, link } = partsOf(notice);
  const lines = rows.flatMap(([name, texts]) =>
    texts.map((text, at) => `${(at === 0 ? `${name}:` : '').padEnd(13)}${text}`),
  );
  const answer =
    command === null ? [] : ['', 'To acknowledge it, so that nobody else is told:', `    ${command}`];
  const page = link === null ? [] : ['', command === null ? link : `or on this page: ${link}`];
  return [title, '', ...lines, ...answer, ...page, ''].join('\n');
}

/** No images, no styles from elsewhere: nothing is loaded. `bdi` keeps a name from turning what stands beside it. */
export function mailHtml(notice: IncidentNotice): string {
  const { title, rows, command, link } = partsOf(notice);
  const cells = rows
    .map(([name, texts]) => {
      const lines = texts.map((text) => `<bdi>${escaped(text)}</bdi>`).join('<br>');
      return `<tr><th align="left" valign="top">${name}</th><td>${lines}</td></tr>`;
    })
    .join('\n');
  const answer =
    command === null
      ? ''
      : `<p>To acknowledge it, so that nobody else is told: <code>${escaped(command)}</code></p>\n`;
  const page = link === null ? '' : `<p><a href="${escaped(link)}">${escaped(link)}</a></p>\n`;
  return (
    `<!doctype html>\n<html><body>\n<h2><bdi>${escaped(title)}</bdi></h2>\n` +
    `<table cellpadding="4">\n${cells}\n</table>\n${answer}${page}</body></html>\n`
  );
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => entities[sign] ?? '');
