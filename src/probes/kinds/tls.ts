/** TLS: the handshake, and the certificate that is shown. */
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { bad, lasted, type Probe } from './check.ts';
import { certificateWorth } from './certificate.ts';
import { inTime } from './socket.ts';

/** Its certificate is looked at by us: an error would not tell which of its faults it has. */
export const openTls = (host: string, port: number): TLSSocket =>
  connect({
    host,
    port,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
    ...(isIP(host) === 0 ? { servername: host } : {}),
  });

/** Once the handshake is done. */
export function shownBy(socket: TLSSocket, host: string): ReturnType<typeof certificateWorth> {
  const { valid_to: validTo = '', subjectaltname, subject } = socket.getPeerCertificate();
  const error: unknown = socket.authorizationError;
  return certificateWorth(
    {
      validTo,
      names: subjectaltname ?? String(subject?.CN ?? ''),
      // It is a text for OpenSSL's, and may be an error for Node's own.
      fault: socket.authorized
        ? null
        : error instanceof Error
          ? String((error as NodeJS.ErrnoException).code)
          : String(error),
    },
    host,
    Date.now(),
  );
}

/** The certificate is what is asked for: each time anew. */
export const tlsProbe = ({ host, port }: { readonly host: string; readonly port: number }): Probe => ({
  check: (timeoutMs) => {
    const began = performance.now();
    const socket = openTls(host, port);
    return inTime(socket, timeoutMs, (settle) => {
      socket.once('secureConnect', () => {
        const { days, wrong } = shownBy(socket, host);
        if (wrong === null)
          settle({ ok: true, latencyMs: lasted(began), why: `${Math.floor(days ?? 0)} days are left`, days });
        else settle(bad(wrong, { days, latencyMs: lasted(began) }));
      });
    });
  },
  close: () => undefined,
});
