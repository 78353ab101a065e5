/** How much of an SMS a text fills, as GSM 03.38 and 23.040 have it. Pure. */

const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡' +
    'ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
/** They take two places, and both stand in the same segment. */
const extended = new Set('\f^{}\\[~]|€');

interface SmsLength {
  readonly encoding: 'GSM-7' | 'UCS-2';
  /** Septets, or units of 16 bits. */
  readonly units: number;
  readonly segments: number;
}

export function smsLength(text: string): SmsLength {
  const signs = [...text];
  const isGsm = signs.every((sign) => basic.has(sign) || extended.has(sign));
  const widths = signs.map((sign) => (isGsm ? (extended.has(sign) ? 2 : 1) : sign.length));
  const units = widths.reduce((sum, one) => sum + one, 0);
  const [alone, joined] = isGsm ? [160, 153] : [70, 67];
  const encoding = isGsm ? 'GSM-7' : 'UCS-2';
  return { encoding, units, segments: units <= alone ? 1 : filled(widths, joined) };
}

/** Nothing that takes two places begins in one segment and ends in the next. */
function filled(widths: readonly number[], room: number): number {
  let segments = 1;
  let used = 0;
  for (const width of widths) {
    if (used + width > room) {
      segments += 1;
      used = 0;
    }
    used += width;
  }
  return segments;
}
