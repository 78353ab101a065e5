/** Addresses and URLs, as schema pieces: each wrong one is told with what is wrong about it. Pure. */
import { isIP, isIPv4, isIPv6 } from 'node:net';
import * as v from 'valibot';
import { parseUrl } from '../../shared/url/parse-url.ts';
import { anyText, wanted } from './fields.ts';

export const isPort = (digits: string, least: number): boolean =>
  /^\d{1,5}$/.test(digits) && Number(digits) >= least && Number(digits) <= 65_535;

const isHost = (host: string): boolean =>
  /^\d+(\.\d+){3}$/.test(host) ? isIPv4(host) : /^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?$/.test(host);

/** Without a zone. */
const isPlainIpv6 = (text: string): boolean => isIPv6(text) && !text.includes('%');

/** `host:port`, `[::1]:port`. */
const place = (least: number, example: string) =>
  v.pipe(
    anyText(wanted(`an address like ${example}`)),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const match = /^(?:\[(.*)\]|([^:\s]+)):(\d{1,5})$/.exec(dataset.value);
      const [, ipv6, name = '', digits = ''] = match ?? [];
      if (isPort(digits, least) && (ipv6 === undefined ? isHost(name) : isPlainIpv6(ipv6)))
        return { host: ipv6 ?? name, port: Number(digits) };
      const ports = match === null || isPort(digits, least) ? '' : `, its port from ${least} to 65535`;
      addIssue({ message: `must be an address like ${example}${ports}, not "${dataset.value}"` });
      return NEVER;
    }),
  );

/** Where we listen; port 0 is any that is free. */
export const address = place(0, '127.0.0.1:8080');
/** Where somebody else listens. */
export const peer = place(1, '10.0.0.1:26379');

const example = 'http://10.0.0.11:3000';

export const url = v.pipe(
  anyText(wanted('an http:// or https:// URL')),
  v.check(
    (value) => wrongUrl(value) === null,
    ({ input }) => wrongUrl(input) ?? '',
  ),
);

interface WrittenUrl {
  readonly text: string;
  /** As it is written. */
  readonly host: string;
  readonly port: string | undefined;
  /** Whether there is one host and at most one port. */
  readonly isSplit: boolean;
  /** The host as a browser takes it. */
  readonly name: string;
}

function partsOf(text: string): WrittenUrl {
  const [, authority = ''] = /^https?:\/\/([^/?#\\]*)/i.exec(text) ?? [];
  const split = /^(\[.*\]|[^:[\]]*)(?::(.*))?$/.exec(authority.slice(authority.lastIndexOf('@') + 1));
  const [, host = '', port] = split ?? [];
  const name = host === '' ? '' : (parseUrl(text)?.hostname ?? '');
  return { text, host, port, isSplit: split !== null, name };
}

const isName = (name: string): boolean => name.startsWith('[') || isHost(name);

/** In this order: what a URL must be, and whether it is not. What a browser would make of it is not what was meant. */
const urlFaults: readonly (readonly [must: string, isWrong: (of: WrittenUrl) => boolean])[] = [
  ['be an http:// or https:// URL', ({ text }) => !/^https?:\/\//i.test(text)],
  [`be one URL without blanks, like ${example}`, ({ text }) => /[\s\u0000-\u001f\u007f]/.test(text)],
  [
    'be a URL with its IPv6 address in brackets, like http://[2001:db8::1]:3000, or one host and one port',
    ({ host, port, isSplit }) => !isSplit || isIPv6(`${host}:${port}`),
  ],
  [
    `be a URL that has its http:// once, like ${example}`,
    ({ host, port }) => /^https?$/i.test(host) && port === '',
  ],
  [
    `be a URL with a port from 1 to 65535, like ${example}`,
    ({ port }) => port !== undefined && !isPort(port, 1),
  ],
  [
    'be a URL without a zone (%) in its address: no URL can hold one',
    ({ host }) => host.includes('%') && host.startsWith('['),
  ],
  [
    `be a URL with four numbers up to 255 in its address, like ${example}`,
    ({ host, name }) => (isIP(name) === 4 ? name !== host : /^[\d.]+$/.test(host) && !isName(name)),
  ],
  [
    `be a URL with the name of a host or its address, like ${example}`,
    ({ name }) => isIP(name) !== 4 && !isName(name),
  ],
];

/** What is wrong with the URL of a server that speaks HTTP; null: nothing. */
function wrongUrl(text: string): string | null {
  const parts = partsOf(text);
  const fault = urlFaults.find(([, isWrong]) => isWrong(parts));
  return fault === undefined ? null : `must ${fault[0]}`;
}

/** An address, or a network like `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  const width = bits === undefined ? 0 : Number(bits);
  return (
    family !== 0 &&
    more.length === 0 &&
    (bits === undefined || /^\d{1,3}$/.test(bits)) &&
    width <= (family === 4 ? 32 : 128)
  );
}
