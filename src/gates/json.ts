/** The body of a stranger's answer as JSON. Pure. */

/** Of a body the HTTP port keeps so much. */
const kept = 64 * 1024;

/** `value` is undefined for what is no JSON; `tooLong`: perhaps because it was cut. */
export function jsonOf(body: string): { readonly value: unknown; readonly tooLong: boolean } {
  try {
    return { value: JSON.parse(body) as unknown, tooLong: false };
  } catch {
    // Bytes of a character that was cut in two have become one or more that are longer.
    return { value: undefined, tooLong: Buffer.byteLength(body) >= kept };
  }
}
