/** What a TLS certificate is worth, in words. Pure. */

/** Of `tls.TLSSocket`: what was shown, and what the check of it said. */
export interface ShownCertificate {
  /** `Dec  1 09:00:00 2026 GMT`; an empty text: none was shown. */
  readonly validTo: string;
  /** `DNS:a.example.org, IP Address:10.0.0.1`, else its subject. */
  readonly names: string;
  /** Code of OpenSSL or Node; null: it is trusted, and of this name. */
  readonly fault: string | null;
}

const chain = 'its certificate comes without the chain to an authority that is known here';
const faults: Readonly<Record<string, string>> = {
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'the authority of its certificate is not known here',
  UNABLE_TO_GET_ISSUER_CERT: chain,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: chain,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: chain,
  CERT_REVOKED: 'its certificate was revoked',
  CERT_SIGNATURE_FAILURE: 'the signature of its certificate is wrong',
};

const dayMs = 86_400_000;

interface CertificateWorth {
  /** Until it expires, below 0 when it has; null: none was shown. */
  readonly days: number | null;
  /** Null: all is well. */
  readonly wrong: string | null;
}

export function certificateWorth(
  { validTo, names, fault }: ShownCertificate,
  host: string,
  now: number,
): CertificateWorth {
  const until = Date.parse(validTo);
  if (Number.isNaN(until)) return { days: null, wrong: 'it shows no certificate' };
  const days = Math.floor(((until - now) / dayMs) * 100) / 100;
  // An authority that is not known hides from the check of it that it has expired, too.
  if (days < 0) return { days, wrong: `its certificate has expired: ${new Date(until).toISOString()}` };
  if (fault === null) return { days, wrong: null };
  if (fault === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return { days, wrong: `its certificate is for ${names || 'nobody'}, not for ${host}` };
  return { days, wrong: faults[fault] ?? `its certificate is not trusted: ${fault}` };
}
