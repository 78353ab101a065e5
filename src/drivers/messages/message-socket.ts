/** The connection on which one message goes out: nothing is written on it once its time is over, and nobody waits longer. */
import { connect, isIP, type Socket } from 'node:net';
import type { Sent } from '../../ports/ports.ts';
import { connectFailure } from '../../shared/system/connect-error.ts';
import { codeOf } from '../../shared/system/error-code.ts';
import { showDuration } from '../../shared/text/units.ts';

export class MessageSocket {
  readonly raw: Socket;
  readonly #until: number;
  readonly #timeoutMs: number;
  #timer: NodeJS.Timeout | undefined;
  #begun = false;

  constructor(at: { readonly host: string; readonly port: number }, timeoutMs: number) {
    this.#until = Date.now() + timeoutMs;
    this.#timeoutMs = timeoutMs;
    this.raw = connect(at);
    // Whoever uses it hears of its errors, and some come when nobody does any more.
    this.raw.on('error', () => undefined);
  }

  /** Calls once, when its time is over. */
  onLate(late: (sent: Sent) => void): void {
    const why = `no answer within ${showDuration(this.#timeoutMs)}`;
    this.#timer = setTimeout(() => late(this.broken(why)), this.#until - Date.now());
  }

  /**
   * To be asked in the turn in which the message itself is written: from then on it may have been sent. False when its time is
   * over: a process that was stopped in between finds its timers late.
   */
  begin(): boolean {
    this.#begun = Date.now() < this.#until;
    return this.#begun;
  }

  /** What a failure means that the other side has not answered with. */
  broken(why: unknown): Sent {
    const { code, reason } = reasonOf(why);
    if (this.#begun) return { is: 'uncertain', reason };
    return isCertificate.test(code) ? { is: 'refused', reason } : { is: 'later', reason, afterMs: null };
  }

  /** It has its answer; whoever uses the connection closes it, and no process stays for that. */
  done(): void {
    clearTimeout(this.#timer);
    this.raw.unref();
  }

  /** What is not under way yet is not sent any more. */
  cut(): void {
    clearTimeout(this.#timer);
    if (this.raw.connecting || this.raw.destroyed) this.raw.destroy();
    else this.raw.resetAndDestroy();
  }
}

/** An address is no name of a server for TLS. */
export const nameOf = (host: string): { servername?: string } =>
  isIP(host) === 0 ? { servername: host } : {};

export const TOO_LATE = 'its time was over before it could be sent';

/** What waiting does not mend. */
const isCertificate = /^(CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_|ERR_TLS_CERT_|HOSTNAME_)/;

/** Never the message of an error: addresses stand in it. */
function reasonOf(why: unknown): { readonly code: string; readonly reason: string } {
  if (typeof why === 'string') return { code: '', reason: why };
  const code = codeOf(why);
  if (isCertificate.test(code)) return { code, reason: `its certificate is not trusted (${code})` };
  return { code, ...connectFailure(why, code === '' ? 'the connection broke' : `no connection (${code})`) };
}
