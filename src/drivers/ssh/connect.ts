import type { Readable } from 'node:stream';
import ssh2, { type Client, type ConnectConfig } from 'ssh2';
import { fail, type CanopyError } from '../../errors.ts';
import { showDuration } from '../../shared/text/units.ts';
import type { Auth } from './keys/auth.ts';
import { openChannel, refusalOf } from './forward.ts';
import type { HostKeys } from './host-keys.ts';
import { offerCertificates } from './keys/offer-certificates.ts';
import { connectFailure } from '../../shared/system/connect-error.ts';

interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** 0: either. */
  readonly family: 0 | 4 | 6;
  /** The address of this machine to connect from. */
  readonly bindAddress: string | null;
  readonly auth: Auth;
  readonly keys: HostKeys;
  /** The machine to go through, connected already. */
  readonly via: { readonly client: Client; readonly host: string } | null;
  readonly connectTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly noted: (text: string) => void;
}

/** Opens one connection; every way in which that can fail is an error of the catalogue. */
export async function connect(target: SshTarget): Promise<Client> {
  const { host, port, user, auth, keys, noted } = target;
  if (auth.methods.length === 0) throw fail('ssh-auth', { host, port, user, tried: auth.tried });
  const sock = target.via ? await through(target, target.via) : null;
  let distrust: CanopyError | null = null;
  let login: LoginAnswer = { takes: [], partial: false };
  const methods = [...auth.methods];
  const client = new ssh2.Client();
  // Without a listener a late error would end the whole program; the channels learn of it by their own end.
  client.on('error', (error) => noted(`${host}: ${error.message}`));
  // Small messages must not wait for the answer to earlier ones: that is 40 ms each.
  if (sock === null) client.once('connect', () => client.setNoDelay(true));
  let gone = false;
  const left = (): void => {
    gone = true;
  };
  client.once('end', left);
  client.once('close', left);
  try {
    await ready(client, {
      ...(sock ? { sock: sock as unknown as Readable } : overTcp(target)),
      username: user,
      // The library's own orders begin with curve25519 and aes128-gcm: the fastest, and no SHA-1 among them.
      algorithms: { serverHostKey: [...keys.algorithms] as never },
      hostVerifier: (key: Buffer) => {
        distrust = keys.verify(key);
        return distrust === null;
      },
      authHandler: (left, partial, next) => {
        login = { takes: left ?? [], partial: partial === true };
        next((methods.shift() ?? false) as never);
      },
      readyTimeout: target.connectTimeoutMs,
      keepaliveInterval: target.keepAliveMs,
      keepaliveCountMax: 3,
    });
  } catch (error) {
    client.destroy();
    throw distrust ?? explain(error as ConnectError, target, login);
  }
  if (gone) throw unreachable(target, 'the connection was closed at once');
  return client;
}

const overTcp = ({ host, port, family, bindAddress }: SshTarget): ConnectConfig => ({
  ...{ host, port, forceIPv4: family === 4, forceIPv6: family === 6 },
  ...(bindAddress === null ? {} : { localAddress: bindAddress }),
});

/** Rejects at the first error, and when the connection is closed before it stands. */
function ready(client: Client, config: ConnectConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('ready', resolve);
    client.once('error', reject);
    client.once('close', () => reject(new Error('No response from server')));
    client.connect(config);
    offerCertificates(client);
  });
}

type ConnectError = Error & { code?: unknown; level?: string };

/** What the server has said to the last way in. */
interface LoginAnswer {
  readonly takes: readonly string[];
  /** That one was right, and is not enough. */
  readonly partial: boolean;
}

function refusedLogin({ takes, partial }: LoginAnswer, message: string): string {
  if (/too many authentication failures/i.test(message))
    return '; it ended the connection after too many keys (MaxAuthTries): name one by IdentityFile with IdentitiesOnly yes, or ssh.key';
  if (partial)
    return `; the key is right, and it asks for ${takes.join(' or ')} as well, which Canopy does not give`;
  return takes.length === 0 || takes.includes('publickey')
    ? ''
    : `; it takes no keys, only ${takes.join(', ')}`;
}

function explain(error: ConnectError, target: SshTarget, login: LoginAnswer): CanopyError {
  const { host, port, user, auth } = target;
  const options = { cause: error };
  if (
    error.level === 'client-authentication' ||
    error.level === 'agent' ||
    /authentication/i.test(error.message)
  )
    return fail(
      'ssh-auth',
      { host, port, user, tried: auth.tried + refusedLogin(login, error.message) },
      options,
    );
  const [, kind] = /no matching (.+)$/i.exec(error.message) ?? [];
  if (kind !== undefined) return fail('ssh-algorithms', { host, port, kind }, options);
  if (error.code === 'ECONNREFUSED') return fail('ssh-refused', { host, port }, options);
  if (error.level === 'client-timeout')
    return fail('ssh-timeout', { host, port, limit: showDuration(target.connectTimeoutMs) }, options);
  if (/before handshake|No response from server/.test(error.message))
    return unreachable(target, 'the connection was closed before the handshake had ended', error);
  return fail('ssh-unreachable', { host, port, ...connectFailure(error, error.message) }, options);
}

const unreachable = ({ host, port }: SshTarget, reason: string, cause?: Error): CanopyError =>
  fail('ssh-unreachable', { host, port, reason }, cause ? { cause } : {});

async function through(
  target: SshTarget,
  via: { client: Client; host: string },
): Promise<NodeJS.ReadWriteStream> {
  const { host, port, connectTimeoutMs } = target;
  const opened = await openChannel(via.client, host, port, connectTimeoutMs);
  if (opened.kind === 'open') return opened.channel;
  if (opened.kind === 'late')
    throw fail('ssh-timeout', { host, port, limit: showDuration(connectTimeoutMs) });
  if (opened.kind === 'refused' && opened.forbidden)
    throw fail('ssh-jump', { via: via.host, target: `${host}:${port}`, reason: opened.reason });
  throw (
    refusalOf(opened, via.host, host, port) ?? unreachable(target, `through ${via.host}: ${opened.reason}`)
  );
}
