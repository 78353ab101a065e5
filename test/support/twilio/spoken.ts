/** What the instructions of a call say, and ask for. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Wrong } from './demands.ts';

/** The address of the first Gather; null: there is none. */
export function gatherIn(twiml: string): string | null {
  const parsed = new XMLParser({ ignoreAttributes: false }).parse(twiml) as {
    Response?: { Gather?: { '@_action'?: string } };
  };
  return parsed.Response?.Gather?.['@_action'] ?? null;
}

/** Texts that a call speaks, in their order. */
export function spokenIn(twiml: string): string[] {
  const parsed = new XMLParser({ ignoreAttributes: false, parseTagValue: false }).parse(twiml) as {
    Response?: { Say?: string[]; Gather?: { Say?: string[] } };
  };
  return [parsed.Response?.Gather?.Say ?? parsed.Response?.Say ?? []].flat();
}

export function wrongTwiml(twiml: string | null): Wrong | null {
  const fault = twiml === null ? true : XMLValidator.validate(twiml);
  return fault === true ? null : { code: 12100, message: `Document parse failure: ${fault.err.msg}` };
}
