/** Answers before the answer (1xx) on their way to the client. */
import { responseHeaders } from './headers.ts';
import type { Inbound, Reply } from './inbound.ts';

/** 102 and 103 pass, where the client knows them; of early hints one Link header. */
export function inform(req: Inbound, res: Reply, status: number, raw: readonly Buffer[]): void {
  if (req.httpVersionMinor === 0) return;
  if (status === 102) res.writeProcessing();
  if (status !== 103) return;
  const headers = responseHeaders(raw, false);
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'link');
  const link = headers[at + 1];
  if (at >= 0 && link !== undefined && /^<[^<>\s]+>(\s*;\s*[\w-]+(=("[^";\s]*"|[\w-]+))?)*$/.test(link))
    res.writeEarlyHints({ link });
}
