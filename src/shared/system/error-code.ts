/** The system's own word for what went wrong. Pure. */

/** The system's word, or an empty text. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** What people are told of it. */
export interface SystemFailure {
  readonly reason: string;
  /** What to look at, where the word says it. */
  readonly advice?: string;
}
