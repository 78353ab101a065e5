/** What probes that open sockets have in common, and the plainest of them: whether a connection opens. */
import { connect, type Socket } from 'node:net';
import { connectFailure } from '../../shared/system/connect-error.ts';
import { codeOf } from '../../shared/system/error-code.ts';
import { messageOf } from '../../shared/text/thrown.ts';
import { showDuration } from '../../shared/text/units.ts';
import { bad, lasted, type ProbeResult, type Probe } from './check.ts';

export const tooLate = (timeoutMs: number): ProbeResult => bad(`no answer within ${showDuration(timeoutMs)}`);

/** Why there is no connection, or none any more, in words. Of TLS, its own. */
export function whyNot(error: unknown): string {
  const code = codeOf(error);
  if (/^(ERR_SSL|EPROTO)/.test(code)) {
    // OpenSSL's own words: `error:0A00010B:SSL routines:ssl3_get_record:wrong version number:…`
    const [, said = code] = /^[^:]*:?error:\w+:SSL routines:[^:]*:([^:]+)/.exec(messageOf(error)) ?? [];
    const isOther = /wrong version number|packet length|unknown protocol|http request/.test(said);
    return isOther ? 'it does not speak TLS there' : `no TLS can be agreed on with it: ${said}`;
  }
  return connectFailure(error, messageOf(error) || code || 'the connection was closed').reason;
}

/** One result of a socket that is not kept: of `work`, of its error, of its end or of the time limit. */
export function inTime(
  socket: Socket,
  timeoutMs: number,
  work: (settle: (result: ProbeResult) => void) => void,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const settle = (result: ProbeResult): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => settle(tooLate(timeoutMs)), timeoutMs);
    socket.once('error', (error) => settle(bad(whyNot(error))));
    socket.once('close', () => settle(bad('it closed the connection')));
    work(settle);
  });
}

export const tcpProbe = (at: { readonly host: string; readonly port: number }): Probe => ({
  check: (timeoutMs) => {
    const began = performance.now();
    const socket = connect({ host: at.host, port: at.port });
    return inTime(socket, timeoutMs, (settle) => {
      socket.once('connect', () => settle({ ok: true, latencyMs: lasted(began), why: 'a connection opens' }));
    });
  },
  close: () => undefined,
});
