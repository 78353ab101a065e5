/** Asks one target once and prints the result: authorities that Node knows are settled when it starts (NODE_EXTRA_CA_CERTS). */
import { HttpProbe } from '../../src/probes/kinds/http.ts';
import { tlsProbe } from '../../src/probes/kinds/tls.ts';

const [kind, host = '', port] = process.argv.slice(2);
const probe =
  kind === 'tls'
    ? tlsProbe({ host, port: Number(port) })
    : new HttpProbe({ url: `https://${host}:${port}/`, status: 200, contains: null }, () => undefined);
console.log(JSON.stringify(await probe.check(5000)));
probe.close();
