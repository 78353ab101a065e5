/** What every question gets: data for programs, text for people. */
export interface Explained {
  readonly data: Readonly<Record<string, unknown>>;
  readonly text: string;
}
