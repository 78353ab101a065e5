import type { StoreConfig } from './config/types.ts';
import type {
  Archive,
  Balancer,
  Clock,
  Exec,
  Files,
  Git,
  Http,
  KeyScan,
  Messenger,
  Random,
  RedisServer,
  Ssh,
  Store,
} from './ports/ports.ts';

/** Ports that are opened when they are first asked for; a dry run gets recording ones. */
export interface Opener {
  /** Virtual in a dry run: waiting costs nothing. */
  readonly clock: Clock;
  /** Always the real one: for what goes on beside the work, like renewing a lease. */
  readonly timer: Clock;
  readonly random: Random;
  store(): Promise<Store>;
  /** Any Redis server, to be asked whether it is there; `onLost`: its connection has broken. */
  redis(config: StoreConfig, onLost: () => void): Promise<RedisServer>;
  /** The servers of instances with the driver `ssh`; local: this machine. */
  ssh(): Promise<Ssh>;
  local(): Promise<Ssh>;
  keyScan(): Promise<KeyScan>;
  files(): Promise<Files>;
  exec(): Promise<Exec>;
  git(): Promise<Git>;
  http(): Promise<Http>;
  archive(): Promise<Archive>;
  /** Who carries messages by `call`, `sms`, `mail` or the name of a webhook; null: canopy.yml has nobody. */
  messenger(by: string): Promise<Messenger | null>;
  /** The text without the secrets in it: for what leaves this machine by another way than the log and the store. */
  masked(text: string): string;
  /** The balancer that `real` makes; in a dry run one that only tells. */
  balancer(real: () => Balancer): Balancer;
}
