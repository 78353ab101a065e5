/** Lists of instances for others: what Prometheus reads by http_sd, and server lines for HAProxy. Pure. */
import type { Config } from '../../config/types.ts';
import { parseUrl } from '../../shared/url/parse-url.ts';

interface PrometheusGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

interface DiscoveredInstance {
  readonly environment: string;
  readonly instance: string;
  readonly address: string;
  readonly secure: boolean;
  readonly tags: readonly string[];
}

function listed({ environments }: Config): DiscoveredInstance[] {
  return Object.values(environments).flatMap(({ name: environment, instances }) =>
    instances.flatMap(({ name, url, tags }) => {
      const parsed = url === null ? null : parseUrl(url);
      if (parsed === null) return [];
      const secure = parsed.protocol === 'https:';
      const port = parsed.port || (secure ? '443' : '80');
      return [{ environment, instance: name, address: `${parsed.hostname}:${port}`, secure, tags }];
    }),
  );
}

/** https://prometheus.io/docs/prometheus/latest/http_sd/ */
export const prometheusTargets = (config: Config): PrometheusGroup[] =>
  listed(config).map(({ environment, instance, address, secure, tags }) => ({
    targets: [address],
    labels: {
      app: config.app,
      environment,
      instance,
      __scheme__: secure ? 'https' : 'http',
      ...(tags.length === 0 ? {} : { tags: tags.join(',') }),
    },
  }));

/** `server web-1 10.0.0.1:8080 check`, a comment before each environment. */
export function haproxyServers(config: Config): string {
  const all = listed(config);
  return Object.keys(config.environments)
    .flatMap((name) => {
      const own = all.filter(({ environment }) => environment === name);
      const lines = own.map(
        ({ instance, address, secure }) =>
          `server ${instance} ${address} check${secure ? ' ssl verify required' : ''}`,
      );
      return own.length === 0 ? [] : [`# ${config.app} ${name}`, ...lines];
    })
    .map((line) => `${line}\n`)
    .join('');
}
